//===- Legality.cpp - What has an instruction on the GPU ------------------===//
//
// LLVM's back end ends the process on an operation it can not select. This list
// stands before it: ops that kernels are made of and that are known to select.
//
//===----------------------------------------------------------------------===//

#include "Instructions.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace {

const llvm::StringSet<> &getLegalOps() {
  static const llvm::StringSet<> ops = {"llvm.add",
                                        "llvm.addrspacecast",
                                        "llvm.and",
                                        "llvm.ashr",
                                        "llvm.bitcast",
                                        "llvm.br",
                                        "llvm.cond_br",
                                        "llvm.extractelement",
                                        "llvm.extractvalue",
                                        "llvm.fadd",
                                        "llvm.fcmp",
                                        "llvm.fdiv",
                                        "llvm.fmul",
                                        "llvm.fneg",
                                        "llvm.fpext",
                                        "llvm.fptosi",
                                        "llvm.fptoui",
                                        "llvm.fptrunc",
                                        "llvm.fsub",
                                        "llvm.func",
                                        "llvm.getelementptr",
                                        "llvm.icmp",
                                        "llvm.insertelement",
                                        "llvm.insertvalue",
                                        "llvm.intr.abs",
                                        "llvm.intr.ceil",
                                        "llvm.intr.copysign",
                                        "llvm.intr.cttz",
                                        "llvm.intr.fabs",
                                        "llvm.intr.floor",
                                        "llvm.intr.fma",
                                        "llvm.intr.maximum",
                                        "llvm.intr.maxnum",
                                        "llvm.intr.minimum",
                                        "llvm.intr.minnum",
                                        "llvm.intr.roundeven",
                                        "llvm.intr.smax",
                                        "llvm.intr.smin",
                                        "llvm.intr.sqrt",
                                        "llvm.intr.trunc",
                                        "llvm.intr.umax",
                                        "llvm.intr.umin",
                                        "llvm.load",
                                        "llvm.lshr",
                                        "llvm.mlir.addressof",
                                        "llvm.mlir.constant",
                                        "llvm.mlir.global",
                                        "llvm.mlir.poison",
                                        "llvm.mlir.undef",
                                        "llvm.mlir.zero",
                                        "llvm.mul",
                                        "llvm.or",
                                        "llvm.ptrtoint",
                                        "llvm.return",
                                        "llvm.sdiv",
                                        "llvm.select",
                                        "llvm.sext",
                                        "llvm.shl",
                                        "llvm.sitofp",
                                        "llvm.srem",
                                        "llvm.store",
                                        "llvm.sub",
                                        "llvm.trunc",
                                        "llvm.udiv",
                                        "llvm.uitofp",
                                        "llvm.urem",
                                        "llvm.xor",
                                        "llvm.zext"};
  return ops;
}

bool isLegalIntrinsic(Operation *op) {
  auto call = dyn_cast<LLVM::CallIntrinsicOp>(op);
  return call && call.getIntrin() == attn::nvptx::kBitMask;
}

} // namespace

LogicalResult attn::nvptx::checkInstructions(gpu::GPUModuleOp kernels) {
  WalkResult result = kernels.walk([&](Operation *op) -> WalkResult {
    if (op == kernels)
      return WalkResult::advance();
    StringRef dialect = op->getName().getDialectNamespace();
    if (dialect == "nvvm" || dialect == "attn_nvvm" ||
        getLegalOps().contains(op->getName().getStringRef()) ||
        isLegalIntrinsic(op))
      return WalkResult::advance();
    return op->emitOpError() << "has no instruction on target sm_90a";
  });
  return failure(result.wasInterrupted());
}
