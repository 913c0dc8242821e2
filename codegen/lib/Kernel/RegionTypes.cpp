//===- RegionTypes.cpp - How values of regions are held -------------------===//

#include "attn/codegen/Kernel/RegionTypes.h"

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace attn;

namespace {

constexpr int64_t kLargestIndex = std::numeric_limits<int32_t>::max() - 1;

bool isUnsigned(arith::CmpIPredicate predicate) {
  using P = arith::CmpIPredicate;
  return predicate == P::ult || predicate == P::ule || predicate == P::ugt ||
         predicate == P::uge;
}

/// Ops whose result depends on how the upper bits of operands are read.
bool readsUnsigned(Operation *op) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return isUnsigned(compare.getPredicate());
  return isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp, arith::MaxUIOp,
             arith::MinUIOp, arith::ShRUIOp, arith::UIToFPOp, arith::ExtUIOp,
             arith::IndexCastUIOp>(op);
}

} // namespace

bool attn::isWideInteger(Type type) {
  return type.isIndex() || type.isInteger(64);
}

Type attn::getHeldType(Type type, bool isNarrow) {
  if (isa<FloatType>(type))
    return Float32Type::get(type.getContext());
  if (isWideInteger(type))
    return IntegerType::get(type.getContext(), isNarrow ? 32 : 64);
  return type;
}

RegionRanges::RegionRanges(Region &region, RegionKind kind) {
  if (region.empty())
    return;
  for (BlockArgument argument : region.front().getArguments()) {
    bool isCapture = argument.getArgNumber() >= getNumCoordinates(kind);
    if (argument.getType().isIndex())
      ranges.insert(
          {argument, ConstantIntRanges::fromSigned(
                         APInt(64, 0), APInt(64, kLargestIndex + isCapture))});
  }
  for (Operation &op : region.front())
    infer(op);
}

void RegionRanges::infer(Operation &op) {
  auto set = [&](Value result, const ConstantIntRanges &range) {
    ranges.erase(result);
    ranges.insert({result, range});
  };
  for (Value result : op.getResults())
    if (result.getType().isIntOrIndex())
      set(result, ConstantIntRanges::maxRange(
                      ConstantIntRanges::getStorageBitwidth(result.getType())));
  if (auto length = dyn_cast<LengthOp>(op))
    return set(length, ConstantIntRanges::fromSigned(
                           APInt(64, 0), APInt(64, kLargestIndex + 1)));
  auto inference = dyn_cast<InferIntRangeInterface>(op);
  if (!inference)
    return;
  SmallVector<ConstantIntRanges> operands;
  for (Value operand : op.getOperands()) {
    const ConstantIntRanges *range = find(operand);
    if (!range)
      return;
    operands.push_back(*range);
  }
  inference.inferResultRanges(operands, set);
}

const ConstantIntRanges *RegionRanges::find(Value value) const {
  auto it = ranges.find(value);
  return it == ranges.end() ? nullptr : &it->second;
}

bool RegionRanges::isNarrow(Value value) const {
  const ConstantIntRanges *range = find(value);
  return range && isWideInteger(value.getType()) &&
         range->smin().isSignedIntN(32) && range->smax().isSignedIntN(32);
}

bool RegionRanges::isInside32(Value value) const {
  return isNarrow(value) &&
         find(value)->smin().sgt(std::numeric_limits<int32_t>::min()) &&
         find(value)->smax().slt(std::numeric_limits<int32_t>::max());
}

bool RegionRanges::computesNarrow(Operation *op) const {
  // An amount of 32 or more is legal for the wide type only.
  if (isa<arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp>(op))
    return false;
  auto fits = [&](Value value) {
    return !isWideInteger(value.getType()) || isNarrow(value);
  };
  if (!llvm::all_of(op->getOperands(), fits) ||
      !llvm::all_of(op->getResults(), fits))
    return false;
  return !readsUnsigned(op) ||
         llvm::all_of(op->getOperands(), [&](Value value) {
           return !isWideInteger(value.getType()) ||
                  find(value)->smin().isNonNegative();
         });
}

bool RegionRanges::comparesSaturated(Operation *op, Value operand) const {
  auto compare = dyn_cast<arith::CmpIOp>(op);
  if (!compare || !isWideInteger(operand.getType()) || isNarrow(operand) ||
      isUnsigned(compare.getPredicate()))
    return false;
  return isInside32(compare.getLhs() == operand ? compare.getRhs()
                                                : compare.getLhs());
}
