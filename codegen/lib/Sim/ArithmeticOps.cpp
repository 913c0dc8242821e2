//===- ArithmeticOps.cpp - Conversions, approximations, intrinsics --------===//
//
// Also: which plain LLVM ops may stay. x86 has no bf16 arithmetic, so rounding
// to bf16 is spelled out on integers.
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attn::sim {
namespace {
using Results = OpTable::Results;

/// `type` with other elements.
Type withElement(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(element);
  return element;
}

Value splat(Location loc, Type type, int64_t value, OpBuilder &b) {
  Type element = getElementTypeOrSelf(type);
  Attribute attribute = b.getIntegerAttr(element, value);
  if (auto vector = dyn_cast<VectorType>(type))
    attribute = DenseElementsAttr::get(vector, attribute);
  return LLVM::ConstantOp::create(b, loc, type, cast<TypedAttr>(attribute));
}

/// f32 to bf16, to nearest even; NaN becomes 0x7fff as on the GPU.
Value roundToBf16(Location loc, Value value, OpBuilder &b) {
  Type wide = withElement(value.getType(), b.getI32Type());
  Type narrow = withElement(value.getType(), b.getI16Type());
  Value bits = LLVM::BitcastOp::create(b, loc, wide, value);
  auto constant = [&](int64_t number) { return splat(loc, wide, number, b); };
  Value high = LLVM::LShrOp::create(b, loc, bits, constant(16));
  Value odd = LLVM::AndOp::create(b, loc, high, constant(1));
  Value half = LLVM::AddOp::create(b, loc, odd, constant(0x7fff));
  Value rounded = LLVM::LShrOp::create(
      b, loc, LLVM::AddOp::create(b, loc, bits, half), constant(16));
  Value isNan =
      LLVM::FCmpOp::create(b, loc, LLVM::FCmpPredicate::uno, value, value);
  rounded = LLVM::SelectOp::create(b, loc, isNan, constant(0x7fff), rounded);
  Value result = LLVM::TruncOp::create(b, loc, narrow, rounded);
  return LLVM::BitcastOp::create(
      b, loc, withElement(value.getType(), b.getBF16Type()), result);
}

FailureOr<Results> truncate(LLVM::FPTruncOp op, HostCalls &host) {
  OpBuilder &b = host.builder;
  Type from = getElementTypeOrSelf(op.getArg().getType());
  Type to = getElementTypeOrSelf(op.getRes().getType());
  if (!to.isBF16())
    return Results{LLVM::FPTruncOp::create(b, op.getLoc(),
                                           op.getRes().getType(), op.getArg())};
  if (!from.isF32())
    return op.emitError() << "device sim rounds f32 to bf16 but found " << from;
  return Results{roundToBf16(op.getLoc(), op.getArg(), b)};
}

FailureOr<Results> extend(LLVM::FPExtOp op, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = op.getLoc();
  Type from = op.getArg().getType(), to = op.getRes().getType();
  if (!getElementTypeOrSelf(from).isBF16())
    return Results{LLVM::FPExtOp::create(b, loc, to, op.getArg())};
  if (!getElementTypeOrSelf(to).isF32())
    return op.emitError() << "device sim extends bf16 to f32 but found "
                          << getElementTypeOrSelf(to);
  Value bits = LLVM::BitcastOp::create(
      b, loc, withElement(from, b.getI16Type()), op.getArg());
  Type wide = withElement(from, b.getI32Type());
  bits = LLVM::ZExtOp::create(b, loc, wide, bits);
  bits = LLVM::ShlOp::create(b, loc, bits, splat(loc, wide, 16, b));
  return Results{LLVM::BitcastOp::create(b, loc, to, bits)};
}

/// A vector of two floats, the low one first.
Value pairOf(Location loc, Value high, Value low, OpBuilder &b) {
  auto type = VectorType::get(2, b.getF32Type());
  Value pair = LLVM::PoisonOp::create(b, loc, type);
  auto index = [&](int64_t i) {
    return LLVM::ConstantOp::create(b, loc, b.getI32Type(),
                                    b.getI32IntegerAttr(i));
  };
  pair = LLVM::InsertElementOp::create(b, loc, pair, low, index(0));
  return LLVM::InsertElementOp::create(b, loc, pair, high, index(1));
}

template <typename OpT>
bool isPlainRounding(OpT op) {
  return op.getRnd() == NVVM::FPRoundingMode::RN && !op.getRelu() &&
         op.getSat() == NVVM::SaturationMode::NONE && !op.getRandomBits();
}

FailureOr<Results> toBf16(NVVM::ConvertF32x2ToBF16x2Op op, HostCalls &host) {
  if (!isPlainRounding(op))
    return op.emitError("device sim knows this conversion with rounding rn, "
                        "without relu and saturation only");
  OpBuilder &b = host.builder;
  Location loc = op.getLoc();
  Value both =
      roundToBf16(loc, pairOf(loc, op.getSrcHi(), op.getSrcLo(), b), b);
  return Results{LLVM::BitcastOp::create(b, loc, op.getDst().getType(), both)};
}

FailureOr<Results> toF16(NVVM::ConvertF32x2ToF16x2Op op, HostCalls &host) {
  if (!isPlainRounding(op))
    return op.emitError("device sim knows this conversion with rounding rn, "
                        "without relu and saturation only");
  OpBuilder &b = host.builder;
  Location loc = op.getLoc();
  Value pair = pairOf(loc, op.getSrcHi(), op.getSrcLo(), b);
  Value both =
      LLVM::FPTruncOp::create(b, loc, VectorType::get(2, b.getF16Type()), pair);
  return Results{LLVM::BitcastOp::create(b, loc, op.getDst().getType(), both)};
}

Value reciprocal(Location loc, Value x, HostCalls &host) {
  OpBuilder &b = host.builder;
  Value one =
      LLVM::ConstantOp::create(b, loc, b.getF32Type(), b.getF32FloatAttr(1.0f));
  return LLVM::FDivOp::create(b, loc, one, x);
}

Value rcp(NVVM::RcpApproxFtzF32Op op, HostCalls &host) {
  return reciprocal(op.getLoc(), op.getArg(), host);
}

template <size_t kField>
Value callFloat(Location loc, Value x, HostCalls &host) {
  return host.callPlain(loc, kField, host.builder.getF32Type(), x);
}

Value pin(nvvm::PinOp op, HostCalls &) { return op.getX(); }

Value ex2(nvvm::Ex2Op op, HostCalls &host) {
  return callFloat<ATTN_SIM_FIELD(exp2)>(op.getLoc(), op.getX(), host);
}

FailureOr<Results> exp2(LLVM::Exp2Op op, HostCalls &host) {
  if (!op.getType().isF32())
    return op.emitError() << "device sim knows llvm.intr.exp2 of f32 but found "
                          << op.getType();
  return Results{
      callFloat<ATTN_SIM_FIELD(exp2)>(op.getLoc(), op.getIn(), host)};
}

/// A run of bits from the first on, as many as the second, each up to 32.
Value bitMask(LLVM::CallIntrinsicOp op, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = op.getLoc();
  auto clamp = [&](Value x) -> Value {
    x = LLVM::UMinOp::create(b, loc, x, host.constant(loc, 32));
    return LLVM::ZExtOp::create(b, loc, b.getI64Type(), x);
  };
  Value one = host.constant(loc, 1, 64);
  Value bits = LLVM::ShlOp::create(b, loc, one, clamp(op.getOperand(1)));
  bits = LLVM::SubOp::create(b, loc, bits, one);
  bits = LLVM::ShlOp::create(b, loc, bits, clamp(op.getOperand(0)));
  return LLVM::TruncOp::create(b, loc, b.getI32Type(), bits);
}

/// Intrinsics of the NVPTX target that have no op.
FailureOr<Results> callIntrinsic(LLVM::CallIntrinsicOp op, HostCalls &host) {
  if (op.getIntrin() == "llvm.nvvm.bmsk.clamp" && op.getNumOperands() == 2)
    return Results{bitMask(op, host)};
  using Emit = Value (*)(Location, Value, HostCalls &);
  static const llvm::StringMap<Emit> kKnown = {
      {"llvm.nvvm.ex2.approx.ftz.f32", callFloat<ATTN_SIM_FIELD(exp2)>},
      {"llvm.nvvm.ex2.approx.ftz.f", callFloat<ATTN_SIM_FIELD(exp2)>},
      {"llvm.nvvm.ex2.approx.f", callFloat<ATTN_SIM_FIELD(exp2)>},
      {"llvm.nvvm.lg2.approx.ftz.f", callFloat<ATTN_SIM_FIELD(log2)>},
      {"llvm.nvvm.lg2.approx.f", callFloat<ATTN_SIM_FIELD(log2)>},
      {"llvm.nvvm.tanh.approx.f32", callFloat<ATTN_SIM_FIELD(tanh)>},
      {"llvm.nvvm.tanh.approx.f", callFloat<ATTN_SIM_FIELD(tanh)>},
      {"llvm.nvvm.rcp.approx.ftz.f", reciprocal},
      {"llvm.nvvm.rcp.approx.ftz.f32", reciprocal},
  };
  auto found = kKnown.find(op.getIntrin());
  if (found == kKnown.end() || op.getNumOperands() != 1 ||
      op.getNumResults() != 1)
    return op.emitError() << "device sim does not know the intrinsic '"
                          << op.getIntrin()
                          << "'; add it to codegen/lib/Sim/ArithmeticOps.cpp";
  return Results{found->second(op.getLoc(), op.getOperand(0), host)};
}

FailureOr<Results> rejectAssembly(LLVM::InlineAsmOp op, HostCalls &) {
  return op.emitError("device sim does not read assembly; expected an op that "
                      "says what it does, such as those of attn_nvvm");
}

/// Fast code does not count.
void tally(nvvm::TallyOp op, HostCalls &host) {
  Location loc = op.getLoc();
  if (host.strict)
    host.callDirect(loc, ATTN_SIM_FIELD(tally),
                    {host.constant(loc, host.textOf(op.getName())), op.getN()});
}

void trap(LLVM::Trap op, HostCalls &host) {
  host.call(op, ATTN_SIM_FIELD(trap), {}, {});
}
} // namespace

void addArithmeticRows(OpTable &table) {
  table.add<LLVM::FPTruncOp>(&truncate);
  table.add<LLVM::FPExtOp>(&extend);
  table.add<NVVM::ConvertF32x2ToBF16x2Op>(&toBf16);
  table.add<NVVM::ConvertF32x2ToF16x2Op>(&toF16);
  table.add<NVVM::RcpApproxFtzF32Op>(&rcp);
  table.add<nvvm::Ex2Op>(&ex2);
  table.add<nvvm::PinOp>(&pin);
  table.addNothing<nvvm::AnchorOp>();
  table.add<nvvm::TallyOp>(&tally);
  table.add<LLVM::Exp2Op>(&exp2);
  table.add<LLVM::CallIntrinsicOp>(&callIntrinsic);
  table.add<LLVM::InlineAsmOp>(&rejectAssembly);
  table.add<LLVM::Trap>(&trap);
  table.addNothing<NVVM::GriddepcontrolOp>();
}

} // namespace attn::sim
