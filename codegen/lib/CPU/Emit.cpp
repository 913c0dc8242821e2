//===- Emit.cpp - Kernels of one variant ----------------------------------===//

#include "FoldKernel.h"
#include "KernelFunction.h"
#include "MergeKernel.h"
#include "ReorderKernel.h"
#include "SummarizeKernel.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// Emits a kernel of which `count` tells the number of tasks and `emitTask`
/// emits one.
CpuKernel emitKernel(
    Operation *op, StringRef symbol, const VariantInfo &variant,
    ModuleOp module, CpuTensorName nameOf,
    llvm::function_ref<Value(CallArguments &)> emitCount,
    llvm::function_ref<void(CallArguments &, Scratch &, Value)> emitTask) {
  KernelArguments arguments(nameOf);
  int64_t scratchBytes = 0;
  auto count = [&](KernelBuilder &kb, Value args) {
    CallArguments call(kb, arguments, args);
    return emitCount(call);
  };
  auto task = [&](KernelBuilder &kb, Value args, Value host, Value index,
                  Value worker) {
    CallArguments call(kb, arguments, args);
    Scratch scratch(kb, host, worker);
    emitTask(call, scratch, index);
    scratchBytes = scratch.finish();
  };
  std::string name = (symbol + "_" + variant.name).str();
  emitKernelFunctions(module, op->getLoc(), name, variant, {count, task});
  return {symbol.str(), arguments.take(), scratchBytes};
}

} // namespace

FailureOr<CpuKernel> attn::emitCpuKernel(Operation *op, StringRef symbol,
                                         CpuVariant variant, ModuleOp module,
                                         CpuTensorName nameOf) {
  if (failed(checkCpuLegality(op)))
    return failure();
  op->getContext()
      ->loadDialect<amx::AMXDialect, arith::ArithDialect, LLVM::LLVMDialect,
                    math::MathDialect, scf::SCFDialect,
                    vector::VectorDialect>();
  const VariantInfo &info = getVariantInfo(variant);
  if (auto fold = dyn_cast<tile::FoldOp>(op)) {
    FoldShape shape(fold, variant);
    return emitKernel(
        op, symbol, info, module, nameOf,
        [&](CallArguments &call) { return emitTaskCount(call, shape); },
        [&](CallArguments &call, Scratch &scratch, Value index) {
          FoldTask task(shape, call, scratch);
          emitFoldTask(task, index);
        });
  }
  if (auto merge = dyn_cast<tile::MergeOp>(op))
    return emitKernel(
        op, symbol, info, module, nameOf,
        [&](CallArguments &call) { return emitMergeCount(call, merge); },
        [&](CallArguments &call, Scratch &scratch, Value index) {
          emitMergeTask(call, scratch, merge, index);
        });
  if (isa<ReorderOp, RestoreOp>(op))
    return emitKernel(
        op, symbol, info, module, nameOf,
        [&](CallArguments &call) { return emitReorderCount(call, op); },
        [&](CallArguments &call, Scratch &, Value index) {
          emitReorderTask(call, op, index);
        });
  auto summarize = cast<tile::SummarizeOp>(op);
  return emitKernel(
      op, symbol, info, module, nameOf,
      [&](CallArguments &call) { return emitSummarizeCount(call, summarize); },
      [&](CallArguments &call, Scratch &, Value index) {
        emitSummarizeTask(call, summarize, index);
      });
}
