//===- Views.cpp - What a function does beside attention ------------------===//

#include "attn/dialect/Attn/Views.h"
#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Layout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
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

/// "2 and 3" or "2 to 4"
std::string toText(ArrayRef<int64_t> axes) {
  return std::to_string(axes.front()) + (axes.size() == 2 ? " and " : " to ") +
         std::to_string(axes.back());
}

/// Queries, keys, values and states have one token axis, [B, H, L, D] without
/// B if packed and without D if they are numbers of rows.
LogicalResult verifyTokenAxes(Operation *op,
                              ArrayRef<ReassociationIndices> groups,
                              RankedTensorType wide, bool hasChannels) {
  size_t tokens = groups.size() - (hasChannels ? 2 : 1);
  for (auto [n, group] : llvm::enumerate(groups)) {
    if (group.size() == 1 || n == tokens)
      continue;
    StringRef name = n > tokens        ? "channels"
                     : n + 1 == tokens ? "heads"
                                       : "batches";
    return op->emitOpError()
           << "makes one axis of axes " << toText(group) << " of " << wide
           << ", the place of " << name << "; expected tokens only, axis "
           << tokens << " of the view";
  }
  return success();
}

/// How a fold uses a tensor.
enum class Use { Table, Rows, Numbers };

Use getUse(OpOperand &use) {
  Operation *op = use.getOwner();
  Value value = use.get();
  if (auto stream = dyn_cast<StreamOp>(op))
    return value == stream.getK() || value == stream.getV() ? Use::Rows
                                                            : Use::Table;
  if (auto route = dyn_cast<RouteOp>(op))
    return value == route.getK() || value == route.getV() ? Use::Rows
                                                          : Use::Table;
  if (auto fold = dyn_cast<FoldOpInterface>(op))
    return value == fold.getQ() ? Use::Rows : Use::Table;
  if (auto state = dyn_cast<StateOp>(op))
    return value == state.getValues() ? Use::Rows : Use::Numbers;
  return isa<ReorderOp>(op) ? Use::Rows : Use::Table;
}

// boundary-C7
LogicalResult verifyCollapse(tensor::CollapseShapeOp op) {
  if (!isArgument(op.getSrc()))
    return op.emitOpError() << "expects an argument of the function; an "
                               "intermediate tensor has one token axis";
  for (OpOperand &use : op->getUses()) {
    Use how = getUse(use);
    if (how != Use::Table &&
        failed(verifyTokenAxes(op, op.getReassociationIndices(),
                               op.getSrcType(), how == Use::Rows)))
      return failure();
  }
  return success();
}

/// A result of a fold or merge with a value per channel, not a number per row.
bool hasChannels(OpResult result) {
  if (auto fold = dyn_cast<FoldOpInterface>(result.getOwner()))
    return result == fold.getOut() ||
           (!fold.getState().empty() && result == fold.getState().back());
  if (isa<RestoreOp>(result.getOwner()))
    return cast<RankedTensorType>(result.getType()).getRank() == 4;
  return result.getResultNumber() == 0; // A merge.
}

LogicalResult verifyExpandedSizes(tensor::ExpandShapeOp op) {
  for (Value size : op.getOutputShape()) {
    auto dim = size.getDefiningOp<tensor::DimOp>();
    if (!dim || !isArgument(dim.getSource()) ||
        (getNumber(dim.getIndex()) && getIndexOrigin(size).number))
      return op.emitOpError()
             << "expects sizes that are tensor.dim of an argument's axes with "
                "a '?'; write the others into the type";
  }
  return success();
}

// boundary-C8
LogicalResult verifyExpand(tensor::ExpandShapeOp op) {
  auto result = dyn_cast<OpResult>(op.getSrc());
  if (!result || isView(result.getOwner()))
    return op.emitOpError()
           << "expects a result of attn.attend, attn.merge or attn.restore";
  for (Operation *user : op->getUsers())
    if (!isa<func::ReturnOp>(user))
      return op.emitOpError() << "expects to be returned; '" << user->getName()
                              << "' takes the tensor before";
  if (failed(verifyExpandedSizes(op)))
    return failure();
  return verifyTokenAxes(op, op.getReassociationIndices(), op.getResultType(),
                         hasChannels(result));
}

} // namespace

bool isView(Operation *op) {
  return isa<tensor::DimOp, arith::ConstantOp, tensor::CollapseShapeOp,
             tensor::ExpandShapeOp>(op);
}

LogicalResult verifyView(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([](arith::ConstantOp op) { return verifyConstant(op); })
      .Case([](tensor::DimOp op) { return verifyDim(op); })
      .Case([](tensor::CollapseShapeOp op) { return verifyCollapse(op); })
      .Case([](tensor::ExpandShapeOp op) { return verifyExpand(op); });
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

BlockArgument getViewedArgument(Value value) {
  if (auto collapse = value.getDefiningOp<tensor::CollapseShapeOp>())
    value = collapse.getSrc();
  return dyn_cast<BlockArgument>(value);
}

} // namespace attn
