//===- KernelArguments.cpp - What a kernel is called with -----------------===//

#include "KernelArguments.h"
#include "SlotRows.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;
using attn::manifest::KernelArg;

int64_t KernelArguments::getPosition(const KernelArg &argument) {
  size_t position = 0;
  while (position < list.size() && !(list[position].kind == argument.kind &&
                                     list[position].tensor == argument.tensor &&
                                     list[position].axis == argument.axis))
    ++position;
  if (position == list.size())
    list.push_back(argument);
  return static_cast<int64_t>(position);
}

Value CallArguments::load(Type type, const KernelArg &argument) {
  return kb.load(type, kb.at(args, kb.i64Type(), list.getPosition(argument)));
}

Value CallArguments::pointer(Value tensor) {
  return load(kb.ptrType(), KernelArg::pointer(list.nameOf(tensor)));
}

Value CallArguments::buffer(unsigned position) {
  return load(kb.ptrType(), KernelArg::pointer(list.getBufferName(position)));
}

Value CallArguments::size(Value tensor, int64_t axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return kb.i64(type.getDimSize(axis));
  if (LayoutGridOp layout = getStoredLayout(tensor); layout && axis == 2)
    return buildNumSlots(kb.b, kb.loc, layout, emitGridSizes(*this, layout));
  return load(kb.i64Type(), KernelArg::size(list.nameOf(tensor), axis));
}

Value CallArguments::stride(Value tensor, int64_t axis) {
  if (axis == cast<RankedTensorType>(tensor.getType()).getRank() - 1)
    return kb.i64(1);
  return load(kb.i64Type(), KernelArg::stride(list.nameOf(tensor), axis));
}
