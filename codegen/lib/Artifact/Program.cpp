//===- Program.cpp - Parsing programs and naming versions -----------------===//

#include "Nesting.h"

#include "attn/codegen/Compiler.h"
#include "attn/codegen/Cpu.h"
#include "attn/codegen/Nvvm.h"
#include "attn/codegen/Ptxas.h"
#include "attn/codegen/Sim.h"
#include "attn/dialect/Register.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

namespace attn {

const DialectRegistry &getCompilerRegistry() {
  static const DialectRegistry *registry = [] {
    auto *result = new DialectRegistry();
    registerAllDialects(*result);
    registerCpuCodegen(*result);
    registerNvvmCodegen(*result);
    registerSimCodegen(*result);
    return result;
  }();
  return *registry;
}

std::string getCompilerVersion() {
  PtxasSearch search = findPtxas("");
  std::string ptxas = search.found ? "ptxas " + search.found->version + " (" +
                                         search.found->path + ")"
                                   : "ptxas not found";
  return "attn " ATTN_VERSION "\nLLVM " LLVM_VERSION_STRING "\n" + ptxas;
}

LogicalResult enableRemarks(MLIRContext &context, StringRef categories) {
  remark::RemarkCategories kinds;
  kinds.all = categories.str();
  kinds.passed = kinds.missed = kinds.analysis = kinds.failed = kinds.all;
  return remark::enableOptimizationRemarks(
      context, nullptr, std::make_unique<remark::RemarkEmittingPolicyAll>(),
      kinds, /*printAsEmitRemarks=*/true);
}

namespace {

constexpr int kDeepest = 200; ///< Brackets; a program needs about ten.

/// Where brackets are nested too deep for what follows, with an error.
LogicalResult checkNesting(MLIRContext &context, llvm::SourceMgr &sources) {
  const llvm::MemoryBuffer &buffer =
      *sources.getMemoryBuffer(sources.getMainFileID());
  if (isBytecode(buffer))
    return success();
  std::optional<size_t> place = findDeepNesting(buffer.getBuffer(), kDeepest);
  if (!place)
    return success();
  auto [line, column] = sources.getLineAndColumn(
      llvm::SMLoc::getFromPointer(buffer.getBufferStart() + *place));
  return emitError(FileLineColLoc::get(&context, buffer.getBufferIdentifier(),
                                       line, column))
         << "found a bracket inside " << kDeepest
         << " others; expected a program that is nested less deep";
}

OwningOpRef<ModuleOp> parseBuffer(MLIRContext &context,
                                  std::unique_ptr<llvm::MemoryBuffer> buffer) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  if (failed(checkNesting(context, sources)))
    return nullptr;
  return parseSourceFile<ModuleOp>(sources, &context);
}
} // namespace

OwningOpRef<ModuleOp> parseProgram(MLIRContext &context, StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path);
  if (std::error_code error = buffer.getError()) {
    emitError(UnknownLoc::get(&context))
        << "can not read '" << path << "': " << error.message()
        << "; expected a program in MLIR text or bytecode";
    return nullptr;
  }
  return parseBuffer(context, std::move(*buffer));
}

OwningOpRef<ModuleOp> parseProgram(MLIRContext &context, StringRef text,
                                   StringRef name) {
  return parseBuffer(context, llvm::MemoryBuffer::getMemBufferCopy(text, name));
}

} // namespace attn
