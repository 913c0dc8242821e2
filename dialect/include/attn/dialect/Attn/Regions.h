//===- Regions.h - Rules of score and mask regions --------------*- C++ -*-===//
//
// What a region may hold and how its block arguments are laid out. One place
// for verifiers, analyses and lowerings.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_REGIONS_H
#define ATTN_DIALECT_ATTN_REGIONS_H

#include "mlir/IR/Operation.h"

namespace attn {

/// Kinds of region and the scalars they take before their captures.
///   score    (s: f32, b, h, i, j)        -> f32
///   visible  (b, h, i, j)                -> i1
///   bounds   (b, h, q0, q1)              -> index (lower, upper, full_lower,
///                                           full_upper)
///   classify (b, h, q0, q1, k0, k1)      -> i1 (some), i1 (all)
/// All but `s` are of type index; i, j, q0.. are raw indices into the sequence.
enum class RegionKind { Score, Visible, Bounds, Classify };

/// Of a box of more elements `attn.read_box` says nothing.
constexpr int64_t kMostBoxElements = 64;

/// Number of block arguments before the captures.
unsigned getNumCoordinates(RegionKind kind);

/// Position of the first index argument (1 for score, else 0).
unsigned getFirstIndex(RegionKind kind);

/// Block arguments that `region` of this kind must have.
llvm::SmallVector<mlir::Type> getArgumentTypes(RegionKind kind,
                                               mlir::TypeRange captures,
                                               mlir::MLIRContext *context);

/// Checks arguments, contents and yield of a region that is not empty. Emits an
/// error on `op` (or on the op inside that is not legal).
llvm::LogicalResult verifyRegion(mlir::Operation *op, mlir::Region &region,
                                 RegionKind kind, mlir::TypeRange captures);

} // namespace attn

#endif // ATTN_DIALECT_ATTN_REGIONS_H
