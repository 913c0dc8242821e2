//===- Products.h - wgmma of a forward kernel -------------------*- C++ -*-===//
//
// One wgmma group per product. Descriptors: 128-byte swizzle, tiles at
// multiples of 1024 bytes, one block of 64 columns after the other.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_PRODUCTS_H
#define ATTN_CODEGEN_LIB_NVVM_PRODUCTS_H

#include "Cta.h"

namespace attn::nvptx {

/// Starts q * k^T for the 64 rows of consumer `consumer`; the result may be
/// read behind a wait only.
Value emitLogits(Cta &cta, sched::BufferOp q, sched::BufferOp k, Position at,
                 Value consumer);

/// Starts acc + p * v. `p` is replaced by what stays alive until the wait.
Value emitAccumulate(Cta &cta, Value acc, llvm::SmallVectorImpl<Value> &p,
                     sched::BufferOp v, Position at);

/// Waits until `pending` groups are in flight. `accs` are results of the
/// others, `kept` the A registers that they read.
llvm::SmallVector<Value> emitSettle(Cta &cta, int64_t pending,
                                    llvm::ArrayRef<Value> accs,
                                    llvm::ArrayRef<Value> kept);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_PRODUCTS_H
