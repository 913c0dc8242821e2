//===- Lower.cpp - Kernels become the llvm dialect ------------------------===//

#include "AmxTiles.h"
#include "RegionMath.h"

#include "attn/codegen/Cpu.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/AMX/Transforms.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void attn::registerCpuCodegen(DialectRegistry &registry) {
  registry.insert<amx::AMXDialect, arith::ArithDialect, cf::ControlFlowDialect,
                  LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect,
                  ub::UBDialect, vector::VectorDialect>();
  arith::registerConvertArithToLLVMInterface(registry);
  registerConvertAMXToLLVMInterface(registry);
  cf::registerConvertControlFlowToLLVMInterface(registry);
  registerConvertMathToLLVMInterface(registry);
  ub::registerConvertUBToLLVMInterface(registry);
  vector::registerConvertVectorToLLVMInterface(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

namespace {

/// Functions of math and divisions without an instruction become polynomials
/// and simpler arithmetic: an image calls no library.
struct ExpandMath : PassWrapper<ExpandMath, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ExpandMath)

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    attn::cpu::populateRegionMath(set);
    arith::populateCeilFloorDivExpandOpsPatterns(set);
    populateMathPolynomialApproximationPatterns(
        set, [](StringRef name) { return name != "math.rsqrt"; });
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (succeeded(applyPatternsGreedily(module, patterns)))
      return attn::cpu::lowerStreamedTiles(module);
    emitError(module.getLoc())
        << "expanding math operations for target cpu failed";
    signalPassFailure();
  }

  FrozenRewritePatternSet patterns;
};

void buildLowering(OpPassManager &manager) {
  manager.addPass(std::make_unique<ExpandMath>());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

} // namespace

LogicalResult attn::lowerCpuModule(ModuleOp module, CpuVariant) {
  PassManager manager(module.getContext());
  buildLowering(manager);
  return manager.run(module);
}

LogicalResult attn::lowerCpuModules(ModuleOp variants) {
  PassManager manager(variants.getContext());
  buildLowering(manager.nest<ModuleOp>());
  return manager.run(variants);
}
