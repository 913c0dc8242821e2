//===- ArithmeticMask.h - Masks of random integer arithmetic ----*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNFUZZ_ARITHMETICMASK_H
#define ATTN_TOOLS_ATTNFUZZ_ARITHMETICMASK_H

#include "Random.h"

#include <string>

namespace attn::fuzz {

/// A free mask `%m`, as text: conditions on sums, quotients, remainders,
/// extremes and absolute values of i, j, the lengths and small numbers, joined
/// by and, or, not and select. It is the same for all batches and heads.
std::string printArithmeticMask(Random &random);

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_ARITHMETICMASK_H
