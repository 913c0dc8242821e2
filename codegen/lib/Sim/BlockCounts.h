//===- BlockCounts.h - How often a warp enters a block ----------*- C++ -*-===//
//
// Code of strict mode adds 1 to a counter of its warp whenever a thread enters
// a block; a table says which ops the block has, by class. Ops are those of
// stage `lowlevel`: what no instruction stands for (constants, registers put
// together) is in no class.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_SIM_BLOCKCOUNTS_H
#define ATTN_CODEGEN_SIM_BLOCKCOUNTS_H

#include "HostCalls.h"

#include <array>
#include <vector>

namespace attn::sim {

/// The blocks of all functions of a module.
class BlockCounts {
public:
  /// Takes the blocks of `function` as they are: before they are lowered.
  void addBlocks(mlir::LLVM::LLVMFuncOp function);
  /// Emits the counters of what was taken last, into lowered blocks.
  void emitCounters(HostCalls &host);

  uint32_t size() const { return uint32_t(rows.size()); }
  /// ATTN_SIM_CLASSES numbers per block.
  std::vector<int32_t> getTable() const;

private:
  using Row = std::array<int32_t, ATTN_SIM_CLASSES>;
  std::vector<Row> rows;
  std::vector<std::pair<mlir::Block *, int32_t>> taken; ///< With numbers.
};

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_BLOCKCOUNTS_H
