//===- RegionProgram.h - A region as closures -------------------*- C++ -*-===//
//
// A region compiled once: every SSA value has a slot, every op is a closure
// that reads and writes slots. T is double for the reference and float for the
// unfused program.
//
//   floats    computed in T. In double nothing is rounded, whatever the type of
//             the op; in float every result is rounded to the type of the op.
//   integers  sign-extended to 64 bits after every op (true is -1); they wrap.
//
// What has no meaning (division by zero, a shift by the width or more, a float
// that its integer type can not hold, an index out of range) is an error.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_REGIONPROGRAM_H
#define ATTN_CODEGEN_LIB_REFERENCE_REGIONPROGRAM_H

#include "attn/codegen/Reference.h"
#include "attn/dialect/Attn/Regions.h"

#include <functional>
#include <string>
#include <vector>

namespace attn::reference {

template <typename T>
union Slot {
  T real;
  int64_t integer;
};

/// What a region is given beside its coordinates: a table, or an index, which
/// is the size of `axis` of a tensor or a number.
struct Capture {
  std::string name;
  unsigned value = 0; ///< Of the table or tensor; of a number 0, not looked at.
  std::optional<unsigned> axis;
  std::optional<int64_t> number;
};

/// One evaluation in progress. One per thread.
template <typename T>
struct Frame {
  std::vector<Slot<T>> slots;
  llvm::ArrayRef<Tensor> tables; ///< Tensors of the captures.
  int64_t queries = 0, keys = 0; ///< Lq, Lk
  std::string error;             ///< Empty, or `location: error: ...`.
};

template <typename T>
using Step = std::function<void(Frame<T> &)>;

template <typename T>
class RegionProgram {
public:
  static llvm::Expected<RegionProgram> create(mlir::Region &region,
                                              RegionKind kind,
                                              llvm::ArrayRef<Capture> captures);

  /// A frame with constants and indices filled in. `tables`, a tensor for every
  /// capture, must outlive it.
  Frame<T> makeFrame(llvm::ArrayRef<Tensor> tables, int64_t queries,
                     int64_t keys) const;

  /// Evaluates the region at `coordinates`, its index arguments in order; look
  /// at `frame.error` before using results.
  void run(Frame<T> &frame, llvm::ArrayRef<int64_t> coordinates) const;

  /// What the last run yielded.
  Slot<T> getResult(const Frame<T> &frame, unsigned n) const {
    return frame.slots[results[n]];
  }

  /// The modified logit of a pair, of a score region.
  T modify(Frame<T> &frame, T logit,
           llvm::ArrayRef<int64_t> coordinates) const {
    frame.slots[0].real = logit;
    run(frame, coordinates);
    return getResult(frame, 0).real;
  }

private:
  std::vector<Slot<T>> initial;
  std::vector<Step<T>> steps;
  std::vector<unsigned> results;
  /// Slots of captured sizes.
  struct Size {
    unsigned slot, capture, axis;
  };
  std::vector<Size> sizes;
  unsigned firstIndex = 0; ///< Slot of the first coordinate.
};

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_REGIONPROGRAM_H
