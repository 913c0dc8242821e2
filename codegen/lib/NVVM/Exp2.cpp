//===- Exp2.cpp - 2 to the power of x on FMA units ------------------------===//
//
// x = n + f, n the nearest integer: a polynomial of f times the number that has
// n in its exponent bits. The product keeps a NaN, which an addition to
// exponent bits would not.
//
//===----------------------------------------------------------------------===//

#include "Exp2.h"

#include "attn/codegen/Kernel/Exp2.h"

using namespace mlir;
using namespace attn::nvptx;

namespace {
/// Added to x it leaves the nearest integer, and the bias of exponents, in the
/// low bits.
constexpr float kRound = 12582912.0f + 127;
} // namespace

Value attn::nvptx::emitExp2OnFma(KernelBuilder &kb, Value x) {
  // 2^-127 has exponent bits 0. A NaN stays.
  Value clamped = LLVM::MaximumOp::create(kb.b, kb.loc, x, kb.cf(-127));
  Value shifted = kb.fadd(clamped, kb.cf(kRound));
  Value nearest = kb.fadd(shifted, kb.cf(-kRound));
  Value fraction = kb.fadd(clamped, kb.fneg(nearest));
  Value sum = kb.polynomial(attn::kExp2Coefficients, fraction);
  Value bits = LLVM::BitcastOp::create(kb.b, kb.loc, kb.i32(), shifted);
  Value power =
      LLVM::BitcastOp::create(kb.b, kb.loc, kb.f32(), kb.shl(bits, 23));
  return kb.fmul(sum, power);
}
