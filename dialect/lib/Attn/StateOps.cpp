//===- StateOps.cpp - States and their merge: verifiers -------------------===//

#include "attn/dialect/Attn/AttendRules.h"

using namespace mlir;

namespace attn {
namespace {

RankedTensorType tensorOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// One number per row of `values`.
bool areNumbersOf(Value numbers, Value values) {
  RankedTensorType number = tensorOf(numbers), value = tensorOf(values);
  if (!number.getElementType().isF32() ||
      number.getRank() + 1 != value.getRank())
    return false;
  for (auto [x, y] : llvm::zip(number.getShape(), value.getShape().drop_back()))
    if (!agree(x, y))
      return false;
  return true;
}

} // namespace

LogicalResult StateOp::verify() {
  // state-C1
  auto refuse = [&] {
    return emitOpError()
           << "expects two parts, out [B, Hq, Lq, Dv] of f32, f16 or bf16 and "
              "lse [B, Hq, Lq] of f32, or three, m and l [B, Hq, Lq] and acc "
              "[B, Hq, Lq, Dv] of f32, but got "
           << getOperandTypes();
  };
  if (getParts().size() != 2 && getParts().size() != 3)
    return refuse();
  RankedTensorType values = tensorOf(getValues());
  bool isPair = getParts().size() == 2;
  if ((values.getRank() != 4 && values.getRank() != 3) ||
      !isAttentionElement(values.getElementType()) ||
      (!isPair && !values.getElementType().isF32()))
    return refuse();
  if (!areNumbersOf(getLogit(), getValues()) ||
      (!isPair && !areNumbersOf(getSum(), getValues())))
    return refuse();
  return success();
}

LogicalResult MergeOp::verify() {
  return verifyMerge(*this, getStates(), getOut().getType(),
                     getLse() ? getLse().getType() : Type());
}

} // namespace attn
