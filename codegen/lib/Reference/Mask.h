//===- Mask.h - Masks as bytes of a row -------------------------*- C++ -*-===//
//
// Evaluates the ops of the mask family by their own text, one byte per key.
// Shares nothing with mask analysis or MaskOpInterface::buildVisible, so that
// an error there shows.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_MASK_H
#define ATTN_CODEGEN_LIB_REFERENCE_MASK_H

#include "attn/codegen/Reference.h"
#include "attn/dialect/Attn/Attn.h"

#include <functional>

namespace attn::reference {

/// A row of pairs, in a sequence of `queries` and `keys`.
struct MaskRow {
  llvm::ArrayRef<Tensor> arguments; ///< Of the program, and views of them.
  int64_t b, h, i, queries, keys;
};

/// Writes 1 or 0 for every key of a row. Returns "" or `location: error: ...`.
using MaskFunction =
    std::function<std::string(const MaskRow &row, uint8_t *visible)>;

/// A table that a mask reads and the shape it must have.
struct MaskTable {
  unsigned argument;
  TableRule rule;
  std::string op;
  mlir::Location location;
};

/// A compiled mask.
struct Mask {
  MaskFunction evaluate;
  bool perHead = false; ///< Else a row is the same for all heads.
  llvm::SmallVector<MaskTable> tables;
};

/// Compiles the mask that `value` holds. A null value makes every key visible.
llvm::Expected<Mask> compileMask(mlir::Value value);

/// The number of an argument of the function, or of a view of one: views stand
/// behind the arguments.
unsigned getInputNumber(mlir::Value value);

/// The ops that the mask `value` is made of, without and, or and not; each
/// once, in the order of the program. None for a null value.
llvm::SmallVector<mlir::Operation *> getConditions(mlir::Value value);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_MASK_H
