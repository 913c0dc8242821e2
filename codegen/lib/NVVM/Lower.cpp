//===- Lower.cpp - What regions left becomes llvm -------------------------===//
//
// Kernels are emitted in llvm and nvvm ops; only operations cloned from regions
// are arith and math. Functions that the GPU has no exact instruction for
// become polynomials (tanh: our own; others: MLIR's approximations, after
// Cephes).
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "attn/codegen/Nvvm.h"
#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace {

/// math.exp2 is an instruction.
struct Exp2ToInstruction : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::Exp2Op op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<attn::nvvm::Ex2Op>(op, op.getOperand());
    return success();
  }
};

/// x / c = x (1 / c), with one rounding more: an exact division takes eight
/// instructions and a branch.
struct DivisionByConstant : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::DivFOp op,
                                PatternRewriter &rewriter) const override {
    APFloat divisor(0.0f), inverse(1.0f);
    if (!op.getType().isF32() ||
        !matchPattern(op.getRhs(), m_ConstantFloat(&divisor)))
      return failure();
    inverse.divide(divisor, APFloat::rmNearestTiesToEven);
    if (!divisor.isNormal() || !inverse.isNormal())
      return failure();
    attn::nvptx::KernelBuilder kb(rewriter, op.getLoc());
    rewriter.replaceOp(op,
                       kb.fmul(op.getLhs(), kb.cf(inverse.convertToFloat())));
    return success();
  }
};

/// z P(z^2) / Q(z^2): minimax in relative error, 2.1e-8, on [-9, 9], behind
/// which tanh rounds to 1; 2.9e-7 with the rounding of its evaluation. MLIR's
/// own has 13 and 6 powers and divides exactly, which takes twice as long.
struct TanhToRational : OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::TanhOp op,
                                PatternRewriter &rewriter) const override {
    Type f32 = rewriter.getF32Type();
    if (op.getType() != f32)
      return failure();
    static constexpr float kP[] = {1.33546694e-08f, 2.06090881e-05f,
                                   3.49558843e-03f, 0.133810267f, 1.0f};
    static constexpr float kQ[] = {7.77656169e-07f, 3.28563561e-04f,
                                   2.58769840e-02f, 0.467143416f, 1.0f};
    attn::nvptx::KernelBuilder kb(rewriter, op.getLoc());
    // A NaN stays.
    Value low =
        LLVM::MaximumOp::create(rewriter, kb.loc, op.getOperand(), kb.cf(-9));
    Value z = LLVM::MinimumOp::create(rewriter, kb.loc, low, kb.cf(9));
    Value square = kb.fmul(z, z);
    Value numerator = kb.fmul(z, kb.polynomial(kP, square));
    Value inverse = NVVM::RcpApproxFtzF32Op::create(rewriter, kb.loc, f32,
                                                    kb.polynomial(kQ, square));
    rewriter.replaceOp(op, kb.fmul(numerator, inverse));
    return success();
  }
};

LogicalResult expandFunctions(gpu::GPUModuleOp kernels) {
  RewritePatternSet patterns(kernels.getContext());
  patterns.add<DivisionByConstant, Exp2ToInstruction, TanhToRational>(
      kernels.getContext(),
      /*benefit=*/10);
  populateMathPolynomialApproximationPatterns(patterns);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  math::populateExpansionPatterns(patterns, {"rsqrt", "round"});
  SmallVector<Operation *> ops;
  kernels.walk([&](Operation *op) {
    if (isa<math::MathDialect>(op->getDialect()) ||
        isa<arith::CeilDivSIOp, arith::CeilDivUIOp, arith::DivFOp,
            arith::FloorDivSIOp>(op))
      ops.push_back(op);
  });
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  return applyOpPatternsGreedily(ops, std::move(patterns), config);
}

} // namespace

LogicalResult attn::lowerNvvmModule(gpu::GPUModuleOp kernels) {
  if (failed(expandFunctions(kernels)))
    return kernels.emitOpError() << "has functions that do not expand";
  MLIRContext *context = kernels.getContext();
  LLVMTypeConverter types(context);
  RewritePatternSet patterns(context);
  arith::populateArithToLLVMConversionPatterns(types, patterns);
  populateMathToLLVMConversionPatterns(types, patterns);
  ConversionTarget target(*context);
  target.addIllegalDialect<arith::ArithDialect, math::MathDialect>();
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  return applyPartialConversion(kernels, target, std::move(patterns));
}
