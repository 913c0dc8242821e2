//===- SlotOrder.h - Layouts by enumeration ---------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_REFERENCE_SLOTORDER_H
#define ATTN_CODEGEN_REFERENCE_SLOTORDER_H

#include "attn/codegen/Reference.h"
#include "attn/dialect/Attn/Layout.h"

#include <vector>

namespace attn::reference {

/// Slots of `layout`.
int64_t countSlots(LayoutGridOp layout, llvm::ArrayRef<Tensor> arguments);

/// The token in every slot of `layout`, one after the other; -1: padding.
std::vector<int64_t> getSlotTokens(LayoutGridOp layout,
                                   llvm::ArrayRef<Tensor> arguments);

} // namespace attn::reference

#endif // ATTN_CODEGEN_REFERENCE_SLOTORDER_H
