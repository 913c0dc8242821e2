//===- MicroKernel.h - Products of a register tile --------------*- C++ -*-===//
//
// C (+)= A B with B and C as vectors of queries: B[k][query], C[i][query] in
// scratch, A read by broadcast from wherever it lies. S^T = K Q^T and
// O^T += V^T P^T are both this product.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_MICROKERNEL_H
#define ATTN_CODEGEN_CPU_MICROKERNEL_H

#include "KernelBuilder.h"

namespace attn::cpu {

/// One factor read by broadcast: element (i, k) is at
/// pointer + i * rowStride + k * columnStride. Exactly one stride is null,
/// which means 1.
struct BroadcastFactor {
  Value pointer, rowStride, columnStride;
};

struct Product {
  BroadcastFactor a;
  Value b, c;      ///< First vector of row 0, f32, aligned.
  int64_t pitch;   ///< Floats from one row of `b` or `c` to the next.
  int64_t rows;    ///< Of a and c.
  int64_t depth;   ///< Columns of a, rows of b.
  int64_t vectors; ///< Vectors of a row of b and c; a register tile's width.
  bool accumulate; ///< c += instead of c =.
  Value maxima;    ///< If given: raised to the largest of each lane of c.
  /// If given: called beside every register tile with its first row and how
  /// many it has.
  llvm::function_ref<void(Value, int64_t)> beside;
};

/// Emits loops over register tiles; the last rows use a smaller one.
void emitProduct(KernelBuilder &kb, const Product &product);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_MICROKERNEL_H
