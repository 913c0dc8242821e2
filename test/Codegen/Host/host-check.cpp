//===- host-check.cpp - Host code of every module, at the same time -------===//
//
// usage: host-check FILE.mlir [PREFIX]
//
// Compiles each nested module on a thread with a context of its own, as a host
// with many threads would, and says for each how it went, in order: the point
// is that a bad one ends neither the process nor its neighbours. With PREFIX,
// the modules whose name begins with it, as jobs of one context.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Host.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <thread>

using namespace mlir;

namespace {

constexpr attn::HostProcessor kProcessor = {"x86-64-v3", "x86-64-v3", "haswell",
                                            ""};

constexpr unsigned kModules = 8;

/// Lets threads go on when all have come: what they do next is at once.
std::atomic<unsigned> numReady = 0;
void waitForAll() {
  ++numReady;
  while (numReady != kModules) {
  }
}

DialectRegistry getRegistry() {
  DialectRegistry registry;
  registry.insert<LLVM::LLVMDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  return registry;
}

/// Writes diagnostics of a context to `out`.
struct Printed : ScopedDiagnosticHandler {
  Printed(MLIRContext *context, llvm::raw_ostream &out)
      : ScopedDiagnosticHandler(context, [&out](Diagnostic &diagnostic) {
          out << diagnostic.getLocation() << ": " << diagnostic << "\n";
          return success();
        }) {}
};

/// Compiles nested module number `index` of `file`.
std::string compileOne(const char *file, size_t index) {
  MLIRContext context(getRegistry(), MLIRContext::Threading::DISABLED);
  std::string text;
  llvm::raw_string_ostream out(text);
  Printed printed(&context, out);
  OwningOpRef<ModuleOp> all = parseSourceFile<ModuleOp>(file, &context);
  waitForAll();
  if (!all)
    return text;
  for (auto module : all->getOps<ModuleOp>()) {
    if (index-- != 0)
      continue;
    FailureOr<std::string> object =
        attn::compileHostObject({module, kProcessor, {}});
    out << module.getName().value_or("") << ": "
        << (succeeded(object) ? object->substr(1, 3) : "no object") << "\n";
  }
  return text;
}

/// Compiles the nested modules of these names together.
void compileTogether(const char *file, StringRef prefix) {
  MLIRContext context(getRegistry());
  Printed printed(&context, llvm::outs());
  OwningOpRef<ModuleOp> all = parseSourceFile<ModuleOp>(file, &context);
  if (!all)
    return;
  std::vector<attn::HostJob> jobs;
  for (auto module : all->getOps<ModuleOp>())
    if (module.getName().value_or("").starts_with(prefix))
      jobs.push_back({module, kProcessor, {}});
  FailureOr<std::vector<std::string>> objects = attn::compileHostObjects(jobs);
  if (failed(objects)) {
    llvm::outs() << "no objects of " << jobs.size() << "\n";
    return;
  }
  for (const std::string &object : *objects)
    llvm::outs() << object.substr(1, 3) << "\n";
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 3) {
    compileTogether(argv[1], argv[2]);
    return 0;
  }
  if (argc != 2) {
    llvm::errs() << "usage: host-check FILE.mlir [PREFIX]\n";
    return 2;
  }
  std::string texts[kModules];
  std::vector<std::thread> threads;
  for (unsigned index = 0; index < kModules; ++index)
    threads.emplace_back(
        [&texts, argv, index] { texts[index] = compileOne(argv[1], index); });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::string &text : texts)
    llvm::outs() << text;
  return 0;
}
