//===- Attn.h - The attn dialect: types, interfaces, ops --------*- C++ -*-===//
//
// Umbrella header of the `attn` dialect. What an op means stands in its .td
// description; shapes are written in the letters of `dialect/README.md`.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_ATTN_H
#define ATTN_DIALECT_ATTN_ATTN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace attn {

/// An axis of a table that a mask reads: as long as that axis of q or k, or as
/// there are blocks of it.
enum class TableAxis { Batch, QueryHead, Query, Key };

/// "B", "Hq", "Lq", "Lk"
llvm::StringRef getLetter(TableAxis axis);

/// What the size of a table must be.
struct TableRule {
  mlir::Value table;
  llvm::StringRef name; ///< Of the operand.
  llvm::SmallVector<TableAxis, 2> axes;
  /// What an element stands for, in each axis: a block of so many, and there
  /// may be more elements; or 0: exactly one.
  llvm::SmallVector<int64_t, 2> blocks = {};

  int64_t getBlock(unsigned axis) const {
    return blocks.empty() ? 0 : blocks[axis];
  }
  /// May `axis` have `found` elements where that of q or k has `size`?
  bool allows(unsigned axis, int64_t found, int64_t size) const;
};

/// "[B, Lq]"; "ceil(Lq / 64) or more" where elements are blocks.
std::string getLetters(const TableRule &rule);

/// The indices of one (query, key) pair, as values of type index.
struct PairCoordinates {
  mlir::Value batch, head, query, key;
};

} // namespace attn

#include "attn/dialect/Attn/AttnEnums.h.inc"

#include "attn/dialect/Attn/AttnDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "attn/dialect/Attn/AttnAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "attn/dialect/Attn/AttnTypes.h.inc"

#include "attn/dialect/Attn/AttnInterfaces.h.inc"

#define GET_OP_CLASSES
#include "attn/dialect/Attn/AttnOps.h.inc"

#endif // ATTN_DIALECT_ATTN_ATTN_H
