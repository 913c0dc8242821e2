//===- PairProduct.h - Products of packed pairs of bf16 ---------*- C++ -*-===//
//
// C (+)= A B with B in pairs and C as vectors of queries, as in MicroKernel.h:
// S^T = K Q^T and O^T += V^T P^T.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_PAIRPRODUCT_H
#define ATTN_CODEGEN_CPU_PAIRPRODUCT_H

#include "KernelBuilder.h"

namespace attn::cpu {

/// The first factor: tile (row tile i, depth k) is at
/// pointer + i * rowStep + k * depthStep, its rows `pitch` apart.
struct PairFactor {
  Value pointer, rowStep, pitch;
  int64_t depthStep;
};

/// All sizes are tiles, all steps bf16 elements, the pitch of c floats.
struct PairProduct {
  PairFactor a;
  Value b; ///< Tile (depth k, column j) at b + k * depthStep + j tiles.
  int64_t depthStep;
  Value c;
  int64_t pitch;
  int64_t rows, depth, columns;
  bool accumulate; ///< c += instead of c =.
  bool staggers;   ///< As with pieces, so that sums are added in one order.
};

/// Work for vector units in small pieces, which go between the products of a
/// pair of row tiles: the processor looks about 100 instructions ahead, so a
/// longer run would leave tile units without work.
struct PairPieces {
  using State = llvm::SmallVectorImpl<Value>;
  int64_t first; ///< The first piece.
  /// Pieces beside a pair of row tiles: all of C += A B, all but the first of
  /// C = A B.
  int64_t perPair;
  /// Emits piece number `from` + `offset`: reads and sets the vectors of
  /// `state`.
  llvm::function_ref<void(Value from, int64_t offset, State &state)> emit;
};

/// By tile registers in variant amx (TileProduct.h), otherwise by vdpbf16ps
/// (DotProduct.h), where there are no pieces.
/// \param pieces null: none. For products that stagger, of one or two columns;
///   a row without a pair has none beside it.
/// \param state what pieces change.
void emitPairProduct(KernelBuilder &kb, const PairProduct &product,
                     const PairPieces *pieces = nullptr,
                     llvm::SmallVectorImpl<Value> *state = nullptr);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_PAIRPRODUCT_H
