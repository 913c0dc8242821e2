//===- LengthsOps.cpp - Lengths family: verifiers -------------------------===//

#include "attn/dialect/Attn/AttendRules.h"

#include "llvm/ADT/SetVector.h"

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

/// Collects the ops whose results `op` reads row by row.
void collectRowMakers(Operation *op, SetVector<Operation *> &makers) {
  auto add = [&](Value tensor) {
    if (Operation *maker = tensor.getDefiningOp())
      makers.insert(maker);
  };
  if (auto fold = dyn_cast<FoldOpInterface>(op))
    add(fold.getQ());
  for (Value operand : op->getOperands())
    if (auto state = operand.getDefiningOp<StateOp>())
      llvm::for_each(state.getParts(), add);
}

Value getOwnLengths(Operation *op) {
  auto fold = dyn_cast<FoldOpInterface>(op);
  return fold ? fold.getLengths() : Value();
}

} // namespace

bool isPacked(Value lengths) {
  return lengths && lengths.getDefiningOp<LengthsPackedOp>();
}

Value getLengthsTable(Value lengths) {
  Operation *op = lengths ? lengths.getDefiningOp() : nullptr;
  return op ? op->getOperand(0) : Value();
}

bool isSameLengths(Value lhs, Value rhs) {
  return getLengthsTable(lhs) == getLengthsTable(rhs) &&
         isPacked(lhs) == isPacked(rhs);
}

SmallVector<Value> getOperandLengths(Operation *op) {
  SmallVector<Value> found;
  Value own = getOwnLengths(op);
  SetVector<Operation *> makers;
  collectRowMakers(op, makers);
  for (size_t n = 0; n < makers.size(); ++n) {
    Operation *maker = makers[n];
    collectRowMakers(maker, makers);
    Value lengths = getOwnLengths(maker);
    if (lengths && !isSameLengths(lengths, own) &&
        llvm::none_of(found,
                      [&](Value x) { return isSameLengths(x, lengths); }))
      found.push_back(lengths);
  }
  return found;
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
