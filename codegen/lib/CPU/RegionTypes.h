//===- RegionTypes.h - How values of regions are held -----------*- C++ -*-===//
//
// A region computes on scalars of f32, f16, bf16, index and integers. Kernels
// hold f16 and bf16 as f32, rounded after every operation, and index and i64 as
// i64, or as i32 lanes where a range argument proves that nothing is lost.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_REGIONTYPES_H
#define ATTN_CODEGEN_CPU_REGIONTYPES_H

#include "KernelBuilder.h"

#include "mlir/Interfaces/InferIntRangeInterface.h"
#include "llvm/ADT/DenseMap.h"

namespace attn::cpu {

/// True for index and i64: held as i64 or as i32.
bool isWideInteger(Type type);

/// Element type that holds a region value of type `type`.
Type getHeldType(Type type, bool isNarrow);

/// Ranges of all integers of a region, from lengths and coordinates in
/// [0, 2^31).
class RegionRanges {
public:
  explicit RegionRanges(mlir::Region &region);

  /// A wide integer that always fits in 32 bits.
  bool isNarrow(Value value) const;
  /// Strictly inside the range of i32: comparing it with a wide integer gives
  /// the same as comparing with that integer saturated to i32.
  bool isInside32(Value value) const;
  /// 0 or more, read as signed.
  bool isNonNegative(Value value) const;
  /// All wide operands and results of `op` may be held as i32.
  bool computesNarrow(mlir::Operation *op) const;

private:
  const mlir::ConstantIntRanges *find(Value value) const;
  void infer(mlir::Operation &op);

  llvm::DenseMap<Value, mlir::ConstantIntRanges> ranges;
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_REGIONTYPES_H
