//===- Emit.cpp - Kernels of one variant ----------------------------------===//

#include "FoldKernel.h"
#include "KernelFunction.h"
#include "SummarizeKernel.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

CpuKernel emitFold(tile::FoldOp fold, StringRef symbol,
                   const VariantInfo &variant, ModuleOp module,
                   CpuTensorName nameOf) {
  FoldShape shape(fold);
  KernelArguments arguments(nameOf);
  ScratchLayout layout;
  auto count = [&](KernelBuilder &kb, Value args) {
    return emitTaskCount(kb, arguments, args, fold, shape);
  };
  auto emitTask = [&](KernelBuilder &kb, Value args, Value host, Value index,
                      Value worker) {
    FoldTask task(kb, shape, arguments, layout);
    task.args = args;
    emitFoldTask(task, fold, host, index, worker);
  };
  std::string name = (symbol + "_" + variant.name).str();
  emitKernelFunctions(module, fold.getLoc(), name, variant, {count, emitTask});
  return {symbol.str(), arguments.take(), layout.getSize()};
}

CpuKernel emitSummarize(tile::SummarizeOp op, StringRef symbol,
                        const VariantInfo &variant, ModuleOp module,
                        CpuTensorName nameOf) {
  KernelArguments arguments(nameOf);
  auto count = [&](KernelBuilder &kb, Value args) {
    return emitSummarizeCount(kb, arguments, args, op);
  };
  auto emitTask = [&](KernelBuilder &kb, Value args, Value, Value index,
                      Value) {
    emitSummarizeTask(kb, arguments, args, op, index);
  };
  std::string name = (symbol + "_" + variant.name).str();
  emitKernelFunctions(module, op.getLoc(), name, variant, {count, emitTask});
  return {symbol.str(), arguments.take(), 0};
}

} // namespace

FailureOr<CpuKernel> attn::emitCpuKernel(Operation *op, StringRef symbol,
                                         CpuVariant variant, ModuleOp module,
                                         CpuTensorName nameOf) {
  if (failed(checkCpuLegality(op)))
    return failure();
  op->getContext()
      ->loadDialect<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect,
                    scf::SCFDialect, vector::VectorDialect>();
  const VariantInfo &info = getVariantInfo(variant);
  if (auto fold = dyn_cast<tile::FoldOp>(op))
    return emitFold(fold, symbol, info, module, nameOf);
  return emitSummarize(cast<tile::SummarizeOp>(op), symbol, info, module,
                       nameOf);
}
