//===- LowerModule.h - A gpu.module becomes a module for the host -*- C++ -*-=//

#ifndef ATTN_CODEGEN_SIM_LOWERMODULE_H
#define ATTN_CODEGEN_SIM_LOWERMODULE_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace attn::sim {

mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
lowerModule(mlir::gpu::GPUModuleOp kernels);

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_LOWERMODULE_H
