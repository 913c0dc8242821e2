//===- KernelArguments.cpp - What a kernel is called with -----------------===//

#include "KernelArguments.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;
using manifest::KernelArg;

namespace {

enum Kind { kPointer, kSize, kStride, kTensorMap };

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

Value KernelArguments::tensorMap(KernelBuilder &kb, Value tensor, int64_t rows,
                                 int64_t heads, bool ifAligned) {
  KernelArg argument;
  argument.kind = KernelArg::Kind::kTensorMap;
  argument.tensor = tensors.name(tensor);
  manifest::TensorMap map;
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  for (int64_t axis = rank; axis-- > 0;)
    map.axes.push_back(axis);
  map.box = std::vector<int64_t>(rank, 1);
  map.box[0] = 64;
  map.box[1] = rows;
  map.box[2] = heads;
  map.elementStrides = std::vector<int64_t>(rank, 1);
  map.interleave = "none";
  map.swizzle = "128B";
  map.l2Promotion = "256B";
  map.oobFill = "none";
  map.ifAligned = ifAligned;
  argument.map = map;
  return get(kTensorMap, tensor, rows << 8 | heads, kb.pointer(0),
             std::move(argument));
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
