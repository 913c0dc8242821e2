//===- TensorViews.cpp - Tensors of a program as views of others ----------===//

#include "TensorViews.h"

#include "attn/dialect/Attn/Boundary.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attn {
namespace {

/// Axes 2 and 3 of `q` as one: "q.0.1.2-3.4".
manifest::View makeView(const std::string &tensor,
                        ArrayRef<ReassociationIndices> groups) {
  manifest::View view{tensor, tensor, {}};
  for (const ReassociationIndices &group : groups) {
    view.axes.emplace_back(group.begin(), group.end());
    std::string run;
    for (int64_t axis : group)
      run += (run.empty() ? "." : "-") + std::to_string(axis);
    view.name += run;
  }
  return view;
}

} // namespace

std::vector<std::pair<Value, manifest::View>>
getTensorViews(func::FuncOp function) {
  std::vector<std::pair<Value, manifest::View>> views;
  Block &body = function.getBody().front();
  for (auto op : body.getOps<tensor::CollapseShapeOp>())
    if (auto argument = dyn_cast<BlockArgument>(op.getSrc());
        argument && !op->use_empty())
      views.push_back(
          {op.getResult(),
           makeView(getArgumentName(function, argument.getArgNumber()),
                    op.getReassociationIndices())});
  for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands()))
    if (auto op = value.getDefiningOp<tensor::ExpandShapeOp>())
      views.push_back({op.getSrc(), makeView(getResultName(function, i),
                                             op.getReassociationIndices())});
  return views;
}

} // namespace attn
