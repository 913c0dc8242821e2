//===- Emit.cpp - Kernels of one variant ----------------------------------===//

#include "FoldKernel.h"
#include "KernelFunction.h"
#include "MergeKernel.h"
#include "PackKernel.h"
#include "PartKernel.h"
#include "ReorderKernel.h"
#include "SummarizeKernel.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;
using attn::manifest::KernelArg;

namespace {

/// Collects the turns of a kernel.
class KernelEmitter {
public:
  KernelEmitter(Operation *op, StringRef symbol, const VariantInfo &variant,
                KernelArguments &arguments)
      : op(op), symbol(symbol), variant(variant), arguments(arguments) {}

  /// `emitCount` tells the number of tasks, `emitTask` emits one.
  void
  addTurn(StringRef name, std::function<Value(CallArguments &)> emitCount,
          std::function<void(CallArguments &, Scratch &, Value)> emitTask) {
    auto count = [this, emitCount](KernelBuilder &kb, Value args) {
      CallArguments call(kb, arguments, args);
      return emitCount(call);
    };
    auto task = [this, emitTask](KernelBuilder &kb, Value args, Value host,
                                 Value index, Value worker) {
      CallArguments call(kb, arguments, args);
      Scratch scratch(kb, host, worker);
      emitTask(call, scratch, index);
      scratchBytes = std::max(scratchBytes, scratch.finish());
    };
    turns.push_back({name, count, task});
  }

  CpuKernel emit(ModuleOp module) {
    std::string name = (symbol + "_" + variant.name).str();
    emitKernelFunctions(module, op->getLoc(), name, variant, turns);
    return {symbol.str(), arguments.take(), scratchBytes, {}};
  }

private:
  Operation *op;
  StringRef symbol;
  const VariantInfo &variant;
  KernelArguments &arguments;
  SmallVector<KernelTurn> turns;
  int64_t scratchBytes = 0; ///< Of the turn that needs most.
};

void addFoldTurns(KernelEmitter &kernel, const FoldShape &shape) {
  if (shape.usesPairs)
    kernel.addTurn(
        "pack", [&](CallArguments &call) { return emitPackCount(call, shape); },
        [&](CallArguments &call, Scratch &scratch, Value index) {
          emitPackTask(shape, call, scratch, index);
        });
  kernel.addTurn(
      "task", [&](CallArguments &call) { return emitTaskCount(call, shape); },
      [&](CallArguments &call, Scratch &scratch, Value index) {
        FoldTask task(shape, call, scratch);
        emitFoldTask(task, index);
      });
  if (!tile::FoldOp(shape.fold).getSplit())
    return;
  kernel.addTurn(
      "part", [&](CallArguments &call) { return emitPartCount(call, shape); },
      [&](CallArguments &call, Scratch &scratch, Value index) {
        emitPartTask(shape, call, scratch, index);
      });
  kernel.addTurn(
      "join", [&](CallArguments &call) { return emitJoinCount(call, shape); },
      [&](CallArguments &call, Scratch &scratch, Value index) {
        emitJoinTask(shape, call, scratch, index);
      });
}

void addTurns(KernelEmitter &kernel, Operation *op) {
  if (auto merge = dyn_cast<tile::MergeOp>(op))
    return kernel.addTurn(
        "task",
        [=](CallArguments &call) { return emitMergeCount(call, merge); },
        [=](CallArguments &call, Scratch &scratch, Value index) {
          emitMergeTask(call, scratch, merge, index);
        });
  if (isa<ReorderOp, RestoreOp>(op))
    return kernel.addTurn(
        "task", [=](CallArguments &call) { return emitReorderCount(call, op); },
        [=](CallArguments &call, Scratch &, Value index) {
          emitReorderTask(call, op, index);
        });
  auto summarize = cast<tile::SummarizeOp>(op);
  kernel.addTurn(
      "task",
      [=](CallArguments &call) { return emitSummarizeCount(call, summarize); },
      [=](CallArguments &call, Scratch &, Value index) {
        emitSummarizeTask(call, summarize, index);
      });
}

} // namespace

FailureOr<CpuKernel> attn::emitCpuKernel(Operation *op, StringRef symbol,
                                         CpuVariant variant, ModuleOp module,
                                         CpuTensorName nameOf,
                                         std::vector<KernelArg> known) {
  if (failed(checkCpuLegality(op)))
    return failure();
  op->getContext()
      ->loadDialect<amx::AMXDialect, arith::ArithDialect, LLVM::LLVMDialect,
                    math::MathDialect, scf::SCFDialect,
                    vector::VectorDialect>();
  KernelArguments arguments(symbol, nameOf, std::move(known));
  KernelEmitter kernel(op, symbol, getVariantInfo(variant), arguments);
  auto fold = dyn_cast<tile::FoldOp>(op);
  if (!fold) {
    addTurns(kernel, op);
    return kernel.emit(module);
  }
  FoldShape shape(fold, variant);
  addFoldTurns(kernel, shape);
  CpuKernel emitted = kernel.emit(module);
  if (shape.usesPairs)
    llvm::append_range(emitted.buffers, getPackBuffers(shape));
  for (auto [i, buffer] : llvm::enumerate(emitted.buffers))
    buffer.name = arguments.getBufferName(i);
  return emitted;
}
