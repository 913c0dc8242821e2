//===- RegionTypes.cpp - How values of regions are held -------------------===//

#include "RegionTypes.h"

#include "attn/dialect/Attn/Attn.h"

#include <limits>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

constexpr int64_t kLargestIndex = std::numeric_limits<int32_t>::max() - 1;

/// Ops whose result depends on how the upper bits of operands are read.
bool readsUnsigned(Operation *op) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    switch (compare.getPredicate()) {
    case arith::CmpIPredicate::ult:
    case arith::CmpIPredicate::ule:
    case arith::CmpIPredicate::ugt:
    case arith::CmpIPredicate::uge:
      return true;
    default:
      return false;
    }
  return isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp, arith::MaxUIOp,
             arith::MinUIOp, arith::ShRUIOp, arith::UIToFPOp, arith::ExtUIOp,
             arith::IndexCastUIOp>(op);
}

} // namespace

bool attn::cpu::isWideInteger(Type type) {
  return type.isIndex() || type.isInteger(64);
}

Type attn::cpu::getHeldType(Type type, bool isNarrow) {
  if (isa<FloatType>(type))
    return Float32Type::get(type.getContext());
  if (isWideInteger(type))
    return IntegerType::get(type.getContext(), isNarrow ? 32 : 64);
  return type;
}

RegionRanges::RegionRanges(Region &region) {
  if (region.empty())
    return;
  Block &block = region.front();
  for (BlockArgument argument : block.getArguments())
    if (argument.getType().isIndex())
      ranges.insert({argument, ConstantIntRanges::fromSigned(
                                   APInt(64, 0), APInt(64, kLargestIndex))});
  for (Operation &op : block)
    infer(op);
}

void RegionRanges::infer(Operation &op) {
  for (Value result : op.getResults())
    if (result.getType().isIntOrIndex())
      ranges.insert({result, ConstantIntRanges::maxRange(
                                 ConstantIntRanges::getStorageBitwidth(
                                     result.getType()))});
  auto set = [&](Value result, const ConstantIntRanges &range) {
    ranges.erase(result);
    ranges.insert({result, range});
  };
  if (auto length = dyn_cast<LengthOp>(op))
    set(length, ConstantIntRanges::fromSigned(APInt(64, 0),
                                              APInt(64, kLargestIndex + 1)));
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

bool RegionRanges::isNonNegative(Value value) const {
  const ConstantIntRanges *range = find(value);
  return range && range->smin().isNonNegative();
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
           return !isWideInteger(value.getType()) || isNonNegative(value);
         });
}
