//===- Cpu.h - Kernels for the CPU ------------------------------*- C++ -*-===//
//
// Turns ops of stage `tiles` into CPU kernels: emit (scf, vector, arith, llvm),
// lower (llvm dialect only: stage `lowlevel`), compile (object file), link (one
// ELF shared object). Every step works in process except the link, which runs
// ld.lld. Nothing here aborts the host: what can not be lowered is a located
// diagnostic.
//
//   checkCpuLegality(fold);
//   ModuleOp module = one per variant;
//   emitCpuKernel(op, symbol, variant, module, nameOf)   for every op
//   lowerCpuModule(module, variant), or lowerCpuModules for all
//   compileCpuModules({{v3 module, V3}, {v4 module, V4}, ...})
//   linkCpuImage({v3 object, v4 object, ...}, location)  -> cpu.so bytes
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_H
#define ATTN_CODEGEN_CPU_H

#include "attn/manifest/Manifest.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>
#include <vector>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace attn {

/// Instruction sets a CPU image holds code for, in ascending order.
enum class CpuVariant {
  V3,     ///< x86-64-v3: AVX2, FMA, F16C.
  V4,     ///< x86-64-v4: AVX-512 F, BW, DQ, VL, CD.
  V4Bf16, ///< v4 and products of pairs of bf16: AVX512-BF16.
  Amx,    ///< v4 and the tile registers: AMX-TILE, AMX-BF16.
};

/// All variants in ascending order.
llvm::ArrayRef<CpuVariant> getCpuVariants();

/// Those of them that an image for the folds in `tiles` holds, a module of that
/// stage: v4bf16 and amx only if a fold multiplies bf16 as it comes.
llvm::SmallVector<CpuVariant> getCpuVariants(mlir::ModuleOp tiles);

/// "v3", "v4", "v4bf16" or "amx": the end of kernel symbols and the name in the
/// manifest.
llvm::StringRef getCpuVariantName(CpuVariant variant);

/// Adds the dialects that kernels are written in and the interfaces that
/// lowering and translation need. Call before the context is made (or append to
/// its registry).
void registerCpuCodegen(mlir::DialectRegistry &registry);

/// Memory that a kernel of a fold keeps between its turns: a record for every
/// tile of keys of one stream, in the workspace. There are none in launches
/// that fold the keys in parts (attn_tile.split).
struct CpuBuffer {
  std::string name;
  mlir::Operation *fold;
  mlir::Value stream;
  int64_t keyTile;        ///< Keys of a tile.
  int64_t recordElements; ///< bf16.
};

/// What the runtime must know about one kernel.
struct CpuKernel {
  std::string symbol; ///< Without variant suffix.
  /// What the kernel's `int64_t *args` holds, in order.
  std::vector<manifest::KernelArg> args;
  /// Bytes; a multiple of 64. Variants differ.
  int64_t scratchBytesPerThread = 0;
  std::vector<CpuBuffer> buffers;
};

/// The manifest's name of a tensor: an argument or result of the entry or a
/// buffer of the workspace.
using CpuTensorName = llvm::function_ref<std::string(mlir::Value)>;

/// Checks that `op`, an attn_tile.fold, attn_tile.merge or attn_tile.summarize,
/// can be lowered for the CPU: tile sizes, element types, operations inside
/// regions. Emits a located diagnostic that lists what is supported.
llvm::LogicalResult checkCpuLegality(mlir::Operation *op);

/// Emits the kernel `symbol + "_" + variant` for `op` into `module`. The
/// tensors in the result are named by `nameOf`, which is asked for operands of
/// the op (and of the routes, states and lengths among them) and for its
/// results. \param known arguments that other variants of the kernel have: the
/// first of the result's. Fails, with a diagnostic, where checkCpuLegality
/// does. Loads dialects: not inside a pass.
mlir::FailureOr<CpuKernel>
emitCpuKernel(mlir::Operation *op, llvm::StringRef symbol, CpuVariant variant,
              mlir::ModuleOp module, CpuTensorName nameOf,
              std::vector<manifest::KernelArg> known = {});

/// Lowers kernels to the llvm dialect: stage `lowlevel`.
llvm::LogicalResult lowerCpuModule(mlir::ModuleOp module, CpuVariant variant);

/// The same for every module in `variants`, at the same time if the context
/// has threads.
llvm::LogicalResult lowerCpuModules(mlir::ModuleOp variants);

/// A lowered module and what it is for.
struct CpuModule {
  mlir::ModuleOp module;
  CpuVariant variant;
};

/// Compiles modules to the bytes of object files, one or two of each, at the
/// same time if their context has threads. Functions may leave their modules on
/// the way. A crash of the code generator is a diagnostic at the module's
/// location, not the end of the host.
mlir::FailureOr<std::vector<std::string>>
compileCpuModules(llvm::ArrayRef<CpuModule> modules);

/// Links objects to one shared object without undefined symbols and without
/// dependencies; returns its bytes. Runs ld.lld from LLVM's tools folder, else
/// from PATH; without one a diagnostic at `loc` says where it was looked for.
mlir::FailureOr<std::string> linkCpuImage(llvm::ArrayRef<std::string> objects,
                                          mlir::Location loc);

} // namespace attn

#endif // ATTN_CODEGEN_CPU_H
