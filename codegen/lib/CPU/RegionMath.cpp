//===- RegionMath.cpp - Functions of regions, on vectors ------------------===//
//
// Capped logits are a division and a tanh per element: with vdivps, which takes
// as long as 20 products, twice, softmax of a tile would take longer than its
// products by tile registers.
//
//===----------------------------------------------------------------------===//

#include "RegionMath.h"
#include "KernelBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

/// Before MLIR's own.
constexpr int kBenefit = 10;

/// x / c = x (1 / c), with one rounding more.
struct DivisionByConstant : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::DivFOp op,
                                PatternRewriter &rewriter) const override {
    APFloat divisor(0.0f), inverse(1.0f);
    if (!getElementTypeOrSelf(op.getType()).isF32() ||
        !matchPattern(op.getRhs(), m_ConstantFloat(&divisor)))
      return failure();
    inverse.divide(divisor, APFloat::rmNearestTiesToEven);
    if (!divisor.isNormal() || !inverse.isNormal())
      return failure();
    auto value = rewriter.getFloatAttr(rewriter.getF32Type(), inverse);
    TypedAttr factor = value;
    if (auto vector = dyn_cast<VectorType>(op.getType()))
      factor = DenseElementsAttr::get(vector, Attribute(value));
    rewriter.replaceOpWithNewOp<arith::MulFOp>(
        op, op.getLhs(),
        arith::ConstantOp::create(rewriter, op.getLoc(), factor));
    return success();
  }
};

/// z P(z^2) / Q(z^2): minimax in relative error, 2.1e-8, on [-9, 9], behind
/// which tanh rounds to 1 (codegen/lib/NVVM/Lower.cpp has the same); 3e-7 with
/// the rounding of its evaluation. MLIR's has 13 and 6 powers.
struct TanhToRational : OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::TanhOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type)
      return failure();
    // Of one variant with vectors of this length: no other number is used.
    bool isLong = type.getNumElements() == getLongestVector();
    KernelBuilder kb(
        rewriter, op.getLoc(),
        getVariantInfo(isLong ? attn::CpuVariant::V4 : attn::CpuVariant::V3));
    if (type != kb.floats())
      return failure();
    // A NaN stays.
    Value low = kb.maxOr(kb.splat(-9.0f), op.getOperand());
    Value largest = kb.splat(9.0f);
    Value exceeds = arith::CmpFOp::create(
        rewriter, kb.loc, arith::CmpFPredicate::OLT, largest, low);
    Value z = kb.select(exceeds, largest, low);
    Value square = kb.mulf(z, z);
    Value numerator =
        kb.mulf(z, emitPolynomial(kb, square,
                                  {1.33546694e-08f, 2.06090881e-05f,
                                   3.49558843e-03f, 0.133810267f, 1.0f}));
    Value denominator = emitPolynomial(kb, square,
                                       {7.77656169e-07f, 3.28563561e-04f,
                                        2.58769840e-02f, 0.467143416f, 1.0f});
    rewriter.replaceOp(op, divide(kb, numerator, denominator));
    return success();
  }

private:
  static Value emitPolynomial(KernelBuilder &kb, Value x,
                              ArrayRef<float> coefficients) {
    Value sum = kb.splat(coefficients.front());
    for (float c : coefficients.drop_front())
      sum = kb.fma(sum, x, kb.splat(c));
    return sum;
  }

  /// For y in [1, 200].
  static Value divide(KernelBuilder &kb, Value x, Value y) {
    if (kb.variant.lanes != 16)
      return arith::DivFOp::create(kb.b, kb.loc, x, y);
    Value all =
        arith::ConstantIntOp::create(kb.b, kb.loc, kb.b.getI16Type(), -1);
    Value inverse = LLVM::CallIntrinsicOp::create(
                        kb.b, kb.loc, kb.floats(),
                        kb.b.getStringAttr("llvm.x86.avx512.rcp14.ps.512"),
                        ValueRange{y, kb.splat(0.0f), all})
                        .getResult(0);
    // One step of Newton's: from 2^-14 to 2^-24.
    Value negated = arith::NegFOp::create(kb.b, kb.loc, y);
    Value error = kb.fma(negated, inverse, kb.splat(1.0f));
    Value quotient = kb.mulf(x, inverse);
    return kb.fma(quotient, error, quotient);
  }
};

} // namespace

void attn::cpu::populateRegionMath(RewritePatternSet &patterns) {
  patterns.add<DivisionByConstant, TanhToRational>(patterns.getContext(),
                                                   kBenefit);
}
