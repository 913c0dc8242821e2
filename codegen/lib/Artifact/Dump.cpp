//===- Dump.cpp - What a pipeline leaves for whoever debugs it ------------===//

#include "Dump.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
namespace fs = llvm::sys::fs;

namespace attn {
namespace {

/// Hands the IR after every pass that changed it to a dump.
class Printer : public PassManager::IRPrinterConfig {
public:
  explicit Printer(Dump &dump)
      : IRPrinterConfig(/*printModuleScope=*/true,
                        /*printAfterOnlyOnChange=*/true),
        dump(dump) {}

  void printAfterIfEnabled(Pass *pass, Operation *op,
                           PrintCallbackFn print) override {
    std::string text;
    llvm::raw_string_ostream os(text);
    print(os);
    StringRef name = pass->getArgument();
    dump.add(name.empty() ? pass->getName() : name, op, text);
  }

private:
  Dump &dump;
};

/// Written when MLIR is done with it, which is only where the pipeline fails.
class Reproducer : public ReproducerStream {
public:
  Reproducer(Dump &dump, std::string path)
      : dump(dump), path(std::move(path)), stream(text) {}
  ~Reproducer() override { dump.write(path, text); }
  StringRef description() override { return path; }
  raw_ostream &os() override { return stream; }

private:
  Dump &dump;
  std::string path, text;
  llvm::raw_string_ostream stream;
};

} // namespace

void Dump::attach(PassManager &manager) {
  if (!options.dumpFolder.empty()) {
    manager.getContext()->disableMultithreading();
    manager.enableIRPrinting(std::make_unique<Printer>(*this));
  }
  if (!options.reproducerFile.empty())
    manager.enableCrashReproducerGeneration([this](std::string &) {
      return std::make_unique<Reproducer>(*this, options.reproducerFile);
    });
}

void Dump::add(StringRef pass, Operation *op, StringRef text) {
  if (!error.empty())
    return;
  if (written.empty()) {
    madeFolder = !fs::exists(options.dumpFolder);
    if (std::error_code code = fs::create_directories(options.dumpFolder)) {
      error = "can not create '" + options.dumpFolder + "': " + code.message();
      return;
    }
  }
  std::string name =
      llvm::formatv("{0}-{1,0+2}-{2}", prefix, written.size() + 1, pass);
  if (!isa<ModuleOp>(op))
    if (auto symbol = SymbolTable::getSymbolName(op))
      name += ("-" + symbol.getValue()).str();
  llvm::SmallString<256> path(options.dumpFolder);
  llvm::sys::path::append(path, name + ".mlir");
  write(path.str().str(), text);
}

void Dump::write(const std::string &path, StringRef text) {
  if (!error.empty())
    return;
  error = writeOutput(path, text);
  if (error.empty())
    written.push_back(path);
}

LogicalResult Dump::finish(ModuleOp module) {
  if (error.empty())
    return success();
  for (const std::string &path : written)
    (void)fs::remove(path);
  if (madeFolder)
    (void)fs::remove(options.dumpFolder);
  return module.emitError() << error;
}

} // namespace attn
