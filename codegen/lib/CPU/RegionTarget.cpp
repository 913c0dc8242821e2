//===- RegionTarget.cpp - Regions on the CPU ------------------------------===//

#include "RegionTarget.h"
#include "Elements.h"
#include "Exp2.h"

using namespace mlir;
using namespace attn::cpu;

static Type likeOf(Value like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like.getType()))
    return vector.clone(element);
  return element;
}

/// Lanes are gathered.
Value CpuRegionTarget::load(Type element, const Address &address) {
  Value pointer = address.pointer;
  for (Value offset : address.offsets)
    pointer = kb.at(pointer, element, offset);
  if (!address.lanes)
    return loadElement(kb, element, pointer);
  Value pointers = LLVM::GEPOp::create(
      kb.b, kb.loc, VectorType::get({kb.variant.lanes}, kb.ptrType()), element,
      pointer, ArrayRef<LLVM::GEPArg>{address.lanes});
  Value all =
      kb.splat(arith::ConstantIntOp::create(kb.b, kb.loc, kb.b.getI1Type(), 1));
  Value value = LLVM::masked_gather::create(
      kb.b, kb.loc, kb.vectorOf(element), pointers, all, ValueRange(),
      kb.b.getI32IntegerAttr(element.getIntOrFloatBitWidth() / 8));
  return widen(kb, value);
}

Value CpuRegionTarget::roundTo(Value value, Type type) {
  return cpu::roundTo(kb, value, type);
}

Value CpuRegionTarget::toInteger(Value value, Type element, bool isSigned) {
  StringRef name = isSigned ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
  return LLVM::CallIntrinsicOp::create(kb.b, kb.loc, likeOf(value, element),
                                       kb.b.getStringAttr(name), value)
      .getResult(0);
}

/// For any x: upstream has no approximation.
Value CpuRegionTarget::exp2(Value x) {
  bool isScalar = !isa<VectorType>(x.getType());
  Value lanes = isScalar ? kb.splat(x) : x;
  Value largest = kb.splat(128.0f);
  Value exceeds = arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::OGT,
                                        lanes, largest);
  Value result = emitExp2(kb, kb.select(exceeds, largest, lanes));
  if (!isScalar)
    return result;
  return vector::ExtractOp::create(kb.b, kb.loc, result, 0);
}
