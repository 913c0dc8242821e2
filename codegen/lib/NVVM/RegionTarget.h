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
  Value getPointer(Value tensor) override {
    return cta.args.pointer(kb, tensor);
  }
  Value getStride(Value tensor, int64_t axis) override {
    return cta.args.stride(kb, tensor, axis);
  }
  Value load(Type element, const Address &address) override;
  Value roundTo(Value value, Type type) override;
  Value toInteger(Value value, Type type, bool isSigned) override;

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
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_REGIONTARGET_H
