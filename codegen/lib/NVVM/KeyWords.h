//===- KeyWords.h - Words of bits from values of keys -----------*- C++ -*-===//
//
// What is known of keys without their rows, or of one row: a warp looks at all
// keys of a tile at once. Lane e looks at those that are element e of a row in
// each of the four kinds of threads that share a row, and a ballot is then the
// word of one of these kinds.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_KEYWORDS_H
#define ATTN_CODEGEN_LIB_NVVM_KEYWORDS_H

#include "RegionTarget.h"

#include <optional>

namespace attn::nvptx {

/// Values of a `visible` region: `key` depends on no query. With `row`, which
/// depends on no key, `row == key`; without, `key`, an i1.
struct KeyTest {
  Value row, key;
  explicit operator bool() const { return bool(key); }
};

/// `predicate` as such a test. Of an inequality it is the opposite, which sets
/// `isNegated`.
std::optional<KeyTest> getKeyTest(Value predicate, DependenceAnalysis &on,
                                  bool &isNegated);

/// Of one tile; all of it is code that the whole warp must run.
class KeyWords {
public:
  using Words = llvm::SmallVector<Value, 2>;

  /// \param region emits what tests name; its rows are emitted. \param last the
  /// last key that may be read.
  KeyWords(Cta &cta, RegionEmitter &region, Value tile, Value last);

  /// Words of this thread's two rows.
  std::array<Words, 2> emit(const KeyTest &test);

private:
  using OfKeys = llvm::SmallVector<Value, 4>;

  /// For every word `value` of the keys that this lane looks at.
  llvm::SmallVector<OfKeys, 1> getOfKeys(Value value);
  /// Of ballots over such values what is this thread's.
  Value choose(llvm::ArrayRef<Value> ballots);
  Value ballot(Value predicate);
  std::array<Words, 2> emitEqual(const KeyTest &test);

  Cta &cta;
  KernelBuilder &kb;
  RegionEmitter &region;
  Value tile, last, lane;
  int64_t kinds; ///< Of threads, in one ballot: 2 where words are half as long.
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_KEYWORDS_H
