//===- Neighborhood.h - One axis of a neighbourhood -------------*- C++ -*-===//
//
// By the text of `attn.mask.neighborhood`: residue classes, leaders, windows.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_NEIGHBORHOOD_H
#define ATTN_CODEGEN_LIB_REFERENCE_NEIGHBORHOOD_H

#include <cstdint>
#include <vector>

namespace attn::reference {

/// Tokens of queries and of keys on the axis, and its parameters.
struct GridAxis {
  int64_t queries, keys, window, stride, dilation;
  bool isCausal, isShifted;
};

/// One byte per key of the axis: what the query at `coordinate` sees.
std::vector<uint8_t> getVisible(const GridAxis &axis, int64_t coordinate);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_NEIGHBORHOOD_H
