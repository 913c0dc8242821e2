//===- KernelBuilder.cpp - Scalars, memory and control flow ---------------===//

#include "KernelBuilder.h"

#include "attn/dialect/Nvvm/Nvvm.h"

using namespace mlir;
using namespace attn::nvptx;

Type KernelBuilder::accumulator(unsigned count) {
  return LLVM::LLVMStructType::getLiteral(b.getContext(),
                                          SmallVector<Type>(count, f32()));
}

Value KernelBuilder::cst(Type type, int64_t value) {
  return LLVM::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, value));
}

Value KernelBuilder::cf(float value) {
  return LLVM::ConstantOp::create(b, loc, f32(), b.getF32FloatAttr(value));
}

Value KernelBuilder::add(Value x, Value y) {
  return LLVM::AddOp::create(b, loc, x, y);
}
Value KernelBuilder::sub(Value x, Value y) {
  return LLVM::SubOp::create(b, loc, x, y);
}
Value KernelBuilder::mul(Value x, Value y) {
  return LLVM::MulOp::create(b, loc, x, y);
}
Value KernelBuilder::mul(Value x, int64_t y) {
  return y == 1 ? x : mul(x, cst(x.getType(), y));
}
Value KernelBuilder::bitAnd(Value x, Value y) {
  return LLVM::AndOp::create(b, loc, x, y);
}
Value KernelBuilder::bitOr(Value x, Value y) {
  return LLVM::OrOp::create(b, loc, x, y);
}
Value KernelBuilder::bitXor(Value x, Value y) {
  return LLVM::XOrOp::create(b, loc, x, y);
}
Value KernelBuilder::shl(Value x, int64_t y) {
  return LLVM::ShlOp::create(b, loc, x, cst(x.getType(), y));
}
Value KernelBuilder::lshr(Value x, int64_t y) {
  return LLVM::LShrOp::create(b, loc, x, cst(x.getType(), y));
}
Value KernelBuilder::compare(LLVM::ICmpPredicate predicate, Value x, Value y) {
  return LLVM::ICmpOp::create(b, loc, predicate, x, y);
}
Value KernelBuilder::select(Value c, Value x, Value y) {
  return LLVM::SelectOp::create(b, loc, c, x, y);
}
Value KernelBuilder::smin(Value x, Value y) {
  return LLVM::SMinOp::create(b, loc, x, y);
}
Value KernelBuilder::smax(Value x, Value y) {
  return LLVM::SMaxOp::create(b, loc, x, y);
}
Value KernelBuilder::sext(Value x) {
  return LLVM::SExtOp::create(b, loc, i64(), x);
}
Value KernelBuilder::trunc(Value x) {
  return LLVM::TruncOp::create(b, loc, i32(), x);
}

Value KernelBuilder::fadd(Value x, Value y) {
  return LLVM::FAddOp::create(b, loc, x, y);
}
Value KernelBuilder::fmul(Value x, Value y) {
  return LLVM::FMulOp::create(b, loc, x, y);
}
Value KernelBuilder::fneg(Value x) { return LLVM::FNegOp::create(b, loc, x); }
Value KernelBuilder::fma(Value x, Value y, Value z) {
  return LLVM::FMAOp::create(b, loc, x, y, z);
}
Value KernelBuilder::fmax(Value x, Value y) {
  return LLVM::MaxNumOp::create(b, loc, x, y);
}
Value KernelBuilder::ex2(Value x) {
  return attn::nvvm::Ex2Op::create(b, loc, x);
}

Value KernelBuilder::polynomial(ArrayRef<float> coefficients, Value x) {
  Value sum = cf(coefficients.front());
  for (float c : coefficients.drop_front())
    sum = fma(sum, x, cf(c));
  return sum;
}

Value KernelBuilder::packPair(Type element, Value low, Value high) {
  Type pair = VectorType::get({2}, element);
  auto rn = NVVM::FPRoundingMode::RN;
  Value packed = element.isBF16() ? Value(NVVM::ConvertF32x2ToBF16x2Op::create(
                                        b, loc, pair, high, low, Value(), rn))
                                  : Value(NVVM::ConvertF32x2ToF16x2Op::create(
                                        b, loc, pair, high, low, Value(), rn));
  return LLVM::BitcastOp::create(b, loc, i32(), packed);
}

Value KernelBuilder::widen(Value bits, Type element) {
  if (element.isBF16())
    return LLVM::BitcastOp::create(
        b, loc, f32(), shl(LLVM::ZExtOp::create(b, loc, i32(), bits), 16));
  return LLVM::FPExtOp::create(
      b, loc, f32(), Value(LLVM::BitcastOp::create(b, loc, element, bits)));
}

Value KernelBuilder::loadFloat(Value array, Type element, Value index) {
  unsigned bytes = element.getIntOrFloatBitWidth() / 8;
  Value address = at(array, mul(sext(index), bytes));
  if (element.isF32())
    return load(f32(), address, 4);
  return widen(load(b.getI16Type(), address, 2), element);
}

void KernelBuilder::storeFloat(Value value, Value array, Type element,
                               Value index) {
  unsigned bytes = element.getIntOrFloatBitWidth() / 8;
  if (!element.isF32())
    value = LLVM::TruncOp::create(b, loc, b.getI16Type(),
                                  packPair(element, value, cf(0)));
  store(value, at(array, mul(sext(index), bytes)), bytes);
}

