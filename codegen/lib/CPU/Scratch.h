//===- Scratch.h - A worker's memory ----------------------------*- C++ -*-===//
//
// A kernel allocates nothing: places are handed out while a task is emitted,
// and their total goes to the manifest.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_SCRATCH_H
#define ATTN_CODEGEN_CPU_SCRATCH_H

#include "KernelBuilder.h"

namespace attn::cpu {

class Scratch {
public:
  /// That of `worker`; `host` is the kernel's AttnCpuHost.
  Scratch(KernelBuilder &kb, Value host, Value worker);

  /// New scratch of `bytes`, 64-byte aligned.
  Value allocate(int64_t bytes);
  Value allocateFloats(int64_t count) {
    return allocate(count * static_cast<int64_t>(sizeof(float)));
  }
  /// Bytes of one worker, when all of the task is emitted.
  int64_t finish();

private:
  KernelBuilder &kb;
  Value base;
  mlir::arith::ConstantOp size; ///< Known at the end.
  int64_t used = 0;
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_SCRATCH_H
