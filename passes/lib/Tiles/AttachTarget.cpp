//===- AttachTarget.cpp - Sizes and limits of a target on a module --------===//

#include "attn/passes/Passes.h"
#include "attn/passes/Target.h"

#include "mlir/IR/BuiltinOps.h"

namespace attn {
#define GEN_PASS_DEF_ATTACHTARGET
#include "attn/passes/Passes.h.inc"
} // namespace attn

using namespace mlir;

namespace attn {
namespace {

class AttachTarget : public impl::AttachTargetBase<AttachTarget> {
public:
  using AttachTargetBase::AttachTargetBase;

  void runOnOperation() override {
    if (TargetAttr attr = getTarget(&getContext(), target)) {
      getOperation()->setAttr(kTargetAttr, attr);
      return;
    }
    InFlightDiagnostic diag = getOperation().emitError()
                              << "unknown target '" << target << "'; expected";
    llvm::interleaveComma(getTargetNames(), diag << " ");
    signalPassFailure();
  }
};

} // namespace
} // namespace attn
