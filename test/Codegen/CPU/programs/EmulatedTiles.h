//===- EmulatedTiles.h - Products of bf16 on any AVX-512 --------*- C++ -*-===//
//
// A second way down for kernels of variant amx: operations of the amx dialect
// become calls into this process, a tile 1 KiB of memory. What is left runs on
// every machine with AVX-512. Sums are those of the instruction. The same for
// products of pairs of variant v4bf16.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_CODEGEN_CPU_EMULATEDTILES_H
#define ATTN_TEST_CODEGEN_CPU_EMULATEDTILES_H

#include "mlir/IR/BuiltinOps.h"

namespace attn::test {

/// Rewrites all operations on tiles in `module`, kernels as emitted.
llvm::LogicalResult emulateTiles(mlir::ModuleOp module);

/// Rewrites all products of pairs in `module`, kernels as emitted.
void emulatePairs(mlir::ModuleOp module);

} // namespace attn::test

#endif // ATTN_TEST_CODEGEN_CPU_EMULATEDTILES_H
