//===- VerifyLowlevel.cpp - Kernels keep the rules of their GPU -----------===//

#include "Checks.h"

#include "attn/codegen/Passes.h"
#include "attn/passes/Target.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace attn {
#define GEN_PASS_DEF_VERIFYLOWLEVEL
#include "attn/codegen/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

class VerifyLowlevel : public impl::VerifyLowlevelBase<VerifyLowlevel> {
public:
  using VerifyLowlevelBase::VerifyLowlevelBase;

  void runOnOperation() override {
    gpu::GPUModuleOp kernels = getOperation();
    TargetAttr target = findTarget(kernels);
    if (!target) {
      kernels.emitOpError() << "expects one #nvvm.target with a chip of "
                               "passes/lib/Target.cpp";
      return signalPassFailure();
    }
    for (auto function : kernels.getOps<LLVM::LLVMFuncOp>())
      if (!function.isExternal() && failed(check(function, kernels, target)))
        signalPassFailure();
  }

private:
  static TargetAttr findTarget(gpu::GPUModuleOp kernels) {
    ArrayAttr targets = kernels.getTargetsAttr();
    if (!targets || targets.size() != 1)
      return {};
    auto target = dyn_cast<NVVM::NVVMTargetAttr>(targets[0]);
    return target ? getTarget(kernels.getContext(), target.getChip())
                  : TargetAttr();
  }

  static LogicalResult check(LLVM::LLVMFuncOp function,
                             gpu::GPUModuleOp kernels, TargetAttr target) {
    bool isGood = succeeded(verify::checkUndefined(function));
    isGood &= succeeded(verify::checkFlights(function));
    if (function->hasAttr(NVVM::NVVMDialect::getKernelFuncAttrName()))
      isGood &= succeeded(verify::checkResources(function, kernels, target));
    return success(isGood);
  }
};

} // namespace
} // namespace attn
