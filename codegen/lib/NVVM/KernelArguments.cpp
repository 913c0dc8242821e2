//===- KernelArguments.cpp - What a kernel is called with -----------------===//

#include "KernelArguments.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Views.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;
using manifest::KernelArg;

namespace {

enum Kind { kPointer, kSize, kStride, kTensorMap, kGridMap };

/// Without axes and boxes.
manifest::TensorMap makeTensorMap(bool ifAligned) {
  manifest::TensorMap map;
  map.interleave = "none";
  map.swizzle = "128B";
  map.l2Promotion = "256B";
  map.oobFill = "none";
  map.ifAligned = ifAligned;
  return map;
}

std::vector<int64_t> getAxes(Value tensor) {
  std::vector<int64_t> axes;
  for (int64_t i = cast<RankedTensorType>(tensor.getType()).getRank(); i-- > 0;)
    axes.push_back(i);
  return axes;
}

} // namespace

Value KernelArguments::get(int kind, Value tensor, int64_t axis, Type type,
                           KernelArg argument) {
  Key key(kind, tensor, axis);
  for (auto &[other, value] : known)
    if (other == key)
      return value;
  Value value = function.getBody().front().addArgument(type, function.getLoc());
  known.push_back({key, value});
  arguments.push_back(std::move(argument));
  return value;
}

Value KernelArguments::pointer(KernelBuilder &kb, Value tensor) {
  return get(kPointer, tensor, 0, kb.pointer(kGlobal),
             KernelArg::pointer(tensors.name(tensor)));
}

Value KernelArguments::size(KernelBuilder &kb, Value tensor, unsigned axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return kb.c64(type.getDimSize(axis));
  if (axis == 2 && getStoredLayout(tensor)) {
    KernelArg slots = KernelArg::scalar(tensors.size(tensor, axis));
    return get(kSize, tensor, axis, kb.i64(), std::move(slots));
  }
  return get(kSize, tensor, axis, kb.i64(),
             KernelArg::size(tensors.name(tensor), axis));
}

Value KernelArguments::stride(KernelBuilder &kb, Value tensor, unsigned axis) {
  if (axis + 1 == cast<RankedTensorType>(tensor.getType()).getRank())
    return kb.c64(1);
  return get(kStride, tensor, axis, kb.i64(),
             KernelArg::stride(tensors.name(tensor), axis));
}

Value KernelArguments::scalar(KernelBuilder &kb, StringRef name,
                              manifest::Expr value) {
  for (auto &[other, argument] : scalars)
    if (other == name)
      return argument;
  KernelArg argument = KernelArg::scalar(std::move(value));
  argument.bytes = 4;
  scalars.push_back({name.str(), function.getBody().front().addArgument(
                                     kb.i32(), function.getLoc())});
  arguments.push_back(std::move(argument));
  return scalars.back().second;
}

Value KernelArguments::isAligned(KernelBuilder &kb, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Value bits = kb.c64(0);
  for (int64_t axis = 0; axis + 1 < type.getRank(); ++axis)
    bits = kb.bitOr(bits, stride(kb, tensor, axis));
  bits = kb.mul(bits, type.getElementTypeBitWidth() / 8);
  Value address =
      LLVM::PtrToIntOp::create(kb.b, kb.loc, kb.i64(), pointer(kb, tensor));
  return kb.eq(kb.bitAnd(kb.bitOr(bits, address), 15), kb.c64(0));
}

SmallVector<Value> KernelArguments::gridSizes(KernelBuilder &kb,
                                              LayoutGridOp layout) {
  SmallVector<Value> sizes;
  ValueRange values = layout.getSizes();
  for (int64_t number : layout.getShape()) {
    if (!ShapedType::isDynamic(number)) {
      sizes.push_back(kb.c64(number));
      continue;
    }
    IndexOrigin origin = getIndexOrigin(values.front());
    sizes.push_back(origin.number ? kb.c64(*origin.number)
                                  : size(kb, origin.argument, origin.axis));
    values = values.drop_front();
  }
  return sizes;
}

Value KernelArguments::tensorMap(KernelBuilder &kb, Value tensor, int64_t rows,
                                 int64_t heads, bool ifAligned) {
  KernelArg argument;
  argument.kind = KernelArg::Kind::kTensorMap;
  argument.tensor = tensors.name(tensor);
  manifest::TensorMap map = makeTensorMap(ifAligned);
  map.axes = getAxes(tensor);
  map.box = std::vector<int64_t>(map.axes.size(), 1);
  map.box[0] = 64;
  map.box[1] = rows;
  map.box[2] = heads;
  map.elementStrides = std::vector<int64_t>(map.axes.size(), 1);
  argument.map = map;
  return get(kTensorMap, tensor, rows << 8 | heads, kb.pointer(0),
             std::move(argument));
}

Value KernelArguments::tensorMap(KernelBuilder &kb, Value tensor,
                                 LayoutGridOp layout, const SlotBox &box,
                                 bool ifAligned) {
  KernelArg argument;
  argument.kind = KernelArg::Kind::kTensorMap;
  argument.tensor = tensors.name(tensor);
  manifest::TensorMap map = makeTensorMap(ifAligned);
  map.axes = getAxes(tensor);
  if (box.points.size() > 1)
    map.grid = {TokenAxes(false).length(), getGridSizes(layout)};
  map.box = {64};
  map.elementStrides = {1};
  for (unsigned axis = box.points.size(); axis-- > 0;) {
    map.box.push_back(box.getSpan(axis));
    map.elementStrides.push_back(box.strides[axis]);
  }
  map.box.insert(map.box.end(), 2, 1); // One head of one batch.
  map.elementStrides.insert(map.elementStrides.end(), 2, 1);
  argument.map = map;
  return get(kGridMap, tensor, box.slots, kb.pointer(0), std::move(argument));
}

/// Innermost first.
std::vector<manifest::Expr> KernelArguments::getGridSizes(LayoutGridOp layout) {
  std::vector<manifest::Expr> sizes;
  ValueRange values = layout.getSizes();
  for (int64_t number : layout.getShape()) {
    manifest::Expr size = manifest::Expr::constant(number);
    if (ShapedType::isDynamic(number)) {
      IndexOrigin origin = getIndexOrigin(values.front());
      size = origin.number ? manifest::Expr::constant(*origin.number)
                           : tensors.size(origin.argument, origin.axis);
      values = values.drop_front();
    }
    sizes.insert(sizes.begin(), size);
  }
  return sizes;
}

std::vector<KernelArg> KernelArguments::finish() {
  Block &entry = function.getBody().front();
  MLIRContext *context = function.getContext();
  Builder b(context);
  function.setFunctionType(
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                  llvm::to_vector(entry.getArgumentTypes())));
  auto bytes = LLVM::LLVMArrayType::get(b.getI8Type(), 128);
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    if (argument.kind != KernelArg::Kind::kTensorMap)
      continue;
    function.setArgAttr(i, LLVM::LLVMDialect::getByValAttrName(),
                        TypeAttr::get(bytes));
    function.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                        b.getI32IntegerAttr(64));
    function.setArgAttr(i, NVVM::NVVMDialect::getGridConstantAttrName(),
                        b.getUnitAttr());
  }
  return std::move(arguments);
}
