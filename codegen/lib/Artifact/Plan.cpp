//===- Plan.cpp - The launch plan of a function ---------------------------===//

#include "Plan.h"
#include "Axes.h"
#include "TensorViews.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Boundary.h"
#include "attn/dialect/Attn/Layout.h"
#include "attn/dialect/Sched/Sched.h"
#include "attn/dialect/Tile/Tile.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using attn::manifest::Expr;

namespace attn {
namespace {

bool isLaunch(Operation *op) {
  if (auto reorder = dyn_cast<ReorderOp>(op))
    return !reorder.getInPlace();
  if (auto restore = dyn_cast<RestoreOp>(op))
    return !restore.getInPlace();
  return isa<tile::FoldOp, sched::ForwardOp, tile::MergeOp, tile::SummarizeOp>(
      op);
}

/// Launches whose results `op` reads, through the route of a fold.
void collectProducers(Operation *op, llvm::SmallVectorImpl<Operation *> &out) {
  for (Value operand : op->getOperands()) {
    Operation *producer = operand.getDefiningOp();
    if (!producer)
      continue;
    if (isLaunch(producer))
      out.push_back(producer);
    else
      collectProducers(producer, out);
  }
}

Expr getBytes(Value value) {
  value = getStored(value);
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  Expr bytes = Expr::constant(manifest::dtypeBytes(*getDtype(element)));
  for (const Expr &size : getSizes(value))
    bytes = bytes * size;
  return bytes;
}

/// Two multiply-adds per pair and channel, for logits and for the sum; as if
/// every pair of a padded tensor were visible, and packed tokens one sequence.
Expr getFoldOperations(FoldOpInterface fold) {
  Expr operations = Expr::constant(0);
  for (Value stream : fold.getStreams()) {
    StreamOperands keys = *getStreamOperands(stream);
    PairSizes sizes = getPairSizes(fold, stream);
    Expr pairs = Expr::constant(2) * sizes.hq * sizes.lq * sizes.lk;
    if (!isPacked(fold.getLengths()))
      pairs = pairs * sizes.b;
    operations =
        operations + pairs * Expr::constant(keys.k.getType().getShape().back() +
                                            keys.v.getType().getShape().back());
  }
  return operations;
}

/// Tensors that a launch reads or writes, tables of masks and scores aside.
SmallVector<Value> getTraffic(Operation *op) {
  SmallVector<Value> tensors(op->getResults());
  for (Value operand : op->getOperands()) {
    if (isa<RankedTensorType>(operand.getType())) {
      if (operand == op->getOperand(0))
        tensors.push_back(operand);
    } else if (std::optional<StreamOperands> keys =
                   getStreamOperands(operand)) {
      tensors.append({keys->k, keys->v});
    } else if (auto state = operand.getDefiningOp<StateOp>()) {
      llvm::append_range(tensors, state.getParts());
    }
  }
  return tensors;
}

} // namespace

FailureOr<LaunchOrder> LaunchOrder::create(func::FuncOp function) {
  LaunchOrder order;
  order.function = function;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    order.names[function.getArgument(i)] = getArgumentName(function, i);
  Block &body = function.getBody().front();
  for (const auto &[value, view] : getTensorViews(function))
    if (!order.names.insert({value, view.name}).second)
      return function.emitOpError()
             << "returns a value as '" << order.names[value] << "' and as '"
             << view.name << "'; expected each returned once";
  for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands())) {
    std::string name = getResultName(function, i);
    if (value.getDefiningOp<tensor::ExpandShapeOp>())
      continue;
    if (order.names.count(value)) {
      body.getTerminator()->emitError()
          << "returns '" << order.names[value] << "' as result '" << name
          << "'; expected a value that an op computes, each returned once";
      return failure();
    }
    order.names[value] = name;
  }
  for (Operation &op : body) {
    if (auto reorder = dyn_cast<ReorderOp>(op); reorder && !isLaunch(&op)) {
      std::string name = order.getName(reorder.getTensor());
      order.names[reorder.getResult()] = std::move(name);
    }
    if (!isLaunch(&op))
      continue;
    order.ops.push_back(&op);
    for (Value result : op.getResults())
      order.nameResult(result);
  }
  return order;
}

void LaunchOrder::nameResult(Value result) {
  Value stored = getStored(result);
  if (!names.count(stored)) {
    names[stored] = "buffer" + std::to_string(buffers.size());
    buffers.push_back(stored);
  }
  std::string name = getName(stored);
  names[result] = std::move(name);
}

std::string LaunchOrder::getSymbol(unsigned index) const {
  return llvm::formatv("{0}_{1}{2}", func::FuncOp(function).getSymName(),
                       ops[index]->getName().stripDialect(), index);
}

std::vector<manifest::Buffer> LaunchOrder::getBuffers() const {
  std::vector<manifest::Buffer> result;
  for (Value value : buffers) {
    Type element = cast<RankedTensorType>(value.getType()).getElementType();
    result.push_back({getName(value), *getDtype(element), getSizes(value)});
  }
  return result;
}

manifest::Step LaunchOrder::getStep(unsigned index) const {
  manifest::Step step;
  step.kernel = getSymbol(index);
  Operation *op = ops[index];
  SmallVector<Operation *> producers;
  collectProducers(op, producers);
  for (unsigned i = 0; i < index; ++i)
    if (llvm::is_contained(producers, ops[i]))
      step.dependsOn.push_back(i);
  Expr bytes = Expr::constant(0);
  if (auto fold = dyn_cast<FoldOpInterface>(op))
    step.operations = getFoldOperations(fold);
  for (Value tensor : getTraffic(op))
    bytes = bytes + getBytes(tensor);
  step.bytes = bytes;
  return step;
}

} // namespace attn
