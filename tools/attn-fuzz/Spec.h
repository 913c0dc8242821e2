//===- Spec.h - One attend over one stream ----------------------*- C++ -*-===//
//
// Sizes, type, mask, the arguments they need and how they are filled: what the
// tests of masks run, and what is drawn per stream of a program.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNFUZZ_SPEC_H
#define ATTN_TOOLS_ATTNFUZZ_SPEC_H

#include "Random.h"

#include "attn-c/AttnRuntime.h"

#include <optional>
#include <string>
#include <vector>

namespace attn::fuzz {

struct Axis {
  std::string letter;
  int64_t size;
  bool isStatic;
};

/// How an argument is filled.
enum class Fill {
  Normal,
  Ids,
  SortedIds,
  Counts,     ///< 0 to the axis of the keys, and a little more.
  Sizes,      ///< 1 and more.
  AnyInteger, ///< Any i32, and some that are near.
  Slices,     ///< Rows of q0, q1, k0, k1, type.
  Marks,      ///< Often 0.
  ScoreTable,
  Lengths,
  Offsets,
  Sink,
  StateValues,
  Logit,
  Sum
};

struct Argument {
  std::string name;
  AttnDtype dtype;
  std::vector<Axis> shape;
  Fill fill = Fill::Normal;
  int64_t most = 0; ///< Of lengths and offsets: the tokens.
};

/// A mask as a tree.
struct MaskNode {
  enum Kind {
    Causal,
    Window,
    First,
    Prefix,
    Block,
    Document,
    And,
    Or,
    Not,
    Pattern ///< An op of MaskPatternOps.td, by its text.
  } kind;
  /// Offset, count or size, else left and right; not one, or the name of a
  /// table with one number per head (Prefix: per batch).
  struct Parameter {
    std::optional<int64_t> number = {};
    std::string table = {};
    bool isGiven() const { return number || !table.empty(); }
  };
  Parameter first = {}, second = {};
  std::string queryIds = {}, keyIds = {}; ///< Document
  bool isFree = false; ///< Written as a free region that says the same.
  /// Pattern: `text [offset(first)] tail`, or `text %first tail` (isTable).
  std::string text = {}, tail = {};
  bool isTable = false;
  std::vector<MaskNode> operands = {};
};

/// A score region.
struct Score {
  std::string name = "none", body;
  std::vector<Argument> tables;
  /// With all tables 0, a logit of 0 stays 0: the visibility test applies.
  bool keepsZero = true;
};

struct Spec {
  uint64_t seed = 0;
  AttnDtype dtype = ATTN_F32;
  int64_t b, hq, hk, lq, lk, d, dv;
  bool sameLength, isStatic, dynamicHeads; ///< One letter L; no letter at all.
  std::string queryLetter = "Lq", keyLetter = "Lk"; ///< Where not one.
  std::optional<MaskNode> mask;
  bool hasHeadMask = false;        ///< The mask differs between heads.
  std::vector<Argument> arguments; ///< q, k, v, then tables.
};

/// Which masks a draw may make.
enum class MaskFamily {
  Any,
  /// Causal, window, documents with shared non-decreasing ids, conjunctions:
  /// what analysis must decide exactly.
  Exact,
  /// Patterns of blocks, strides, slices, marks, among the others.
  Patterns,
  /// A bitmap of blocks, as far as analysis must decide it exactly.
  Bitmaps
};

/// Sizes and type, q, k and v.
Spec drawSpec(uint64_t seed);

/// A mask alone, for sizes that are set already; adds the tables it needs.
std::optional<MaskNode> drawMask(Random &random, Spec &spec, MaskFamily family);

/// A score region for `spec`, whose sizes are set.
Score drawScore(Random &random, const Spec &spec);

/// The axis of B, of a length, of the query heads.
Axis batchAxis(const Spec &spec);
Axis queryAxis(const Spec &spec);
Axis keyAxis(const Spec &spec);
Axis headAxis(const Spec &spec);

/// Adds q, k and v.
void addTensors(Spec &spec);

/// "tensor<?x8x?x64xbf16>"
std::string printType(const Argument &argument);

/// `%q: tensor<...> {...}`, with its letters.
std::string printArgument(const Argument &argument);

std::string join(const std::vector<std::string> &parts);

/// Prints the ops of a mask, operands first, numbered from `next` on; returns
/// the name of the mask.
std::string printMask(const Spec &spec, const MaskNode &mask, int &next,
                      std::string &text);

/// ` score(...) {...}`, or nothing.
std::string printScore(const Score &score);

/// The program as text; its results are out and lse.
std::string printProgram(const Spec &spec);

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_SPEC_H
