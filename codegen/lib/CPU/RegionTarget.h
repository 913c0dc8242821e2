//===- RegionTarget.h - Regions on the CPU ----------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_REGIONTARGET_H
#define ATTN_CODEGEN_CPU_REGIONTARGET_H

#include "FoldTask.h"

#include "attn/codegen/Kernel/RegionTarget.h"

namespace attn::cpu {

/// Values are scalars, or vectors with a query per lane.
class CpuRegionTarget : public RegionTarget {
public:
  CpuRegionTarget(FoldTask &task, const KeyStream &stream)
      : RegionTarget(task.kb.b, task.kb.loc), kb(task.kb), task(task),
        stream(stream) {}

  KernelBuilder &kb;

  Value getBatch() override { return task.sequence.batch; }
  Value getHead() override { return task.head; }
  Value getLength(Side side) override {
    return side == Side::queries ? task.sequence.length : stream.keys;
  }
  Value getSize(Value tensor, int64_t axis) override {
    return task.call.size(tensor, axis);
  }
  Value getPointer(Value tensor) override { return task.call.pointer(tensor); }
  Value getStride(Value tensor, int64_t axis) override {
    return task.call.stride(tensor, axis);
  }
  Value load(Type element, const Address &address) override;
  Value roundTo(Value value, Type type) override;
  Value toInteger(Value value, Type element, bool isSigned) override;
  Value exp2(Value x) override;

private:
  FoldTask &task;
  const KeyStream &stream;
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_REGIONTARGET_H
