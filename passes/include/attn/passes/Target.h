//===- Target.h - What passes know about targets ----------------*- C++ -*-===//
//
// Targets as data: names, tile sizes, limits. A pass reads numbers from the
// module's `attn.target`; only this table knows names.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_TARGET_H
#define ATTN_PASSES_TARGET_H

#include "attn/dialect/Attn/LayoutBoxes.h"

#include "mlir/IR/BuiltinOps.h"

namespace attn {

inline constexpr llvm::StringLiteral kTargetAttr = "attn.target";

/// Names of all targets, for messages and help texts.
llvm::ArrayRef<llvm::StringLiteral> getTargetNames();

/// The attribute of target `name`, or null if there is no such target.
TargetAttr getTarget(mlir::MLIRContext *context, llvm::StringRef name);

/// The target on `module`, or null.
TargetAttr getTarget(mlir::ModuleOp module);

/// Integer `key` of the target's limits, or std::nullopt.
std::optional<int64_t> getLimit(TargetAttr target, llvm::StringRef key);

/// Keys of one tile for head sizes `headSize` (D) and `valueSize` (Dv): the
/// limit `key_tile_d<N>` of the smallest N that is neither below D nor below
/// Dv, else `key_tile`; 0 without either. With `key_tile_d<N>_v<M>`, M stands
/// for Dv. Of a `plain` fold (one stream without mask, no score region):
/// `key_tile_plain_d<N>` first.
int64_t getKeyTile(TargetAttr target, int64_t headSize, int64_t valueSize,
                   bool isPlain);

/// Does TMA load rows of D and Dv elements? They are multiples of the limit
/// `tma_columns`.
bool loadsByTma(TargetAttr target, int64_t headSize, int64_t valueSize);

/// What boxes of TMA can do, if the target has all limits `box_*`; what is
/// stored is not strided.
std::optional<BoxLimits> getBoxLimits(TargetAttr target, bool isStore);

/// Registers that a thread of a CTA of `threads` is launched with: as many as
/// there are for all, in steps of 8.
int64_t getLaunchRegisters(TargetAttr target, int64_t threads);

} // namespace attn

#endif // ATTN_PASSES_TARGET_H
