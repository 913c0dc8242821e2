//===- Host.h - Shared objects for this machine's kind ----------*- C++ -*-===//
//
// From the llvm dialect to one ELF shared object for x86-64: what images for
// the devices cpu and sim share. Nothing here ends the process: a crash of LLVM
// is a located diagnostic.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_HOST_H
#define ATTN_CODEGEN_HOST_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace attn {

/// The processor that code is for, in LLVM's words.
struct HostProcessor {
  llvm::StringRef name;     ///< For messages: "x86-64-v3".
  llvm::StringRef cpu;      ///< -mcpu
  llvm::StringRef tune;     ///< Scheduling model.
  llvm::StringRef features; ///< Added to those of `cpu`.
};

struct HostOptimization {
  unsigned level = 3;
  bool vectorize = false; ///< Loops and straight-line code.
  bool unroll = true;     ///< Loops.
  bool schedule = true; ///< Instructions of a block; else as they are written.
};

/// A module of the llvm dialect and what is made of it.
struct HostJob {
  mlir::ModuleOp module;
  HostProcessor processor;
  HostOptimization optimization;
};

/// Compiles a job to the bytes of an object file. Thread safety: any thread,
/// with modules of one context or of many.
mlir::FailureOr<std::string> compileHostObject(const HostJob &job);

/// Compiles all jobs, at the same time if their context has threads: objects
/// and diagnostics do not show it. `jobs` have one context.
mlir::FailureOr<std::vector<std::string>>
compileHostObjects(llvm::ArrayRef<HostJob> jobs);

/// Links objects to the shared object `name`; returns its bytes. Runs ld.lld
/// from LLVM's tools folder, else from PATH. \param allowUndefined symbols that
/// are not in the objects are found by the dynamic linker, in the C library of
/// the process; otherwise they are errors.
mlir::FailureOr<std::string> linkHostImage(llvm::ArrayRef<std::string> objects,
                                           llvm::StringRef name,
                                           bool allowUndefined,
                                           mlir::Location loc);

} // namespace attn

#endif // ATTN_CODEGEN_HOST_H
