//===- Lower.cpp - What regions left becomes llvm -------------------------===//
//
// Kernels are emitted in llvm and nvvm ops; only operations cloned from regions
// are arith and math. Functions that the GPU has no instruction for become
// polynomials (MLIR's own approximations, after Cephes).
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Nvvm.h"
#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
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

LogicalResult expandFunctions(gpu::GPUModuleOp kernels) {
  RewritePatternSet patterns(kernels.getContext());
  patterns.add<Exp2ToInstruction>(kernels.getContext(), /*benefit=*/10);
  populateMathPolynomialApproximationPatterns(patterns);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  math::populateExpansionPatterns(patterns, {"rsqrt", "round"});
  SmallVector<Operation *> ops;
  kernels.walk([&](Operation *op) {
    if (isa<math::MathDialect>(op->getDialect()) ||
        isa<arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op))
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
