//===- ProgramSpec.h - A random program over the whole core -----*- C++ -*-===//
//
// One to three folds: attends over several streams, states between them or from
// arguments, merges. Everything follows from the seed. Letters as in
// dialect/README.md.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNFUZZ_PROGRAMSPEC_H
#define ATTN_TOOLS_ATTNFUZZ_PROGRAMSPEC_H

#include "Spec.h"

namespace attn::fuzz {

enum class Form { Full, PerBatch, Packed };

/// The tokens of the queries or of a stream.
struct TokenAxis {
  Form form = Form::Full;
  std::string letter;
  int64_t tokens = 0; ///< Padded length, or of all sequences.
  std::string table;  ///< The argument with the lengths or offsets.
};

struct StreamSpec {
  TokenAxis keys;
  int64_t hk = 1;
  std::string k, v;
  std::optional<MaskNode> mask;
  std::vector<int64_t> heads; ///< Empty: h / G.
};

/// What a fold is resumed from.
struct StateSpec {
  std::vector<std::string> parts; ///< Names of values: two or three.
  int fold = -1;                  ///< That computed it; -1: arguments.
};

struct FoldSpec {
  bool isMerge = false;
  std::vector<StreamSpec> streams;
  std::vector<StateSpec> states;
  std::string sink; ///< The argument, or "".
  Score score;
  std::optional<double> scale;
  bool lse = false, mass = false, state = false; ///< Results besides out.
};

/// What a result of a fold is.
enum class Part { Out, Lse, Mass, Maximum, Sum, Values };

struct ResultSpec {
  Argument tensor;
  unsigned fold;
  Part part;
};

struct ProgramSpec {
  uint64_t seed = 0;
  AttnDtype dtype = ATTN_F32;
  int64_t b = 1, hq = 1, d = 1, dv = 1;
  bool isStatic = false, dynamicHeads = false;
  TokenAxis queries;
  double queryFactor = 1;
  std::vector<FoldSpec> folds;
  std::vector<Argument> arguments; ///< q first.
  std::vector<ResultSpec> results; ///< Of the function.

  /// Is there a column of values per stream, and does a logit of 0 stay 0?
  bool hasCodes() const;
};

/// \param isSixteenBit f16 or bf16 where the seed says f32.
ProgramSpec drawProgram(uint64_t seed, bool isSixteenBit);

/// The program with so many value columns.
ProgramSpec withValueColumns(ProgramSpec spec, int64_t dv);

/// Columns a value test needs on a device whose weights have 16 bits: the row
/// bound compares two maxima over columns of rounding errors that do not depend
/// on each other, which says nothing if there are few. At least 64, a multiple
/// of Dv.
int64_t getJudgedColumns(int64_t dv);

/// Axes of a tensor with a row per token.
std::vector<Axis> rowAxes(const ProgramSpec &spec, const TokenAxis &tokens,
                          const Axis &heads, std::optional<Axis> channels);

/// The sizes of one stream, for what is drawn per stream.
Spec getStreamSpec(const ProgramSpec &spec, const StreamSpec &stream);

/// All results that fold `f` has in the text, out first.
std::vector<ResultSpec> getFoldResults(const ProgramSpec &spec, unsigned f);

std::string printProgram(const ProgramSpec &spec);

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_PROGRAMSPEC_H
