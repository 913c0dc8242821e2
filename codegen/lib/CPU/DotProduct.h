//===- DotProduct.h - Products of pairs of bf16 -----------------*- C++ -*-===//
//
// The products of PairProduct.h, from the same packed factors, by vdpbf16ps: 16
// lanes of sums take a pair of elements each. For processors without tile
// registers that do as many of these per cycle as f32 fma (AMD Zen 4 and
// later).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_DOTPRODUCT_H
#define ATTN_CODEGEN_CPU_DOTPRODUCT_H

#include "PairProduct.h"

namespace attn::cpu {

/// 16 pairs of bf16 at `pointer`.
Value loadPairs(KernelBuilder &kb, Value pointer, unsigned alignment);
/// The pair at `pointer`, 16 times.
Value splatPair(KernelBuilder &kb, Value pointer);
/// sum + x.odd * y.odd + x.even * y.even, lane by lane of f32.
Value addPairs(KernelBuilder &kb, Value x, Value y, Value sum);

/// Emits loops over register tiles of 8 rows.
void emitDotProduct(KernelBuilder &kb, const PairProduct &product);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_DOTPRODUCT_H
