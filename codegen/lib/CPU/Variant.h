//===- Variant.h - Instruction sets as numbers ------------------*- C++ -*-===//
//
// What differs between the variants: vector length and register tile. The
// emitters read these numbers; only exp2 and the code generator know more.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_VARIANT_H
#define ATTN_CODEGEN_CPU_VARIANT_H

#include "attn/codegen/Cpu.h"
#include "attn/codegen/Host.h"

namespace attn::cpu {

struct VariantInfo {
  CpuVariant variant;
  llvm::StringLiteral name;
  HostProcessor processor;
  int64_t lanes;       ///< f32 elements of a vector.
  int64_t tileRows;    ///< Register tile: rows ...
  int64_t tileVectors; ///< ... by vectors of queries.
};

const VariantInfo &getVariantInfo(CpuVariant variant);

/// The most lanes that a variant has: what lies in scratch per query or row has
/// room for a multiple of them.
int64_t getLongestVector();

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_VARIANT_H
