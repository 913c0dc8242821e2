//===- DefaultLetters.h - Letters that nobody gave a value ------*- C++ -*-===//
//
// One batch, one head, and `tokens` tokens: 4096 on one axis are 64 on each of
// two and 16 on each of three, since N-d tokens have an axis each. Offsets of
// packed sequences: one sequence. Other letters have no default.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNVIEW_DEFAULTLETTERS_H
#define ATTN_TOOLS_ATTNVIEW_DEFAULTLETTERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>
#include <string>

namespace attn::view {

/// By the axes of q, k and v that a letter stands for.
std::map<std::string, int64_t> getDefaultLetters(mlir::func::FuncOp function,
                                                 int64_t tokens);

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_DEFAULTLETTERS_H
