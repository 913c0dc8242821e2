//===- Exp2.cpp - 2 to the power of x, on vectors -------------------------===//
//
// v4: fraction by vreduceps, polynomial on [0, 1), scale by vscalefps, which
// takes the floor of its exponent and needs no clamp. v3: round to nearest,
// polynomial on [-1/2, 1/2], scale by adding to the exponent bits.
//
//===----------------------------------------------------------------------===//

#include "Exp2.h"

#include "attn/codegen/Kernel/Exp2.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

Value emitPolynomial(KernelBuilder &kb, Value x, ArrayRef<float> coefficients) {
  Value sum = kb.splat(coefficients.front());
  for (float c : coefficients.drop_front())
    sum = kb.fma(sum, x, kb.splat(c));
  return sum;
}

Value callIntrinsic(KernelBuilder &kb, Type type, StringRef name,
                    ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(kb.b, kb.loc, type,
                                       kb.b.getStringAttr(name), operands)
      .getResult(0);
}

Value i32(KernelBuilder &kb, int64_t value) {
  return arith::ConstantIntOp::create(kb.b, kb.loc, kb.b.getI32Type(), value);
}

/// 2^x = p(x - floor(x)) 2^floor(x) for every of `constants` as the last
/// coefficient of p.
SmallVector<Value> emitExp2V4(KernelBuilder &kb, Value x,
                              ArrayRef<float> coefficients,
                              ArrayRef<float> constants) {
  Value mask =
      arith::ConstantIntOp::create(kb.b, kb.loc, kb.b.getI16Type(), -1);
  Value mode = i32(kb, 4); // _MM_FROUND_CUR_DIRECTION: no rounding override.
  // Immediate 1: no fraction bits kept, round down: x - floor(x).
  Value fraction =
      callIntrinsic(kb, kb.floats(), "llvm.x86.avx512.mask.reduce.ps.512",
                    {x, i32(kb, 1), x, mask, mode});
  Value slope = emitPolynomial(kb, fraction, coefficients);
  return llvm::map_to_vector(constants, [&](float constant) {
    Value p = kb.fma(slope, fraction, kb.splat(constant));
    return callIntrinsic(kb, kb.floats(), "llvm.x86.avx512.mask.scalef.ps.512",
                         {p, x, p, mask, mode});
  });
}

// Minimax on [0, 1) with 2^0 exact: relative error 8.3e-8, with the rounding
// of its evaluation 1.5e-7.
constexpr float kCoefficients[] = {0.00186713f, 0.009017031f, 0.055799913f,
                                   0.24016444f, 0.6931513f};
// Minimax on [0, 1); relative error 7.5e-5.
constexpr float kShortCoefficients[] = {0.0780245226f, 0.226067155f,
                                        0.69583354f};
constexpr float kShortConstant = 0.999925219f;
// Half of the last bit of a bf16 in [1, 2): what is cut off rounds.
constexpr float kHalf = 0x1p-8f;

Value emitExp2V3(KernelBuilder &kb, Value x) {
  OpBuilder &b = kb.b;
  VectorType ints = kb.vectorOf(b.getI32Type());
  // vmaxps keeps a NaN in its second operand; 2^-127 has exponent bits 0.
  Value clamped = kb.maxOr(kb.splat(-127.0f), x);
  Value n = callIntrinsic(kb, ints, "llvm.x86.avx.cvt.ps2dq.256", {clamped});
  Value fraction =
      kb.subf(clamped, arith::SIToFPOp::create(b, kb.loc, kb.floats(), n));
  Value p = emitPolynomial(kb, fraction, attn::kExp2Coefficients);
  Value biased = arith::AddIOp::create(b, kb.loc, n, kb.splat(i32(kb, 127)));
  Value bits = arith::ShLIOp::create(b, kb.loc, biased, kb.splat(i32(kb, 23)));
  Value power = arith::BitcastOp::create(b, kb.loc, kb.floats(), bits);
  return kb.mulf(p, power);
}

} // namespace

Value attn::cpu::emitExp2(KernelBuilder &kb, Value x) {
  return kb.variant.lanes == 16
             ? emitExp2V4(kb, x, kCoefficients, {1.0f}).front()
             : emitExp2V3(kb, x);
}

RoundedExp2 attn::cpu::emitRoundedExp2(KernelBuilder &kb, Value x,
                                       bool needsExact) {
  if (!needsExact)
    return {{},
            emitExp2V4(kb, x, kShortCoefficients, {kShortConstant + kHalf})
                .front()};
  SmallVector<Value> powers =
      emitExp2V4(kb, x, kCoefficients, {1.0f, 1.0f + kHalf});
  return {powers[0], powers[1]};
}
