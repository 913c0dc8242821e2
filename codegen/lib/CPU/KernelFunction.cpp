//===- KernelFunction.cpp - A kernel and its task as functions ------------===//
//
//   const char name_turns[] = "task\0...";
//   void name(const int64_t *args, const AttnCpuHost *host) {
//     struct { const int64_t *args; const AttnCpuHost *host; } c = {args,
//     host}; host->parallelFor(host->pool, count(args), name_task, &c); ...
//   }
//
//===----------------------------------------------------------------------===//

#include "KernelFunction.h"

#include "attn/manifest/CpuAbi.h"

#include <cstddef>

using namespace mlir;
using namespace attn::cpu;

namespace {

LLVM::LLVMFuncOp createFunction(OpBuilder &b, Location loc, StringRef name,
                                ArrayRef<Type> parameters,
                                LLVM::Linkage linkage) {
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()), parameters);
  auto function = LLVM::LLVMFuncOp::create(b, loc, name, type, linkage);
  // Loops that set memory stay loops: an image has no undefined symbols.
  function.setPassthroughAttr(b.getStrArrayAttr({"no-builtins", "nounwind"}));
  return function;
}

Value fieldOf(KernelBuilder &kb, Value pointer, Type type, int64_t offset) {
  return kb.load(type, kb.at(pointer, kb.b.getI8Type(), offset));
}

void emitCaller(KernelBuilder &kb, LLVM::LLVMFuncOp kernel,
                ArrayRef<LLVM::LLVMFuncOp> tasks, ArrayRef<KernelTurn> turns) {
  OpBuilder &b = kb.b;
  Type ptr = kb.ptrType();
  Value args = kernel.getArgument(0), host = kernel.getArgument(1);
  Value context = LLVM::AllocaOp::create(b, kb.loc, ptr, ptr, kb.i64(2));
  kb.store(args, context);
  kb.store(host, kb.at(context, ptr, 1));
  Value run = fieldOf(kb, host, ptr, offsetof(AttnCpuHost, parallelFor));
  Value pool = fieldOf(kb, host, ptr, offsetof(AttnCpuHost, pool));
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()), {ptr, kb.i64Type(), ptr, ptr});
  for (auto [task, turn] : llvm::zip(tasks, turns)) {
    Value entry = LLVM::AddressOfOp::create(b, kb.loc, task);
    LLVM::CallOp::create(
        b, kb.loc, type,
        ValueRange{run, pool, turn.count(kb, args), entry, context});
  }
  LLVM::ReturnOp::create(b, kb.loc, ValueRange());
}

/// The names of `turns`, for who measures them.
void emitTurnNames(KernelBuilder &kb, StringRef name,
                   ArrayRef<KernelTurn> turns) {
  std::string text;
  for (const KernelTurn &turn : turns)
    text += turn.name.str() + '\0';
  text += '\0';
  auto type = LLVM::LLVMArrayType::get(kb.b.getI8Type(), text.size());
  LLVM::GlobalOp::create(kb.b, kb.loc, type, /*isConstant=*/true,
                         LLVM::Linkage::External, (name + "_turns").str(),
                         kb.b.getStringAttr(text));
}

void emitTask(KernelBuilder &kb, LLVM::LLVMFuncOp task,
              const KernelTurn &turn) {
  Value context = task.getArgument(0);
  Value args = fieldOf(kb, context, kb.ptrType(), 0);
  Value host = fieldOf(kb, context, kb.ptrType(), sizeof(void *));
  turn.task(kb, args, host, task.getArgument(1), task.getArgument(2));
  LLVM::ReturnOp::create(kb.b, kb.loc, ValueRange());
}

} // namespace

void attn::cpu::emitKernelFunctions(ModuleOp module, Location loc,
                                    StringRef name, const VariantInfo &variant,
                                    ArrayRef<KernelTurn> turns) {
  auto b = OpBuilder::atBlockEnd(module.getBody());
  KernelBuilder kb(b, loc, variant);
  Type ptr = kb.ptrType(), i64 = kb.i64Type();
  emitTurnNames(kb, name, turns);
  SmallVector<LLVM::LLVMFuncOp> tasks;
  for (const KernelTurn &turn : turns)
    tasks.push_back(createFunction(b, loc, (name + "_" + turn.name).str(),
                                   {ptr, i64, i64}, LLVM::Linkage::Internal));
  LLVM::LLVMFuncOp kernel =
      createFunction(b, loc, name, {ptr, ptr}, LLVM::Linkage::External);
  b.setInsertionPointToStart(kernel.addEntryBlock(b));
  emitCaller(kb, kernel, tasks, turns);
  for (auto [task, turn] : llvm::zip(tasks, turns)) {
    b.setInsertionPointToStart(task.addEntryBlock(b));
    emitTask(kb, task, turn);
  }
}
