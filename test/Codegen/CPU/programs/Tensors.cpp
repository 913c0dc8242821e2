//===- Tensors.cpp - Memory for the arguments of a program ----------------===//

#include "Tensors.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace attn::test;
using llvm::APFloat;
using llvm::APInt;
using llvm::ArrayRef;

int64_t Tensor::elementBytes() const {
  return std::max(1u, element.getIntOrFloatBitWidth() / 8);
}

int64_t Tensor::count() const {
  int64_t product = 1;
  for (int64_t size : sizes)
    product *= size;
  return product;
}

char *Tensor::at(ArrayRef<int64_t> index) const {
  int64_t offset = 0;
  for (size_t i = 0; i < index.size(); ++i)
    offset += index[i] * strides[i];
  return data + offset * elementBytes();
}

double Tensor::get(ArrayRef<int64_t> index) const {
  const char *from = at(index);
  if (element.isF32()) {
    float value;
    std::memcpy(&value, from, sizeof(value));
    return value;
  }
  uint64_t bits = 0;
  std::memcpy(&bits, from, elementBytes());
  if (auto type = llvm::dyn_cast<mlir::FloatType>(element)) {
    APFloat value(type.getFloatSemantics(),
                  APInt(type.getWidth(), bits, false, /*implicitTrunc=*/true));
    bool isExact;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &isExact);
    return value.convertToDouble();
  }
  unsigned width = element.getIntOrFloatBitWidth();
  if (width == 1)
    return bits != 0;
  return static_cast<double>(llvm::SignExtend64(bits, width));
}

void Tensor::set(ArrayRef<int64_t> index, double value) const {
  uint64_t bits;
  if (auto type = llvm::dyn_cast<mlir::FloatType>(element)) {
    APFloat narrow(value);
    bool isExact;
    narrow.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                   &isExact);
    bits = narrow.bitcastToAPInt().getZExtValue();
  } else {
    bits = static_cast<uint64_t>(static_cast<int64_t>(value));
  }
  std::memcpy(at(index), &bits, elementBytes());
}

Tensor attn::test::makeTensor(mlir::Type element, ArrayRef<int64_t> sizes,
                              Layout layout) {
  constexpr int64_t kGap = 24, kMargin = 256;
  Tensor tensor{
      element, sizes.vec(), std::vector<int64_t>(sizes.size(), 1), {}, {}};
  int64_t extent = 1;
  if (layout == Layout::Interleaved && sizes.size() == 4) {
    int64_t row = sizes[1] * sizes[3] + kGap;
    tensor.strides = {sizes[2] * row, sizes[3], row, 1};
    extent = sizes[0] * sizes[2] * row;
  } else {
    for (size_t i = sizes.size(); i-- > 0;) {
      tensor.strides[i] = extent;
      extent *= sizes[i];
    }
  }
  int64_t bytes = (extent + 2 * kMargin) * tensor.elementBytes();
  tensor.bytes = std::make_shared<std::vector<char>>(bytes, '\x7f');
  if (element.isF32() || element.isF16() || element.isBF16())
    std::memset(tensor.bytes->data(), 0xff, bytes);
  tensor.data = tensor.bytes->data() + kMargin * tensor.elementBytes();
  return tensor;
}

Tensor attn::test::collapse(const Tensor &source,
                            ArrayRef<llvm::SmallVector<int64_t, 2>> groups) {
  Tensor view = source;
  view.sizes.clear();
  view.strides.clear();
  for (const auto &group : groups) {
    int64_t size = 1;
    for (int64_t axis : group)
      size *= source.sizes[axis];
    view.sizes.push_back(size);
    view.strides.push_back(source.strides[group.back()]);
  }
  return view;
}

void attn::test::fail(const llvm::Twine &message) {
  llvm::errs() << "kernel-check: error: " << message << "\n";
  std::exit(1);
}

void attn::test::forEachIndex(
    ArrayRef<int64_t> sizes, llvm::function_ref<void(ArrayRef<int64_t>)> body) {
  for (int64_t size : sizes)
    if (size == 0)
      return;
  std::vector<int64_t> index(sizes.size(), 0);
  while (true) {
    body(index);
    size_t axis = sizes.size();
    while (axis > 0 && ++index[axis - 1] == sizes[axis - 1])
      index[--axis] = 0;
    if (axis == 0)
      return;
  }
}

void attn::test::fillRandom(const Tensor &tensor, std::mt19937 &random,
                            double spread) {
  std::normal_distribution<double> normal(0.0, spread);
  std::uniform_int_distribution<int> step(0, 99);
  int64_t id = 0;
  bool isFloat = llvm::isa<mlir::FloatType>(tensor.element);
  forEachIndex(tensor.sizes, [&](ArrayRef<int64_t> index) {
    if (isFloat)
      return tensor.set(index, normal(random));
    if (tensor.element.isInteger(1))
      return tensor.set(index, step(random) % 2);
    if (tensor.sizes.size() != 2)
      return tensor.set(index, step(random) % 8);
    // Documents of about 100 tokens.
    id = index.back() == 0 ? 0 : id + (step(random) == 0);
    tensor.set(index, id);
  });
}

double attn::test::roundTo(mlir::Type element, double value) {
  auto type = llvm::cast<mlir::FloatType>(element);
  APFloat narrow(value);
  bool isExact;
  narrow.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                 &isExact);
  narrow.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &isExact);
  return narrow.convertToDouble();
}
