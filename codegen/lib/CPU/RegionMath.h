//===- RegionMath.h - Functions of regions, on vectors ----------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_REGIONMATH_H
#define ATTN_CODEGEN_CPU_REGIONMATH_H

#include "mlir/IR/PatternMatch.h"

namespace attn::cpu {

/// What regions apply to every element and MLIR expands into more.
void populateRegionMath(mlir::RewritePatternSet &patterns);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_REGIONMATH_H
