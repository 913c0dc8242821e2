//===- SlotRows.cpp - Rows that are found through a layout ----------------===//
//
// Tokens are computed in f64: processors divide no vectors of integers, and
// the quotients of attn/dialect/Attn/Layout.h are exact in it.
//
//===----------------------------------------------------------------------===//

#include "SlotRows.h"

#include "attn/dialect/Attn/Views.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// A vector of f64 from an i64.
Value splatDouble(KernelBuilder &kb, Value number) {
  return kb.splat(
      arith::SIToFPOp::create(kb.b, kb.loc, kb.b.getF64Type(), number));
}

/// 0, 1, 2, ...
Value emitSteps(KernelBuilder &kb) {
  SmallVector<double> steps;
  for (int64_t i = 0; i < kb.variant.lanes; ++i)
    steps.push_back(static_cast<double>(i));
  auto type = kb.vectorOf(kb.b.getF64Type());
  return arith::ConstantOp::create(
      kb.b, kb.loc, DenseElementsAttr::get(type, ArrayRef<double>(steps)));
}

} // namespace

SmallVector<Value> attn::cpu::emitGridSizes(CallArguments &call,
                                            LayoutGridOp layout) {
  KernelBuilder &kb = call.kb;
  SmallVector<Value> sizes;
  ValueRange values = layout.getSizes();
  for (int64_t size : layout.getShape()) {
    if (!ShapedType::isDynamic(size)) {
      sizes.push_back(kb.i64(size));
      continue;
    }
    IndexOrigin origin = getIndexOrigin(values.front());
    sizes.push_back(origin.number ? kb.i64(*origin.number)
                                  : call.size(origin.argument, origin.axis));
    values = values.drop_front();
  }
  return sizes;
}

SlotRows::SlotRows(CallArguments &call, LayoutGridOp layout)
    : kb(call.kb), layout(layout) {
  for (Value size : emitGridSizes(call, layout))
    sizes.push_back(splatDouble(kb, size));
}

Value SlotRows::allocate(Scratch &scratch, int64_t count) const {
  int64_t entries = llvm::alignTo(count, kb.variant.lanes);
  return scratch.allocate(entries * static_cast<int64_t>(sizeof(int32_t)));
}

void SlotRows::fill(Value table, Value first, int64_t count) const {
  Type i32 = kb.b.getI32Type();
  Value minusOne = kb.splat(
      arith::ConstantOp::create(kb.b, kb.loc, kb.b.getF64FloatAttr(-1)));
  Value steps = emitSteps(kb);
  kb.loop(kb.i64(0), kb.i64(count), kb.variant.lanes, [&](Value entry) {
    Value slot = kb.addf(splatDouble(kb, kb.add(first, entry)), steps);
    SlotToken at =
        buildSlotToken(kb.b, kb.loc, layout, slot, sizes, Padding::Nothing);
    Value token =
        at.exists ? kb.select(at.exists, at.token, minusOne) : at.token;
    kb.store(arith::FPToSIOp::create(kb.b, kb.loc, kb.vectorOf(i32), token),
             kb.at(table, i32, entry));
  });
}

Value attn::cpu::loadToken(KernelBuilder &kb, Value table, Value index) {
  Type i32 = kb.b.getI32Type();
  Value token = kb.load(i32, kb.at(table, i32, index));
  return arith::ExtSIOp::create(kb.b, kb.loc, kb.i64Type(), token);
}