Value KernelBuilder::at(Value base, Value bytes) {
  return LLVM::GEPOp::create(b, loc, base.getType(), b.getI8Type(), base,
                             ArrayRef<LLVM::GEPArg>{bytes});
}
Value KernelBuilder::at(Value base, int64_t bytes) {
  if (bytes == 0)
    return base;
  return LLVM::GEPOp::create(
      b, loc, base.getType(), b.getI8Type(), base,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
}
Value KernelBuilder::load(Type type, Value pointer, unsigned align) {
  return LLVM::LoadOp::create(b, loc, type, pointer, align);
}
void KernelBuilder::store(Value value, Value pointer, unsigned align) {
  LLVM::StoreOp::create(b, loc, value, pointer, align);
}

SmallVector<Value> KernelBuilder::unpack(Value accumulator) {
  auto type = cast<LLVM::LLVMStructType>(accumulator.getType());
  SmallVector<Value> elements;
  for (int64_t i = 0, e = type.getBody().size(); i < e; ++i)
    elements.push_back(LLVM::ExtractValueOp::create(b, loc, accumulator, i));
  return elements;
}

Value KernelBuilder::pack(ArrayRef<Value> elements) {
  Value result = LLVM::UndefOp::create(b, loc, accumulator(elements.size()));
  for (auto [i, element] : llvm::enumerate(elements))
    result = LLVM::InsertValueOp::create(b, loc, result, element,
                                         static_cast<int64_t>(i));
  return result;
}

Value KernelBuilder::shuffleXor(Value value, int64_t mask) {
  return NVVM::ShflOp::create(b, loc, value.getType(), c32(-1), value,
                              c32(mask), c32(31), NVVM::ShflKind::bfly,
                              UnitAttr());
}

Value KernelBuilder::shuffleUp(Value value, int64_t distance) {
  return NVVM::ShflOp::create(b, loc, value.getType(), c32(-1), value,
                              c32(distance), c32(0), NVVM::ShflKind::up,
                              UnitAttr());
}

Value KernelBuilder::broadcast(Value value, Value lane) {
  return NVVM::ShflOp::create(b, loc, value.getType(), c32(-1), value, lane,
                              c32(31), NVVM::ShflKind::idx, UnitAttr());
}

Value KernelBuilder::any(Value predicate) {
  return NVVM::VoteSyncOp::create(b, loc, i1(), c32(-1), predicate,
                                  NVVM::VoteSyncKind::any);
}

void KernelBuilder::tally(StringRef name, Value n) {
  attn::nvvm::TallyOp::create(b, loc, name, n);
}

void KernelBuilder::proxyFence() {
  NVVM::FenceProxyOp::create(
      b, loc, NVVM::ProxyKind::async_shared,
      NVVM::SharedSpaceAttr::get(b.getContext(),
                                 NVVM::SharedSpace::shared_cta));
}

void KernelBuilder::meet(Value id, int64_t threads) {
  NVVM::BarrierOp::create(b, loc, Type(), id, c32(threads),
                          NVVM::BarrierReductionAttr(), Value());
}

Block *KernelBuilder::block(TypeRange types) {
  OpBuilder::InsertionGuard guard(b);
  Block *current = b.getInsertionBlock();
  SmallVector<Location> locations(types.size(), loc);
  return b.createBlock(current->getParent(),
                       std::next(Region::iterator(current)), types, locations);
}

void KernelBuilder::br(Block *target, ValueRange args) {
  LLVM::BrOp::create(b, loc, args, target);
}

void KernelBuilder::condBr(Value condition, Block *ifTrue, ValueRange trueArgs,
                           Block *ifFalse, ValueRange falseArgs) {
  LLVM::CondBrOp::create(b, loc, condition, ifTrue, trueArgs, ifFalse,
                         falseArgs);
}

void KernelBuilder::when(Value condition, llvm::function_ref<void()> body) {
  Block *behind = block();
  Block *inside = block();
  condBr(condition, inside, {}, behind, {});
  enter(inside);
  body();
  br(behind);
  enter(behind);
}

void KernelBuilder::loop(Value first, Value end, int64_t step,
                         llvm::function_ref<void(Value)> body) {
  Block *behind = block();
  Block *inside = block();
  Block *header = block(first.getType());
  br(header, first);
  enter(header);
  Value index = header->getArgument(0);
  condBr(slt(index, end), inside, {}, behind, {});
  enter(inside);
  body(index);
  br(header, add(index, step));
  enter(behind);
}

SmallVector<Value> KernelBuilder::loop(
    Value first, Value end, int64_t step, ArrayRef<Value> values,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  SmallVector<Value> carried{first};
  llvm::append_range(carried, values);
  Block *behind = block();
  Block *inside = block();
  Block *header = block(TypeRange(ValueRange(carried)));
  br(header, carried);
  enter(header);
  Value index = header->getArgument(0);
  ValueRange arguments = header->getArguments().drop_front();
  condBr(slt(index, end), inside, {}, behind, {});
  enter(inside);
  SmallVector<Value> next = body(index, arguments);
  next.insert(next.begin(), add(index, step));
  br(header, next);
  enter(behind);
  return SmallVector<Value>(arguments);
}
