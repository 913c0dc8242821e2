//===- TileProduct.h - Products of tile registers ---------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_TILEPRODUCT_H
#define ATTN_CODEGEN_CPU_TILEPRODUCT_H

#include "PairProduct.h"

namespace attn::cpu {

/// Emits a loop over blocks of 2 x 2 accumulators: seven tiles at most are
/// alive. If it staggers, half of the accumulators begin and end in the middle
/// of the others, so that one half multiplies while the other is stored.
void emitTileProduct(KernelBuilder &kb, const PairProduct &product,
                     const PairPieces *pieces,
                     llvm::SmallVectorImpl<Value> *state);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_TILEPRODUCT_H
