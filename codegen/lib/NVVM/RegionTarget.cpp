//===- RegionTarget.cpp - Regions in registers of a GPU thread ------------===//

#include "RegionTarget.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include <cmath>

using namespace mlir;
using namespace attn::nvptx;

namespace {
/// i1 is stored as a byte.
unsigned getBytes(Type element) {
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}
} // namespace

/// Tables are constant while the kernel runs: loads may move. LLVM makes one of
/// two that are neighbours if the first is aligned for both.
Value NvvmRegionTarget::load(Type element, const Address &address) {
  bool isShort = isa<FloatType>(element) && !element.isF32();
  Type stored = isShort ? kb.b.getI16Type() : element;
  unsigned bytes = getBytes(element);
  Value offset, pointer = address.pointer;
  auto addOffset = [&] {
    if (offset)
      pointer = kb.at(pointer, kb.mul(offset, bytes));
    offset = {};
  };
  for (Value part : address.offsets) {
    if (isGather && address.isAtKey && part == address.offsets.back())
      addOffset();
    offset = offset ? kb.add(offset, part) : part;
  }
  addOffset();
  bool isPair = isFirstOfPair && address.isAtKey;
  auto load = LLVM::LoadOp::create(kb.b, kb.loc, stored, pointer,
                                   isPair ? 2 * bytes : bytes);
  load.setInvariant(true);
  return isShort ? kb.widen(load, element) : Value(load);
}

Value NvvmRegionTarget::roundTo(Value value, Type type) {
  if (type.isF32())
    return value;
  Value bits = kb.packPair(type, value, kb.cf(0));
  if (type.isBF16())
    return LLVM::BitcastOp::create(kb.b, kb.loc, kb.f32(), kb.shl(bits, 16));
  Value half = LLVM::BitcastOp::create(
      kb.b, kb.loc, type,
      Value(LLVM::TruncOp::create(kb.b, kb.loc, kb.b.getI16Type(), bits)));
  return LLVM::FPExtOp::create(kb.b, kb.loc, kb.f32(), half);
}

Value NvvmRegionTarget::toInteger(Value value, Type type, bool isSigned) {
  unsigned width = type.getIntOrFloatBitWidth();
  auto compare = [&](LLVM::FCmpPredicate predicate, float bound) {
    return LLVM::FCmpOp::create(kb.b, kb.loc, predicate, value, kb.cf(bound));
  };
  APInt least = isSigned ? APInt::getSignedMinValue(width) : APInt(width, 0);
  APInt most =
      isSigned ? APInt::getSignedMaxValue(width) : APInt::getMaxValue(width);
  float low = isSigned ? -std::ldexp(1.0f, width - 1) : 0.0f;
  float high = std::ldexp(1.0f, isSigned ? width - 1 : width);
  Value isLow = compare(LLVM::FCmpPredicate::olt, low);
  Value isHigh = compare(LLVM::FCmpPredicate::oge, high);
  Value isInside = kb.bitAnd(compare(LLVM::FCmpPredicate::oge, low),
                             compare(LLVM::FCmpPredicate::olt, high));
  Value safe = kb.select(isInside, value, kb.cf(0));
  Value result = isSigned
                     ? Value(LLVM::FPToSIOp::create(kb.b, kb.loc, type, safe))
                     : Value(LLVM::FPToUIOp::create(kb.b, kb.loc, type, safe));
  result = kb.select(isLow, kb.cst(type, least.getSExtValue()), result);
  return kb.select(isHigh, kb.cst(type, most.getSExtValue()), result);
}

Value NvvmRegionTarget::arePairsAligned(RegionEmitter &region) {
  auto reads = region.getKeyReads();
  if (reads.empty())
    return {};
  Value odd = kb.c64(0);
  for (const RegionEmitter::KeyRead &read : reads) {
    int64_t last = 2 * getBytes(read.element) - 1;
    Value bits = LLVM::PtrToIntOp::create(kb.b, kb.loc, kb.i64(), read.pointer);
    Value offset = kb.c64(0);
    for (Value part : read.offsets)
      offset = kb.add(offset, part);
    odd = kb.bitOr(odd, kb.bitAnd(bits, last));
    odd = kb.bitOr(odd, kb.bitAnd(offset, 1));
    for (Value stride : read.strides)
      odd = kb.bitOr(odd, kb.bitAnd(stride, 1));
  }
  return kb.eq(odd, kb.c64(0));
}

void NvvmRegionTarget::pinAddresses(RegionEmitter &region) {
  region.setBatch(attn::nvvm::PinOp::create(kb.b, kb.loc, cta.batch));
}

void NvvmRegionTarget::pinCoordinates() {
  batch = attn::nvvm::PinOp::create(kb.b, kb.loc, cta.batch);
  head = attn::nvvm::PinOp::create(kb.b, kb.loc, cta.head);
}
