//===- PairProduct.cpp - Products of packed pairs of bf16 -----------------===//

#include "PairProduct.h"
#include "DotProduct.h"
#include "TileProduct.h"

void attn::cpu::emitPairProduct(KernelBuilder &kb, const PairProduct &product,
                                const PairPieces *pieces,
                                llvm::SmallVectorImpl<Value> *state) {
  if (kb.variant.variant == CpuVariant::Amx)
    return emitTileProduct(kb, product, pieces, state);
  assert(!pieces && "only tile products have other work beside them");
  emitDotProduct(kb, product);
}
