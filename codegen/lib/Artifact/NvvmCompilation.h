//===- NvvmCompilation.h - Hopper kernels of a module -----------*- C++ -*-===//
//
// Emits every launch of a module of stage `schedule`, one gpu.module per
// function, and makes PTX and cubins of them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_ARTIFACT_NVVMCOMPILATION_H
#define ATTN_CODEGEN_LIB_ARTIFACT_NVVMCOMPILATION_H

#include "Plan.h"

#include "attn/codegen/Compiler.h"
#include "attn/codegen/Nvvm.h"
#include "attn/codegen/Ptxas.h"

namespace attn {

class NvvmCompilation {
public:
  /// \param schedule module of stage `schedule`; must outlive this.
  explicit NvvmCompilation(mlir::ModuleOp schedule);

  /// Emits and lowers every kernel: stage `lowlevel`.
  llvm::LogicalResult lower();

  /// Stage `lowlevel`: one gpu.module per function with launches.
  mlir::OwningOpRef<mlir::ModuleOp> takeModule() { return std::move(lowlevel); }
  mlir::ModuleOp getModule() { return *lowlevel; }

  /// Adds PTX and, if a ptxas was found, cubins.
  llvm::LogicalResult addCode(manifest::Manifest &manifest, Artifact &artifact,
                              const PtxasSearch &search);

  /// Adds kernels and plans; after their code.
  void addTo(manifest::Manifest &manifest) const;

  /// Adds the image for device sim, made of the same stage `lowlevel`.
  llvm::LogicalResult addSim(manifest::Manifest &manifest, Artifact &artifact);

private:
  struct Function {
    std::string name;
    mlir::Location loc;
    mlir::gpu::GPUModuleOp kernels;
    std::vector<manifest::Kernel> records;
    manifest::Plan plan;
  };

  llvm::LogicalResult lower(mlir::func::FuncOp function);
  llvm::LogicalResult addCode(Function &function, manifest::Manifest &manifest,
                              Artifact &artifact,
                              const std::optional<Ptxas> &ptxas);

  mlir::ModuleOp schedule;
  mlir::OwningOpRef<mlir::ModuleOp> lowlevel;
  std::vector<Function> functions;
};

/// Raises the contracts of the arguments that `plan` loads by TMA: base and
/// strides in multiples of 16 bytes.
void requireTmaAlignment(const manifest::Plan &plan, manifest::Entry &entry);

} // namespace attn

#endif // ATTN_CODEGEN_LIB_ARTIFACT_NVVMCOMPILATION_H
