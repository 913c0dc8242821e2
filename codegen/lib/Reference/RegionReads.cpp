//===- RegionReads.cpp - Extremes of tables -------------------------------===//

#include "RegionCompiler.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Regions.h"

#include <algorithm>
#include <limits>

using namespace mlir;

namespace attn::reference {
namespace {

struct Extremes {
  int64_t least, most;

  void add(int64_t value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

/// What there is of `tensor` from `first` to `last` in all axes from `axis` on.
Extremes getExtremes(const Tensor &tensor, llvm::ArrayRef<int64_t> first,
                     llvm::ArrayRef<int64_t> last, int64_t offset,
                     size_t axis) {
  if (axis == first.size()) {
    int64_t value = loadInteger(tensor, offset);
    return {value, value};
  }
  Extremes all{std::numeric_limits<int64_t>::max(),
               std::numeric_limits<int64_t>::min()};
  for (int64_t n = first[axis]; n <= last[axis]; ++n) {
    Extremes part = getExtremes(tensor, first, last,
                                offset + n * tensor.strides[axis], axis + 1);
    all.add(part.least);
    all.add(part.most);
  }
  return all;
}

} // namespace

template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileReadRange(Op *op) {
  auto read = dyn_cast<ReadRangeOp>(op);
  if (!read)
    return std::nullopt;
  unsigned table = tableOf(read.getTable());
  std::vector<unsigned> indices;
  for (Value index : read.getIndices())
    indices.push_back(slotOf(index));
  unsigned first = slotOf(read.getFirst()), last = slotOf(read.getLast());
  unsigned min = slotOf(read.getMin()), max = slotOf(read.getMax());
  std::string where = describe(op->getLoc());
  return [=](Frame<T> &frame) {
    const Tensor &tensor = frame.tables[table];
    int64_t begin = frame.slots[first].integer, end = frame.slots[last].integer;
    if (begin < 0 || begin > end || end >= tensor.sizes.back())
      return fail(frame, where, "'attn.read_range' op leaves its table");
    int64_t offset = 0;
    for (size_t axis = 0; axis < indices.size(); ++axis)
      offset += frame.slots[indices[axis]].integer * tensor.strides[axis];
    int64_t stride = tensor.strides.back();
    int64_t least = loadInteger(tensor, offset + begin * stride), most = least;
    for (int64_t n = begin; n <= end; ++n) {
      int64_t value = loadInteger(tensor, offset + n * stride);
      least = std::min(least, value);
      most = std::max(most, value);
    }
    frame.slots[min].integer = least;
    frame.slots[max].integer = most;
  };
}

template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileReadBox(Op *op) {
  auto read = dyn_cast<ReadBoxOp>(op);
  if (!read)
    return std::nullopt;
  auto slotsOf = [&](ValueRange values) {
    return llvm::map_to_vector(values, [&](Value v) { return slotOf(v); });
  };
  auto firstSlots = slotsOf(read.getFirst()),
       lastSlots = slotsOf(read.getLast());
  unsigned table = tableOf(read.getTable());
  unsigned min = slotOf(read.getMin()), max = slotOf(read.getMax());
  unsigned width = getWidth(read.getMin().getType());
  std::string where = describe(op->getLoc());
  return [=](Frame<T> &frame) {
    const Tensor &tensor = frame.tables[table];
    llvm::SmallVector<int64_t, 4> first, last;
    int64_t count = 1;
    for (auto [axis, slots] :
         llvm::enumerate(llvm::zip(firstSlots, lastSlots))) {
      first.push_back(frame.slots[std::get<0>(slots)].integer);
      last.push_back(frame.slots[std::get<1>(slots)].integer);
      if (first.back() < 0 || first.back() > last.back() ||
          last.back() >= tensor.sizes[axis])
        return fail(frame, where, "'attn.read_box' op leaves its table");
      count *= last.back() - first.back() + 1;
    }
    int64_t half = int64_t(1) << (width - 1);
    Extremes found = count <= kMostBoxElements
                         ? getExtremes(tensor, first, last, 0, 0)
                         : Extremes{-half, half - 1};
    if (width == 1) // false is less than true, which is -1
      std::swap(found.least, found.most);
    frame.slots[min].integer = found.least;
    frame.slots[max].integer = found.most;
  };
}

#define INSTANTIATE(T)                                                         \
  template std::optional<Step<T>> RegionCompiler<T>::compileReadRange(Op *);   \
  template std::optional<Step<T>> RegionCompiler<T>::compileReadBox(Op *);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

} // namespace attn::reference
