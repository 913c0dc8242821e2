//===- Elements.cpp - Loads, stores and transposes of tensor elements -----===//

#include "Elements.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

Type withShapeOf(Value value, Type element) {
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    return vector.clone(element);
  return element;
}

Value integerLike(KernelBuilder &kb, Value like, int64_t constant) {
  Type i32 = kb.b.getI32Type();
  Value scalar = arith::ConstantIntOp::create(kb.b, kb.loc, i32, constant);
  Type type = withShapeOf(like, i32);
  return type == i32
             ? scalar
             : kb.b.createOrFold<vector::BroadcastOp>(kb.loc, type, scalar);
}

/// Bits of the bf16 nearest to `value` in the upper half of an i32. Without
/// AVX512-BF16 LLVM calls a library function for this conversion.
Value roundedBFloatBits(KernelBuilder &kb, Value value) {
  OpBuilder &b = kb.b;
  Value bits = arith::BitcastOp::create(
      b, kb.loc, withShapeOf(value, b.getI32Type()), value);
  auto constant = [&](int64_t c) { return integerLike(kb, value, c); };
  Value odd = arith::AndIOp::create(
      b, kb.loc, arith::ShRUIOp::create(b, kb.loc, bits, constant(16)),
      constant(1));
  Value half = arith::AddIOp::create(b, kb.loc, odd, constant(0x7fff));
  Value rounded = arith::AddIOp::create(b, kb.loc, bits, half);
  Value isNaN =
      arith::CmpFOp::create(b, kb.loc, arith::CmpFPredicate::UNO, value, value);
  return arith::SelectOp::create(b, kb.loc, isNaN, constant(0x7fc00000),
                                 rounded);
}

} // namespace

Value attn::cpu::widen(KernelBuilder &kb, Value value) {
  Type f32 = withShapeOf(value, kb.f32Type());
  Type element = getElementTypeOrSelf(value.getType());
  if (!isa<FloatType>(element) || element.isF32())
    return value;
  return arith::ExtFOp::create(kb.b, kb.loc, f32, value);
}

Value attn::cpu::loadElement(KernelBuilder &kb, Type element, Value pointer) {
  return widen(kb, kb.load(element, pointer));
}

Value attn::cpu::loadElements(KernelBuilder &kb, Type element, Value pointer) {
  unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  return widen(kb, kb.load(kb.vectorOf(element), pointer, alignment));
}

void attn::cpu::storeElements(KernelBuilder &kb, Value value, Type element,
                              Value pointer) {
  OpBuilder &b = kb.b;
  unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  if (element.isBF16()) {
    Value high = arith::ShRUIOp::create(b, kb.loc, roundedBFloatBits(kb, value),
                                        integerLike(kb, value, 16));
    value = arith::TruncIOp::create(b, kb.loc,
                                    withShapeOf(value, b.getI16Type()), high);
  } else if (element.isF16()) {
    value =
        arith::TruncFOp::create(b, kb.loc, withShapeOf(value, element), value);
  }
  kb.store(value, pointer, alignment);
}

Value attn::cpu::roundTo(KernelBuilder &kb, Value value, Type element) {
  OpBuilder &b = kb.b;
  if (element.isF16())
    return widen(kb, arith::TruncFOp::create(
                         b, kb.loc, withShapeOf(value, element), value));
  if (!element.isBF16())
    return value;
  Value bits = arith::AndIOp::create(b, kb.loc, roundedBFloatBits(kb, value),
                                     integerLike(kb, value, -65536));
  return arith::BitcastOp::create(b, kb.loc, value.getType(), bits);
}

SmallVector<Value> attn::cpu::transpose(KernelBuilder &kb,
                                        ArrayRef<Value> rows) {
  int64_t size = kb.variant.lanes;
  SmallVector<Value> current(rows);
  for (int64_t step = 1; step < size; step *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t j = 0; j < size; ++j) {
      bool isSecond = j & step;
      low.push_back(isSecond ? size + j - step : j);
      high.push_back(isSecond ? size + j : j + step);
    }
    SmallVector<Value> next(size);
    for (int64_t i = 0; i < size; ++i) {
      if (i & step)
        continue;
      Value x = current[i], y = current[i + step];
      next[i] = vector::ShuffleOp::create(kb.b, kb.loc, x, y, low);
      next[i + step] = vector::ShuffleOp::create(kb.b, kb.loc, x, y, high);
    }
    current = std::move(next);
  }
  return current;
}

void attn::cpu::forEachVector(KernelBuilder &kb, int64_t size,
                              llvm::function_ref<void(Value)> body) {
  int64_t lanes = kb.variant.lanes;
  kb.loop(kb.i64(0), kb.i64(size / lanes * lanes), lanes, body);
  if (size % lanes != 0)
    body(kb.i64(size - lanes));
}

void attn::cpu::forEachPart(KernelBuilder &kb, int64_t size,
                            llvm::function_ref<void(Value, bool)> body) {
  if (size < kb.variant.lanes)
    return kb.loop(kb.i64(0), kb.i64(size), 1,
                   [&](Value d) { body(d, false); });
  forEachVector(kb, size, [&](Value d) { body(d, true); });
}
