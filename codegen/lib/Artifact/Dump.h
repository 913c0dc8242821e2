//===- Dump.h - What a pipeline leaves for whoever debugs it ----*- C++ -*-===//
//
// Files that cannot be written are errors with a name and a reason, after the
// pipeline: MLIR's own writers end the process.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_ARTIFACT_DUMP_H
#define ATTN_CODEGEN_LIB_ARTIFACT_DUMP_H

#include "attn/codegen/Compiler.h"

#include "mlir/Pass/PassManager.h"

namespace attn {

/// Dump folder and reproducer of one pipeline.
class Dump {
public:
  /// \param prefix of the names of files, the target.
  Dump(const CompileOptions &options, llvm::StringRef prefix)
      : options(options), prefix(prefix.str()) {}

  /// Before the pipeline runs.
  void attach(mlir::PassManager &manager);

  /// After it: fails, with an error at `module`, where something could not be
  /// written, and removes the rest of the dump.
  llvm::LogicalResult finish(mlir::ModuleOp module);

  void add(llvm::StringRef pass, mlir::Operation *op, llvm::StringRef text);
  void write(const std::string &path, llvm::StringRef text);

private:
  const CompileOptions &options;
  std::string prefix, error;
  bool madeFolder = false;
  std::vector<std::string> written;
};

} // namespace attn

#endif // ATTN_CODEGEN_LIB_ARTIFACT_DUMP_H
