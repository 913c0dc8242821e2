//===- OutputTile.h - Rows of O through shared memory -----------*- C++ -*-===//
//
// Each consumer warpgroup puts its 64 rows where its rows of Q were, in the
// swizzled layout of all tiles, and one of its threads stores them by TMA, a
// box per head, while the other warpgroup still computes.
//
// Source: Shah et al. 2024, FlashAttention-3 (arXiv:2407.08608), section 3.1
// ("write O_i to HBM" through shared memory); CUTLASS' sm90 TMA epilogues.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_OUTPUTTILE_H
#define ATTN_CODEGEN_LIB_NVVM_OUTPUTTILE_H

#include "Boxes.h"

namespace attn::nvptx {

class OutputTile {
public:
  /// Consumers begin with warpgroup `firstWarpgroup`. `buffer` is null where
  /// there is no place for O.
  OutputTile(Cta &cta, sched::BufferOp buffer, int64_t firstWarpgroup);

  /// There may be rows that leave this way.
  bool exists() { return buffer != nullptr; }
  /// These rows do, i1: the warpgroup takes it alike.
  Value isUsed() { return used; }

  // The steps, each only where `isUsed`:
  /// Waits until the whole warpgroup has read its rows of Q.
  void begin();
  /// Row `r` of this thread, 0 or 1: pairs of columns 8 j + 2 (l mod 4).
  void put(unsigned r, llvm::ArrayRef<Value> pairs);
  /// Stores, and waits until shared memory has been read.
  void finish();

private:
  Value getUsed();
  void locate();
  int64_t boxRows();
  void storeBoxes();
  /// The rows of the tile from `row` on are the box at `coordinates`.
  void storeBox(RowBoxes &boxes, Value row,
                llvm::SmallVector<Value> coordinates);
  void meet();

  Cta &cta;
  KernelBuilder &kb;
  sched::BufferOp buffer;
  Value thread;
  Value consumer; ///< Number of the warpgroup among the consumers, i32.
  Value firstRow; ///< Of the warpgroup, in the tile, i32.
  std::optional<GridBoxes> grid; ///< Of the results.
  Value used;
  llvm::SmallVector<Value> to; ///< Addresses of this thread's first row in
                               ///< column groups 0 to 7.
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_OUTPUTTILE_H
