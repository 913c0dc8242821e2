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

#include <map>
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
  /// is given, and what lies around it must stay. \param scheduleSeed the
  /// order of CTAs and threads on device sim.
  llvm::Error launch(std::vector<HostTensor> &arguments,
                     std::vector<HostTensor> &results,
                     uint64_t scheduleSeed = 0);
  llvm::Expected<Ratios> check(std::vector<HostTensor> &arguments,
                               std::vector<HostTensor> &results);

  /// Bytes at whose multiples base and strides of argument `index` must lie;
  /// the results follow the arguments.
  std::vector<int64_t> alignments;

  /// Prepares the program again, for another CPU variant of the same artifact;
  /// "" for the best.
  llvm::Error select(const std::string &variant);

  std::unique_ptr<reference::Program> oracle;

private:
  friend class Session;
  llvm::Error readAlignments();

  AttnDevice *device = nullptr;
  AttnArtifact *artifact = nullptr;
  AttnProgram *program = nullptr, *reference = nullptr;
};

class Session {
public:
  /// Null after a message.
  static std::unique_ptr<Session> create();
  ~Session();

  /// Parses `text`; checks that printing and bytecode give it back.
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
  parse(const std::string &text);

  /// Compiles and prepares for a device: cpu, sim or reference. \param variants
  /// those of the CPU that will run, the first prepared; none: the best of all.
  /// \param withPtx translate kernels for sim to PTX, too: no device here runs
  /// it.
  llvm::Expected<std::unique_ptr<Compiled>>
  compile(mlir::ModuleOp module, const std::string &device,
          const std::vector<std::string> &variants = {}, bool withPtx = false);

  mlir::MLIRContext &getContext() { return context; }

private:
  Session();
  llvm::Error createRuntime();

  /// Opens a device, once.
  llvm::Expected<AttnDevice *> open(const std::string &device);

  mlir::MLIRContext context;
  AttnRuntime *runtime = nullptr;
  std::map<std::string, AttnDevice *> devices;
};

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_SESSION_H
