//===- Views.cpp - Indices that a function gives to regions ---------------===//

#include "attn/dialect/Attn/Views.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attn {
namespace {

bool isArgument(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument &&
         isa<FunctionOpInterface>(argument.getOwner()->getParentOp());
}

std::optional<int64_t> getNumber(Value index) {
  APInt number;
  if (!matchPattern(index, m_ConstantInt(&number)))
    return std::nullopt;
  return number.getSExtValue();
}

// boundary-C6
LogicalResult verifyConstant(arith::ConstantOp op) {
  std::optional<int64_t> number = getNumber(op);
  if (op.getType().isIndex() && number && llvm::isUInt<31>(*number))
    return success();
  return op.emitOpError() << "expects an index of 0 or more, below 2^31, but "
                             "got "
                          << op.getValue()
                          << "; other constants stand inside regions";
}

// boundary-C6
LogicalResult verifyDim(tensor::DimOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getSource().getType());
  std::optional<int64_t> axis = getNumber(op.getIndex());
  if (!isArgument(op.getSource()) || !type)
    return op.emitOpError() << "expects an argument of the function; take the "
                               "size of the argument that has this letter";
  if (axis && *axis >= 0 && *axis < type.getRank())
    return success();
  return op.emitOpError() << "expects a constant axis of " << type;
}

} // namespace

bool isView(Operation *op) { return isa<tensor::DimOp, arith::ConstantOp>(op); }

LogicalResult verifyView(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([](arith::ConstantOp op) { return verifyConstant(op); })
      .Case([](tensor::DimOp op) { return verifyDim(op); });
}

IndexOrigin getIndexOrigin(Value index) {
  if (std::optional<int64_t> number = getNumber(index))
    return {number, {}, 0};
  auto dim = cast<tensor::DimOp>(index.getDefiningOp());
  auto argument = cast<BlockArgument>(dim.getSource());
  unsigned axis = *getNumber(dim.getIndex());
  auto type = cast<RankedTensorType>(argument.getType());
  if (!type.isDynamicDim(axis))
    return {type.getDimSize(axis), {}, 0};
  return {std::nullopt, argument, axis};
}

} // namespace attn
