//===- Exp2.h - 2 to the power of x, on vectors -----------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_EXP2_H
#define ATTN_CODEGEN_CPU_EXP2_H

#include "KernelBuilder.h"

namespace attn::cpu {

/// 2^x and the number whose upper 16 bits are the bf16 nearest to it (halves
/// go up).
struct RoundedExp2 {
  Value exact; ///< Null if not asked for.
  Value rounded;
};

/// 2^x for x of at most 127; relative error below 1e-7; 0 for x below about
/// -126, also for -inf; NaN stays NaN.
Value emitExp2(KernelBuilder &kb, Value x);

/// Both from one polynomial; AVX-512. Without `needsExact` a shorter one:
/// before rounding, the relative error is 7.5e-5.
RoundedExp2 emitRoundedExp2(KernelBuilder &kb, Value x, bool needsExact);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_EXP2_H
