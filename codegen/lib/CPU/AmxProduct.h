//===- AmxProduct.h - Products of tile registers ----------------*- C++ -*-===//
//
// C (+)= A B with B in pairs and C as vectors of queries, as in MicroKernel.h:
// S^T = K Q^T and O^T += V^T P^T.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_AMXPRODUCT_H
#define ATTN_CODEGEN_CPU_AMXPRODUCT_H

#include "KernelBuilder.h"

namespace attn::cpu {

/// The first factor: tile (row tile i, depth k) is at
/// pointer + i * rowStep + k * depthStep, its rows `pitch` apart.
struct AmxFactor {
  Value pointer, rowStep, pitch;
  int64_t depthStep;
};

/// All sizes are tiles, all steps bf16 elements, the pitch of c floats.
struct AmxProduct {
  AmxFactor a;
  Value b; ///< Tile (depth k, column j) at b + k * depthStep + j tiles.
  int64_t depthStep;
  Value c;
  int64_t pitch;
  int64_t rows, depth, columns;
  bool accumulate; ///< c += instead of c =.
};

/// Emits a loop over blocks of 2 x 2 accumulators: seven tiles at most are
/// alive.
void emitAmxProduct(KernelBuilder &kb, const AmxProduct &product);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_AMXPRODUCT_H
