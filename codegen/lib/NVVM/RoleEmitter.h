//===- RoleEmitter.h - The steps of a role, one after the other -*- C++ -*-===//
//
// Walks the plan of one role and emits each step. What a role remembers between
// steps (places in rings, fragments, row state) is a struct of SSA values;
// around a loop it travels as block arguments.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_ROLEEMITTER_H
#define ATTN_CODEGEN_LIB_NVVM_ROLEEMITTER_H

#include "KeyTiles.h"
#include "Weights.h"

#include "llvm/ADT/MapVector.h"

namespace attn::nvptx {

class RoleEmitter {
public:
  RoleEmitter(Cta &cta, sched::RoleOp role);

  /// Emits the role from its first step to the end, at the insertion point.
  void emit();

private:
  /// What changes while a role runs.
  struct State {
    llvm::MapVector<Value, Position> positions; ///< By ring.
    TilePoint point, next;
    Value
        before; ///< Position of the tile before; null unless `clear` needs it.
    RowState rows;
    Value accumulator;                ///< o, as wgmma has it.
    llvm::SmallVector<Value> weights; ///< p, two elements each.
    Value logitsAccumulator;          ///< s, while in flight.
    llvm::SmallVector<Value> logits;  ///< s, settled.
  };

  bool isConsumer() { return weights != nullptr; }
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
  Position getPosition(Value buffer) { return state.positions.lookup(buffer); }

  /// State between tiles as block arguments, and back. P only inside the loop.
  llvm::SmallVector<Value> getCarried(TilePoint point, bool hasWeights);
  void setCarried(ValueRange values, bool hasWeights);

  Cta &cta;
  KernelBuilder &kb;
  sched::RoleOp role;
  KeyTiles tiles;
  Value consumer;
  std::unique_ptr<Weights> weights; ///< Of consumers.
  State state;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_ROLEEMITTER_H
