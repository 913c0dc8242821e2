//===- RowMaskEmitter.h - What the rows of a thread see ---------*- C++ -*-===//
//
// Parts of a mask that are limits of the key are words of bits: bits of a word
// are the elements of a thread in one row, and ptxas turns words into
// predicates, seven at a time (R2P). And, or and negation of such parts are
// those of words. So are conditions on the key alone, and equalities of a value
// of the row with one of the key (KeyWords.h). Other parts are predicates,
// evaluated for every element.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_ROWMASKEMITTER_H
#define ATTN_CODEGEN_LIB_NVVM_ROWMASKEMITTER_H

#include "KeyWords.h"

#include "attn/passes/MaskAnalysis.h"

namespace attn::nvptx {

/// What a thread sees of one row, as numbers of its elements: element e of a
/// row is column 8 (e / 2) + e % 2 of this thread, and the keys go on behind a
/// tile. Elements first <= e < end, i32.
struct RowRange {
  Value first; ///< Null: 0.
  Value end;   ///< Null: no end.
};

class RowMaskEmitter {
public:
  /// Of the mask of `stream`, and its length. Emits what depends on batch and
  /// head.
  RowMaskEmitter(Cta &cta, const KeyStream &stream, NvvmRegionTarget &target);

  /// Emits what depends on row `r` of two, whose query is `query`. \param
  /// column the thread's first in a tile.
  void emitRow(unsigned r, Value query, Value column);

  /// What is evaluated for every element; null if words say all.
  RegionEmitter *getPredicates() { return predicates.get(); }

  /// Limits and values of predicates together hold too many registers from tile
  /// to tile: rows are better emitted where they are used.
  bool isLarge() const { return predicates && ranges > 1; }

  /// Emits the words of a tile; the whole warp does. \param isInside every key
  /// of it is below the length.
  void beginTile(Value tile, bool isInside);
  /// `logit` of row `r` and element `e` of it: -inf if words say that the row
  /// does not see it.
  Value hideByWords(unsigned r, int64_t e, Value logit);
  /// The same if predicates do, whose key was begun. Both must be asked.
  Value hideByPredicates(unsigned r, int64_t e, Value logit);

private:
  using Words = KeyWords::Words;

  /// RowMask with the limits of a conjunction joined: the kind Below stands for
  /// all that `upper` and `lower` name.
  struct Node {
    RowMask::Kind kind = RowMask::All;
    std::vector<Node> operands = {};
    llvm::SmallVector<unsigned, 2> upper = {}, lower = {}; ///< Below
    Value predicate = {};
    /// Predicate: what words of ballots say; null: no such test.
    KeyTest test = {};
    bool isNegated = false;
    bool isLength = false; ///< Below: ends at the length, too.
    bool isWord = true;    ///< No predicate is evaluated for every element.
    RowRange range[2] = {};
    Words tested[2] = {};
    Words words[2] = {}; ///< None: all bits.
  };

  Node convert(const RowMask &mask);
  /// Joins what stands in conjunctions and what is words.
  void simplify(Node &node);
  bool isWholeTile(const Node &node, bool isInside) const;
  /// \param evaluated, tested values that RegionEmitters must give.
  void collectPredicates(const Node &node,
                         llvm::SmallVectorImpl<Value> &evaluated,
                         llvm::SmallVectorImpl<Value> &tested);
  void emitTests(Node &node, KeyWords &keys);
  void emitRanges(Node &node, unsigned r, llvm::ArrayRef<Value> limits,
                  Value column);
  void emitWords(Node &node, unsigned r, Value tile, bool isInside);
  void joinWords(Node &node, unsigned r, Value none);
  Value conjoin(Value x, Value y);
  Words getRangeWords(const RowRange &range, Value tile);
  Value hide(Value hidden, Value logit);
  Value isHidden(const Node &node, unsigned r, int64_t e);

  Cta &cta;
  KernelBuilder &kb;
  const KeyStream &stream;
  NvvmRegionTarget &target;
  mlir::Region limits; ///< Yields them for one row.
  Node root;
  unsigned ranges = 0; ///< Below, in all.
  std::unique_ptr<RegionEmitter> predicates, tests;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_ROWMASKEMITTER_H
