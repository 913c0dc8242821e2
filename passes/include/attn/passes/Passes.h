//===- Passes.h - Passes between the stages ---------------------*- C++ -*-===//

#ifndef ATTN_PASSES_PASSES_H
#define ATTN_PASSES_PASSES_H

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Sched/Sched.h"
#include "attn/dialect/Tile/Tile.h"

#include "mlir/Pass/Pass.h"

#include <memory>

namespace attn {
#define GEN_PASS_DECL
#include "attn/passes/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "attn/passes/Passes.h.inc"
} // namespace attn

#endif // ATTN_PASSES_PASSES_H
