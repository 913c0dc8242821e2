//===- NaiveRegion.cpp - Regions by the folders of their operations -------===//

#include "NaiveRegion.h"

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"

#include <cmath>

using namespace mlir;
using namespace attn;
using namespace attn::test;

namespace {

/// A size of a tensor, or what index arithmetic makes of sizes.
int64_t sizeOf(Value value, const TensorMap &tensors) {
  Operation *op = value.getDefiningOp();
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op))
    return tensors.lookup(dim.getSource()).sizes[*dim.getConstantIndex()];
  SmallVector<Attribute> operands;
  SmallVector<OpFoldResult> results;
  Builder builder(value.getContext());
  for (Value operand : op ? op->getOperands() : ValueRange())
    operands.push_back(builder.getIndexAttr(sizeOf(operand, tensors)));
  if (!op || failed(op->fold(operands, results)) || results.empty() ||
      !isa<Attribute>(results.front())) {
    emitError(value.getLoc())
        << "expected a size of a tensor, or arithmetic of "
           "sizes, as index that a region captures";
    fail("the program can not be checked");
  }
  return cast<IntegerAttr>(cast<Attribute>(results.front())).getInt();
}

class Evaluation {
public:
  Evaluation(Region &region, ValueRange captures, NaiveLengths lengths,
             const TensorMap &tensors)
      : block(region.front()), captures(captures), lengths(lengths),
        tensors(tensors), builder(region.getContext()) {}

  Attribute run(ArrayRef<Attribute> arguments) {
    for (auto [argument, value] : llvm::zip(block.getArguments(), arguments))
      values[argument] = value;
    for (auto [argument, capture] :
         llvm::zip(block.getArguments().take_back(captures.size()), captures))
      if (capture.getType().isIndex())
        values[argument] = builder.getIndexAttr(sizeOf(capture, tensors));
    for (Operation &op : block.without_terminator())
      values[op.getResult(0)] = evaluate(op);
    return values.lookup(block.getTerminator()->getOperand(0));
  }

private:
  Attribute read(ReadOp read) {
    unsigned position = cast<BlockArgument>(read.getTable()).getArgNumber() -
                        (block.getNumArguments() - captures.size());
    std::vector<int64_t> at;
    for (Value value : read.getIndices())
      at.push_back(cast<IntegerAttr>(values.lookup(value)).getInt());
    double element = tensors.lookup(captures[position]).get(at);
    if (auto type = dyn_cast<FloatType>(read.getElement().getType()))
      return builder.getFloatAttr(type, element);
    return builder.getIntegerAttr(read.getElement().getType(),
                                  static_cast<int64_t>(element));
  }

  Attribute evaluate(Operation &op) {
    if (auto length = dyn_cast<LengthOp>(op))
      return builder.getIndexAttr(
          length.getSide() == Side::queries ? lengths.queries : lengths.keys);
    if (auto readOp = dyn_cast<ReadOp>(op))
      return read(readOp);
    SmallVector<Attribute> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.lookup(operand));
    SmallVector<OpFoldResult> results;
    if (failed(op.fold(operands, results)) || results.empty()) {
      auto number = [&](unsigned n) {
        return static_cast<float>(
            cast<FloatAttr>(operands[n]).getValueAsDouble());
      };
      if (isa<math::FmaOp>(op))
        return builder.getF32FloatAttr(
            std::fma(number(0), number(1), number(2)));
      if (isa<math::RsqrtOp>(op))
        return builder.getF32FloatAttr(
            1 / std::sqrt(cast<FloatAttr>(operands[0]).getValueAsDouble()));
      // A division by zero: any value, which the program must not use.
      if (isa<arith::DivSIOp, arith::RemSIOp>(op))
        return builder.getIntegerAttr(op.getResult(0).getType(), 0);
      op.emitError() << "the naive row can not evaluate this: "
                        "test/Codegen/CPU/programs/NaiveRegion.cpp lacks it";
      fail("the program can not be checked");
    }
    if (auto attribute = dyn_cast<Attribute>(results.front()))
      return attribute;
    return values.lookup(cast<Value>(results.front()));
  }

  Block &block;
  ValueRange captures;
  NaiveLengths lengths;
  const TensorMap &tensors;
  Builder builder;
  llvm::DenseMap<Value, Attribute> values;
};

} // namespace

Attribute attn::test::evaluateRegion(Region &region,
                                     ArrayRef<Attribute> arguments,
                                     ValueRange captures, NaiveLengths lengths,
                                     const TensorMap &tensors) {
  return Evaluation(region, captures, lengths, tensors).run(arguments);
}
