//===- Sim.h - GPU kernels as code for the device sim -----------*- C++ -*-===//
//
// Turns stage `lowlevel` of a GPU target, the very IR that becomes the cubin,
// into a shared object for this machine: every instruction that a CPU does not
// have becomes a call of the simulated hardware (runtime/lib/Sim) through the
// table of function pointers in SimAbi.h. The IR is matched op by op; an op
// that is not known is a located error, and no assembly text is ever read.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_SIM_H
#define ATTN_CODEGEN_SIM_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace attn {

/// Adds the dialects and the translations that the functions below need.
void registerSimCodegen(mlir::DialectRegistry &registry);

/// Rewrites `kernels` into a module of the llvm dialect: for every kernel K the
/// function `K_sim` and the global `K_sim_info`. The input is not changed.
/// Fails after a diagnostic for every op that sim does not know.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
lowerToSim(mlir::gpu::GPUModuleOp kernels);

/// The kernels of every gpu.module in `lowlevel` lowered, compiled and linked:
/// the bytes of sim.so. The same module gives the same bytes.
mlir::FailureOr<std::string> compileSimImage(mlir::ModuleOp lowlevel);

} // namespace attn

#endif // ATTN_CODEGEN_SIM_H
