//===- GridMask.h - Masks of tokens on a grid -------------------*- C++ -*-===//
//
// Random neighbourhoods of one to three axes, alone and with other conditions.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNFUZZ_GRIDMASK_H
#define ATTN_TOOLS_ATTNFUZZ_GRIDMASK_H

#include "Random.h"

#include <cstdint>
#include <string>

namespace attn::fuzz {

/// The ops that make %m, and how many tokens it is for.
struct GridMask {
  std::string text;
  int64_t queries, keys;
};

/// A neighbourhood that is decided exactly.
GridMask drawNeighborhood(Random &random);

/// One that leaves queries out, or has tokens beside the grid, a connective, or
/// a free region of coordinates.
GridMask drawGridMask(Random &random);

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_GRIDMASK_H
