//===- RegionTarget.h - Regions in registers of a GPU thread ----*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_NVVM_REGIONTARGET_H
#define ATTN_CODEGEN_LIB_NVVM_REGIONTARGET_H

#include "Cta.h"

#include "attn/codegen/Kernel/RegionEmitter.h"

namespace attn::nvptx {

/// Values are scalars: a thread holds its elements of the fragment apart.
class NvvmRegionTarget : public RegionTarget {
public:
  /// For regions of `stream`, or of scores where it is at hand.
  NvvmRegionTarget(Cta &cta, const KeyStream &stream)
      : RegionTarget(cta.kb.b, cta.kb.loc), cta(cta), stream(stream),
        kb(cta.kb), batch(cta.batch), head(cta.head) {}

  Value getBatch() override { return batch; }
  Value getHead() override { return head; }
  Value getLength(Side side) override {
    return side == Side::queries ? cta.queries.count : stream.keys.count;
  }
  Value getSize(Value tensor, int64_t axis) override {
    return cta.args.size(kb, tensor, axis);
  }
  Value getPointer(Value tensor) override {
    return cta.args.pointer(kb, tensor);
  }
  Value getStride(Value tensor, int64_t axis) override {
    return cta.args.stride(kb, tensor, axis);
  }
  Value load(Type element, const Address &address) override;
  Value roundTo(Value value, Type type) override;
  Value toInteger(Value value, Type type, bool isSigned) override;

  /// What `region` reads at an even key and at the next one are 2 elements that
  /// one load may bring; i1. Null if it reads nothing at the key itself.
  Value arePairsAligned(RegionEmitter &region);
  /// Until the next call: the key at hand is even, and the condition above
  /// holds.
  void setAtPair(bool isFirst) {
    isFirstOfPair = isFirst;
    isGather = false;
  }
  /// Until that call: keys are no neighbours of each other. What stands before
  /// the key in an address is computed once.
  void setAtSingleKeys() {
    isFirstOfPair = false;
    isGather = true;
  }

  /// Addresses of tables that `region` reads behind this point are computed
  /// behind it, and hold no registers before. Valid where the insertion point
  /// dominates.
  void pinAddresses(RegionEmitter &region);
  /// Likewise all that regions made behind this point read by batch and head.
  void pinCoordinates();

private:
  Cta &cta;
  const KeyStream &stream;
  KernelBuilder &kb;
  Value batch, head;
  bool isFirstOfPair = false, isGather = false;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_REGIONTARGET_H
