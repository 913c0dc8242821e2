//===- RegionTypes.h - How values of regions are held -----------*- C++ -*-===//
//
// A region computes on scalars of f32, f16, bf16, index and integers. Kernels
// hold f16 and bf16 as f32, rounded after every operation, and index and i64 as
// i64, or as i32 where ranges prove that nothing is lost. A held value is a
// scalar or a vector of them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_KERNEL_REGIONTYPES_H
#define ATTN_CODEGEN_KERNEL_REGIONTYPES_H

#include "attn/dialect/Attn/Regions.h"

#include "mlir/IR/Region.h"
#include "mlir/Interfaces/InferIntRangeInterface.h"
#include "llvm/ADT/DenseMap.h"

namespace attn {

/// True for index and i64: held as i64 or as i32.
bool isWideInteger(mlir::Type type);

/// Element type that holds a region value of type `type`.
mlir::Type getHeldType(mlir::Type type, bool isNarrow);

/// Ranges of all integers of a region, from lengths, coordinates and captured
/// sizes in [0, 2^31).
class RegionRanges {
public:
  RegionRanges(mlir::Region &region, RegionKind kind);

  /// A wide integer that always fits in 32 bits.
  bool isNarrow(mlir::Value value) const;
  /// Fits in 32 bits without the two ends: comparing it with a wide integer
  /// gives the same as comparing with that integer saturated to i32.
  bool isInside32(mlir::Value value) const;
  /// All wide operands and results of `op` may be held as i32.
  bool computesNarrow(mlir::Operation *op) const;
  /// `op` is a signed comparison whose wide `operand` may be saturated.
  bool comparesSaturated(mlir::Operation *op, mlir::Value operand) const;

private:
  const mlir::ConstantIntRanges *find(mlir::Value value) const;
  void infer(mlir::Operation &op);

  llvm::DenseMap<mlir::Value, mlir::ConstantIntRanges> ranges;
};

} // namespace attn

#endif // ATTN_CODEGEN_KERNEL_REGIONTYPES_H
