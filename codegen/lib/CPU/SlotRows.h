//===- SlotRows.h - Rows that are found through a layout --------*- C++ -*-===//
//
// Kernels count slots of a layout. The token of each slot of a tile goes into
// a table in scratch, a vector at a time; rows are addressed by it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_SLOTROWS_H
#define ATTN_CODEGEN_CPU_SLOTROWS_H

#include "KernelArguments.h"
#include "Scratch.h"

#include "attn/dialect/Attn/Layout.h"

namespace attn::cpu {

/// Sizes of the axes of a layout.
llvm::SmallVector<Value> emitGridSizes(CallArguments &call,
                                       LayoutGridOp layout);

/// Tables of the tokens of a layout.
class SlotRows {
public:
  /// Reads sizes: once, before tiles.
  SlotRows(CallArguments &call, LayoutGridOp layout);

  /// Scratch for the tokens of `count` slots.
  Value allocate(Scratch &scratch, int64_t count) const;

  /// Fills such a table with the tokens of `first` and the slots after it;
  /// padding is -1. What is beyond the last slot is any number.
  void fill(Value table, Value first, int64_t count) const;

private:
  KernelBuilder &kb;
  LayoutGridOp layout;
  llvm::SmallVector<Value> sizes; ///< Vectors of f64.
};

/// Entry `index` of a table: a token, or -1.
Value loadToken(KernelBuilder &kb, Value table, Value index);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_SLOTROWS_H
