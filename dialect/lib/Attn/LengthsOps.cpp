//===- LengthsOps.cpp - Lengths family: verifiers -------------------------===//

#include "attn/dialect/Attn/AttendRules.h"

using namespace mlir;

namespace attn {
namespace {

// lengths.per_batch-C1, lengths.packed-C1
LogicalResult verifyTable(Operation *op, StringRef name, StringRef shape,
                          Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (tensor.getRank() == 1 && tensor.getElementType().isInteger(32))
    return success();
  return op->emitOpError() << "expects '" << name << "' of shape " << shape
                           << " and element type i32 but got " << type;
}

} // namespace

bool isPacked(Value lengths) {
  return lengths && lengths.getDefiningOp<LengthsPackedOp>();
}

Value getLengthsTable(Value lengths) {
  Operation *op = lengths ? lengths.getDefiningOp() : nullptr;
  return op ? op->getOperand(0) : Value();
}

LogicalResult LengthsPerBatchOp::verify() {
  return verifyTable(*this, "table", "[B]", getTable().getType());
}

LogicalResult LengthsPackedOp::verify() {
  auto type = cast<RankedTensorType>(getOffsets().getType());
  if (failed(verifyTable(*this, "offsets", "[B + 1]", type)))
    return failure();
  if (type.isDynamicDim(0) || type.getDimSize(0) >= 1)
    return success();
  return emitOpError() << "expects 'offsets' of size 1 or more, one more than "
                          "there are sequences, but got "
                       << type;
}

} // namespace attn
