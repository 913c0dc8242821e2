//===- RingPlaces.h - Where a role stands in its rings ----------*- C++ -*-===//
//
// Stage and phase of every ring, and the round of the query tile, as SSA values
// that travel around loops as block arguments. Consumers hold a value per stage
// and per phase; a producer, which has few registers, one word of fields.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_RINGPLACES_H
#define ATTN_CODEGEN_LIB_NVVM_RINGPLACES_H

#include "Cta.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

namespace attn::nvptx {

class RingPlaces {
public:
  RingPlaces(Cta &cta, bool isConsumer);

  /// Place in the ring that `buffer`, a result of attn_sched.buffer, is.
  Position get(Value buffer);
  /// On to the next stage.
  void advance(Value buffer);

  /// The first query tile of several.
  void beginRounds();
  Value getRound() const { return round; }

  /// What changes from one tile of keys to the next, as block arguments, and
  /// back; `take` gives them one by one.
  void carry(llvm::SmallVectorImpl<Value> &values);
  void take(llvm::function_ref<Value()> take);
  /// The same and the round, from one query tile to the next.
  llvm::SmallVector<Value> carryRound();
  void takeRound(mlir::ValueRange values);
  /// The round after, in the first of those values.
  Value getNextRound(Value first);

private:
  bool isConsumer() const { return progress == nullptr; }
  bool isCarried(Value buffer);
  Value getPinnedRound();
  int64_t getStages(Value buffer);
  int64_t getFieldMask(Value buffer);
  Value getField(Value buffer);

  Cta *cta;
  KernelBuilder *kb;
  llvm::MapVector<Value, Position> positions; ///< Of consumers.
  Value progress; ///< Of a producer: fields of phase * stages + stage, and the
                  ///< round; i32.
  llvm::SmallDenseMap<Value, unsigned> fields; ///< First bit in `progress`.
  unsigned roundShift = 0;                     ///< Of the round, there.
  Value round; ///< Of the query tile at hand, i32; null where there is one.
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_RINGPLACES_H
