//===- KernelBuilder.cpp - The vocabulary of kernel code ------------------===//

#include "KernelBuilder.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace attn::cpu;

VectorType KernelBuilder::vectorOf(Type element) {
  return VectorType::get({variant.lanes}, element);
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

Value KernelBuilder::i64(int64_t value) {
  return arith::ConstantIntOp::create(b, loc, i64Type(), value);
}
Value KernelBuilder::add(Value x, Value y) {
  return b.createOrFold<arith::AddIOp>(loc, x, y);
}
Value KernelBuilder::sub(Value x, Value y) {
  return b.createOrFold<arith::SubIOp>(loc, x, y);
}
Value KernelBuilder::mul(Value x, Value y) {
  return b.createOrFold<arith::MulIOp>(loc, x, y);
}
Value KernelBuilder::divide(Value x, Value y) {
  return b.createOrFold<arith::DivUIOp>(loc, x, y);
}
Value KernelBuilder::remainder(Value x, Value y) {
  return b.createOrFold<arith::RemUIOp>(loc, x, y);
}
Value KernelBuilder::min(Value x, Value y) {
  return b.createOrFold<arith::MinSIOp>(loc, x, y);
}
Value KernelBuilder::max(Value x, Value y) {
  return b.createOrFold<arith::MaxSIOp>(loc, x, y);
}
Value KernelBuilder::less(Value x, Value y) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, x, y);
}
Value KernelBuilder::both(Value x, Value y) {
  return b.createOrFold<arith::AndIOp>(loc, x, y);
}
Value KernelBuilder::either(Value x, Value y) {
  return b.createOrFold<arith::OrIOp>(loc, x, y);
}
Value KernelBuilder::negate(Value x) {
  Value one = arith::ConstantIntOp::create(b, loc, b.getI1Type(), 1);
  return b.createOrFold<arith::XOrIOp>(loc, x, one);
}
Value KernelBuilder::select(Value condition, Value x, Value y) {
  return b.createOrFold<arith::SelectOp>(loc, condition, x, y);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value KernelBuilder::at(Value pointer, Type element, Value index) {
  APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant)) && constant.isZero())
    return pointer;
  return LLVM::GEPOp::create(b, loc, ptrType(), element, pointer,
                             ArrayRef<LLVM::GEPArg>{index});
}

Value KernelBuilder::at(Value pointer, Type element, int64_t index) {
  if (index == 0)
    return pointer;
  return LLVM::GEPOp::create(
      b, loc, ptrType(), element, pointer,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
}

Value KernelBuilder::load(Type type, Value pointer, unsigned alignment) {
  return LLVM::LoadOp::create(b, loc, type, pointer, alignment);
}

void KernelBuilder::store(Value value, Value pointer, unsigned alignment) {
  LLVM::StoreOp::create(b, loc, value, pointer, alignment);
}

void KernelBuilder::prefetch(Value row, Type element, int64_t size,
                             CacheLevel level) {
  constexpr int64_t kLine = 64;
  int64_t bytes = size * element.getIntOrFloatBitWidth() / 8;
  int hint = level == CacheLevel::First ? 3 : 2;
  for (int64_t offset = 0; offset < bytes; offset += kLine)
    LLVM::Prefetch::create(b, loc, at(row, b.getI8Type(), offset), /*rw=*/0,
                           hint, /*cache=*/1);
}

Value KernelBuilder::loadFloats(Value pointer) {
  return load(floats(), pointer, variant.lanes * sizeof(float));
}

void KernelBuilder::storeFloats(Value value, Value pointer) {
  store(value, pointer, variant.lanes * sizeof(float));
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

Value KernelBuilder::f32(float value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}
Value KernelBuilder::splat(Value scalar) {
  return b.createOrFold<vector::BroadcastOp>(loc, vectorOf(scalar.getType()),
                                             scalar);
}
Value KernelBuilder::fma(Value x, Value y, Value z) {
  return LLVM::FMAOp::create(b, loc, x.getType(), x, y, z);
}
Value KernelBuilder::addf(Value x, Value y) {
  return arith::AddFOp::create(b, loc, x, y);
}
Value KernelBuilder::subf(Value x, Value y) {
  return arith::SubFOp::create(b, loc, x, y);
}
Value KernelBuilder::mulf(Value x, Value y) {
  return arith::MulFOp::create(b, loc, x, y);
}
Value KernelBuilder::maxOr(Value x, Value y) {
  Value larger = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x, y);
  return arith::SelectOp::create(b, loc, larger, x, y);
}
Value KernelBuilder::anyLane(Value lanes) {
  return vector::ReductionOp::create(b, loc, vector::CombiningKind::OR, lanes);
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

void KernelBuilder::loop(Value from, Value to, int64_t step, Body body) {
  OpBuilder::InsertionGuard guard(b);
  auto op = scf::ForOp::create(b, loc, from, to, i64(step));
  b.setInsertionPointToStart(op.getBody());
  body(op.getInductionVar());
}

SmallVector<Value> KernelBuilder::loop(Value from, Value to, int64_t step,
                                       ValueRange inits, Step body) {
  OpBuilder::InsertionGuard guard(b);
  auto op = scf::ForOp::create(b, loc, from, to, i64(step), inits);
  b.setInsertionPointToStart(op.getBody());
  SmallVector<Value> results =
      body(op.getInductionVar(), op.getRegionIterArgs());
  if (!inits.empty()) // Otherwise it is there.
    scf::YieldOp::create(b, loc, results);
  return llvm::to_vector(ValueRange(op.getResults()));
}

void KernelBuilder::when(Value condition, llvm::function_ref<void()> then,
                         llvm::function_ref<void()> otherwise) {
  OpBuilder::InsertionGuard guard(b);
  auto op = scf::IfOp::create(b, loc, condition, bool(otherwise));
  b.setInsertionPointToStart(op.thenBlock());
  then();
  if (!otherwise)
    return;
  b.setInsertionPointToStart(op.elseBlock());
  otherwise();
}

SmallVector<Value> KernelBuilder::choose(Value condition, TypeRange types,
                                         Values then, Values otherwise) {
  OpBuilder::InsertionGuard guard(b);
  auto op =
      scf::IfOp::create(b, loc, types, condition, /*withElseRegion=*/true);
  b.setInsertionPointToStart(op.thenBlock());
  scf::YieldOp::create(b, loc, then());
  b.setInsertionPointToStart(op.elseBlock());
  scf::YieldOp::create(b, loc, otherwise());
  return llvm::to_vector(ValueRange(op.getResults()));
}
