//===- ForwardPlan.h - The forward skeleton as steps ------------*- C++ -*-===//
//
// Sizes of one kernel and the plan made from them: the only place that knows
// the order of steps of the forward skeleton.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_LIB_SCHEDULE_FORWARDPLAN_H
#define ATTN_PASSES_LIB_SCHEDULE_FORWARDPLAN_H

#include "attn/dialect/Sched/Sched.h"

#include "mlir/IR/Builders.h"

namespace attn {

/// Numbers of one forward kernel.
struct ForwardSizes {
  int64_t queryTile, keyTile;
  int64_t headSize, valueSize; ///< D and Dv.
  int64_t stages, consumers;
  int64_t producerRegisters, consumerRegisters; ///< Per thread.
  bool useTma;
  bool storesBoxes; ///< Rows of O are boxes of its tensor.
  int64_t streams;
  bool hasLengths;   ///< Keys may end inside a tensor.
  bool takesTurns;   ///< Consumers issue their products one after the other.
  bool isPersistent; ///< A CTA computes one query tile after the other.
  mlir::Type element;

  int64_t getThreads() const { return 128 * (1 + consumers); }
  /// Columns of a tile in shared memory: blocks of 64.
  static int64_t getColumns(int64_t size) { return (size + 63) / 64 * 64; }
  int64_t getQueryBytes() const { return queryTile * getColumns(headSize) * 2; }
  int64_t getKeyBytes() const { return keyTile * getColumns(headSize) * 2; }
  int64_t getValueBytes() const { return keyTile * getColumns(valueSize) * 2; }
  /// O takes the place of Q in shared memory, where there is room for it.
  bool storesByTma() const {
    return useTma && storesBoxes &&
           getColumns(valueSize) <= getColumns(headSize);
  }
  /// Of Q: full, and empty where there is a next one.
  int64_t getQueryBarriers() const { return isPersistent ? 2 : 1; }
  /// First byte behind the tiles: the barriers.
  int64_t getBarriers() const {
    return getQueryBytes() + stages * (getKeyBytes() + getValueBytes());
  }
  int64_t getSharedBytes() const {
    return getBarriers() + 8 * (getQueryBarriers() + 4 * stages);
  }
};

/// Fills the empty region `plan` of a forward kernel.
void buildForwardPlan(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Region &plan, const ForwardSizes &sizes);

} // namespace attn

#endif // ATTN_PASSES_LIB_SCHEDULE_FORWARDPLAN_H
