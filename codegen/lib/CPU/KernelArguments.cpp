//===- KernelArguments.cpp - What a kernel is called with -----------------===//

#include "KernelArguments.h"

using namespace mlir;
using namespace attn::cpu;
using attn::manifest::KernelArg;

Value KernelArguments::load(KernelBuilder &kb, Value args, Type type,
                            const KernelArg &argument) {
  size_t position = 0;
  while (position < list.size() && !(list[position].kind == argument.kind &&
                                     list[position].tensor == argument.tensor &&
                                     list[position].axis == argument.axis))
    ++position;
  if (position == list.size())
    list.push_back(argument);
  return kb.load(type,
                 kb.at(args, kb.i64Type(), static_cast<int64_t>(position)));
}

Value KernelArguments::pointer(KernelBuilder &kb, Value args, Value tensor) {
  return load(kb, args, kb.ptrType(), KernelArg::pointer(nameOf(tensor)));
}

Value KernelArguments::size(KernelBuilder &kb, Value args, Value tensor,
                            int64_t axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return kb.i64(type.getDimSize(axis));
  return load(kb, args, kb.i64Type(), KernelArg::size(nameOf(tensor), axis));
}

Value KernelArguments::stride(KernelBuilder &kb, Value args, Value tensor,
                              int64_t axis) {
  if (axis == cast<RankedTensorType>(tensor.getType()).getRank() - 1)
    return kb.i64(1);
  return load(kb, args, kb.i64Type(), KernelArg::stride(nameOf(tensor), axis));
}
