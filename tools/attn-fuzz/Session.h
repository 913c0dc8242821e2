//===- Session.h - Compiling and running one program ------------*- C++ -*-===//
//
// In one process: text, artifact in memory, runtime through its C API,
// reference.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNFUZZ_SESSION_H
#define ATTN_TOOLS_ATTNFUZZ_SESSION_H

#include "HostTensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <string>

namespace attn::fuzz {

/// The largest error / bound of each result.
using Ratios = std::vector<double>;

/// A program on a device, with what is needed to judge it.
class Compiled {
public:
  ~Compiled();

  /// Runs on the device; results are cleared first. A workspace of 0xff bytes
  /// is given, and what lies around it must stay.
  llvm::Error launch(std::vector<HostTensor> &arguments,
                     std::vector<HostTensor> &results);
  llvm::Expected<Ratios> check(std::vector<HostTensor> &arguments,
                               std::vector<HostTensor> &results);

  std::unique_ptr<reference::Program> oracle;
  std::string description; ///< Which image runs.

private:
  friend class Session;
  AttnArtifact *artifact = nullptr;
  AttnProgram *program = nullptr, *reference = nullptr;
};

class Session {
public:
  /// `device` is cpu or reference.
  static llvm::Expected<std::unique_ptr<Session>>
  create(const std::string &device);
  ~Session();

  /// Parses `text`; checks that printing and bytecode give it back.
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
  parse(const std::string &text);

  /// Compiles and prepares; `variant` is a CPU image, "" for the best.
  llvm::Expected<std::unique_ptr<Compiled>> compile(mlir::ModuleOp module,
                                                    const std::string &variant);

  mlir::MLIRContext &getContext() { return context; }

private:
  explicit Session(const std::string &deviceName);

  mlir::MLIRContext context;
  std::string deviceName;
  AttnRuntime *runtime = nullptr;
  AttnDevice *device = nullptr, *reference = nullptr;
};

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_SESSION_H
