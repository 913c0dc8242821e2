//===- Exp2.h - 2 to the power of x on FMA units ----------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_NVVM_EXP2_H
#define ATTN_CODEGEN_LIB_NVVM_EXP2_H

#include "KernelBuilder.h"

namespace attn::nvptx {

/// 2^x for x of at most 127, as KernelBuilder::ex2 but without the special
/// function unit: relative error 1.7e-7 (ex2.approx: 2e-7), 0 for x of at most
/// -127, NaN for NaN.
///
/// Source: Cody and Waite 1980, chapter 6; FlashAttention-4 mixes it with ex2.
Value emitExp2OnFma(KernelBuilder &kb, Value x);

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_EXP2_H
