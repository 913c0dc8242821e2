//===- RegionTarget.h - Regions on the CPU ----------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_REGIONTARGET_H
#define ATTN_CODEGEN_CPU_REGIONTARGET_H

#include "FoldTask.h"

#include "attn/codegen/Kernel/RegionTarget.h"

namespace attn::cpu {

/// Values are scalars, or vectors with a query per lane.
class CpuRegionTarget : public RegionTarget {
public:
  explicit CpuRegionTarget(FoldTask &task)
      : RegionTarget(task.kb.b, task.kb.loc), task(task), kb(task.kb) {}

  Value getBatch() override { return task.batch; }
  Value getHead() override { return task.head; }
  Value getLength(Side side) override {
    return side == Side::queries ? task.queries : task.keys;
  }
  Value getPointer(Value tensor) override {
    return task.arguments.pointer(kb, task.args, tensor);
  }
  Value getStride(Value tensor, int64_t axis) override {
    return task.arguments.stride(kb, task.args, tensor, axis);
  }
  Value load(Type element, const Address &address) override;
  Value roundTo(Value value, Type type) override;
  Value toInteger(Value value, Type element, bool isSigned) override;
  Value exp2(Value x) override;

private:
  FoldTask &task;
  KernelBuilder &kb;
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_REGIONTARGET_H
