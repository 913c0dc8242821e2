//===- ExplainMasks.h - What attnc says about masks -------------*- C++ -*-===//
//
// Counts at lengths that the sentences name: letters without a value are small
// enough to be counted in about 50 ms.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNVIEW_EXPLAINMASKS_H
#define ATTN_TOOLS_ATTNVIEW_EXPLAINMASKS_H

#include "mlir/IR/BuiltinOps.h"

namespace attn::view {

/// Warns where a mask without tables shows no pair of any length that is
/// tried. `name` stands in messages. \param target whose tiles are counted.
/// \param remarks says a remark of category `Masks` per sentence, too.
void explainMasks(mlir::ModuleOp module, llvm::StringRef name,
                  llvm::StringRef target, bool remarks);

/// Warns that the mask of `stream` shows nothing.
void warnEmpty(mlir::Location stream, llvm::StringRef letters);

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_EXPLAINMASKS_H
