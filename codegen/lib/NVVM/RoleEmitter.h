//===- RoleEmitter.h - The steps of a role, one after the other -*- C++ -*-===//
//
// Walks the plan of one role and emits each step, for the query tile of the CTA
// or in a loop over several. What a role remembers between steps (places in
// rings, fragments, row state) is a struct of SSA values; around a loop it
// travels as block arguments.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_ROLEEMITTER_H
#define ATTN_CODEGEN_LIB_NVVM_ROLEEMITTER_H

#include "KeyTiles.h"
#include "RingPlaces.h"
#include "Weights.h"

namespace attn::nvptx {

class RoleEmitter {
public:
  /// \param active those that do the steps, i1, of a warp that takes part as a
  /// whole; null: all threads.
  RoleEmitter(Cta &cta, sched::RoleOp role, Value active);

  /// Emits the role from its first step to the end, at the insertion point.
  void emit();

private:
  /// What changes while a role runs.
  struct State {
    explicit State(RingPlaces places) : places(std::move(places)) {}

    RingPlaces places;
    TilePoint point, next;
    Value
        before; ///< Position of the tile before; null unless `clear` needs it.
    RowState rows;
    Value accumulator;                ///< o, as wgmma has it.
    llvm::SmallVector<Value> weights; ///< p, two elements each.
    Value logitsAccumulator;          ///< s, while in flight.
    llvm::SmallVector<Value> logits;  ///< s, settled.
  };

  bool isConsumer() { return consumer != nullptr; }
  void emitQueryTiles(sched::QueryTilesOp op);
  void locate(QueryTile tile);
  /// State at the begin of the tile that `cta` has located.
  void beginQueryTile();
  /// Those of the role that have something to do there, i1; null: all.
  Value hasWork();
  void emitBody(Block &block);
  void emitStep(mlir::Operation *op);
  void tallyTiles();
  void emitKeyTiles(sched::KeyTilesOp op);
  /// Runs one region for the tile at hand, which is followed by `next`.
  void emitTile(mlir::Region &region, TilePoint point);

  void emitLoad(sched::LoadOp op);
  void emitAwait(sched::AwaitOp op);
  void emitRelease(sched::ReleaseOp op);
  void emitSettle(sched::SettleOp op);
  void emitClear(sched::ClearOp op);
  void emitMask();
  void emitRescale();
  void emitConvert();

  sched::BufferOp getBuffer(Value value) {
    return value.getDefiningOp<sched::BufferOp>();
  }
  /// State between tiles as block arguments, and back. P only inside the loop.
  llvm::SmallVector<Value> getCarried(TilePoint point, bool hasWeights);
  void setCarried(ValueRange values, bool hasWeights);

  Cta &cta;
  KernelBuilder &kb;
  sched::RoleOp role;
  Value active;
  Value consumer; ///< Number of the warpgroup; null: a producer.
  std::unique_ptr<KeyTiles> tiles;  ///< Of the query tile at hand.
  std::unique_ptr<Weights> weights; ///< Of consumers, there.
  State state;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_ROLEEMITTER_H
