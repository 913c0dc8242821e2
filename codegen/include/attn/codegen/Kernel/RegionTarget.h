//===- RegionTarget.h - What a target adds to regions -----------*- C++ -*-===//
//
// Regions are emitted by shared code, in arith and math on held values. A
// target says where tensors are, how it loads elements, and which conversions
// and functions have a form of their own.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_KERNEL_REGIONTARGET_H
#define ATTN_CODEGEN_KERNEL_REGIONTARGET_H

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

namespace attn {

class RegionTarget {
public:
  RegionTarget(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}
  virtual ~RegionTarget() = default;

  mlir::OpBuilder &b;
  mlir::Location loc;

  // Where the kernel is: integers of any width.
  virtual mlir::Value getBatch() = 0;
  virtual mlir::Value getHead() = 0; ///< Query head.
  virtual mlir::Value getLength(Side side) = 0;

  // Captures.
  /// Elements along an axis, i64.
  virtual mlir::Value getSize(mlir::Value tensor, int64_t axis) = 0;
  virtual mlir::Value getPointer(mlir::Value tensor) = 0;
  /// In elements, i64.
  virtual mlir::Value getStride(mlir::Value tensor, int64_t axis) = 0;

  /// Where an element of a tensor is: at `pointer` plus the sum of `offsets`,
  /// i64, plus `lanes`, null or a vector of i32 or i64; all in elements.
  struct Address {
    mlir::Value pointer;
    llvm::SmallVector<mlir::Value, 4> offsets;
    mlir::Value lanes;
    /// The next key's element is the next one.
    bool isAtKey = false;
  };
  /// The element of type `element` there; f16 and bf16 as f32. The tensor does
  /// not change while the kernel runs.
  virtual mlir::Value load(mlir::Type element, const Address &address) = 0;

  // Conversions of held values.
  /// f32 rounded to what `type` can hold.
  virtual mlir::Value roundTo(mlir::Value value, mlir::Type type) = 0;
  /// f32 to an integer type, saturating; NaN gives 0.
  virtual mlir::Value toInteger(mlir::Value value, mlir::Type element,
                                bool isSigned) = 0;

  // Functions.
  virtual mlir::Value exp2(mlir::Value x) {
    return mlir::math::Exp2Op::create(b, loc, x);
  }
};

} // namespace attn

#endif // ATTN_CODEGEN_KERNEL_REGIONTARGET_H
