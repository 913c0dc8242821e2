//===- Call.h - Compile the kernels of a program and call them --*- C++ -*-===//

#ifndef ATTN_TEST_CODEGEN_CPU_CALL_H
#define ATTN_TEST_CODEGEN_CPU_CALL_H

#include "NaiveTokens.h"

#include "attn/codegen/Cpu.h"
#include "attn/dialect/Tile/Tile.h"
#include "attn/manifest/CpuAbi.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace attn::test {

/// One kernel of the loaded image.
struct LoadedKernel {
  CpuKernel description;
  AttnCpuKernel entry = nullptr;
};

/// Every fold, merge and summarize of `function` compiled for `variant` and
/// loaded into this process, in the order of the program. \param realTiles
/// variant amx as it is; otherwise with emulated tiles. Products of pairs are
/// emulated where this machine has none.
mlir::FailureOr<std::vector<LoadedKernel>>
loadKernels(mlir::func::FuncOp function, CpuVariant variant, bool realTiles);

/// Emits an error at an op that makes a tensor this tool knows nothing of.
llvm::LogicalResult checkKnown(mlir::func::FuncOp function);

/// Prints the kernels of `function` as they are emitted, before lowering.
llvm::LogicalResult printKernels(mlir::func::FuncOp function,
                                 CpuVariant variant);

/// Memory of every value of `function`: arguments are random, results NaN.
/// `letters` gives the sizes of `?` axes by their letters in attn.shape. States
/// among the arguments have empty rows, with NaN as values.
TensorMap makeTensors(mlir::func::FuncOp function,
                      const llvm::StringMap<int64_t> &letters, Layout layout,
                      double spread);

/// Other values in streams and states among the arguments: random, or all those
/// of a column one number.
void redrawValues(mlir::func::FuncOp function, const TensorMap &tensors,
                  std::mt19937 &random, double spread);
void makeValuesEqual(mlir::func::FuncOp function, const TensorMap &tensors);

/// Records of the buffers of kernels: what a launch wrote, and all there are.
struct PackedRecords {
  int64_t written = 0, all = 0;
};

/// Calls the kernels one after the other, tasks on `threads` threads. Buffers
/// of kernels are NaN before; ends the process if memory around them changes.
PackedRecords callKernels(llvm::ArrayRef<LoadedKernel> kernels,
                          const TensorMap &tensors, int threads);

/// Name of a value in manifests of these tests.
std::string nameOf(mlir::Value value);

} // namespace attn::test

#endif // ATTN_TEST_CODEGEN_CPU_CALL_H
