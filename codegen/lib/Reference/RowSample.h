//===- RowSample.h - Which rows a check evaluates ---------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_ROWSAMPLE_H
#define ATTN_CODEGEN_LIB_REFERENCE_ROWSAMPLE_H

#include "Lengths.h"

#include <vector>

namespace attn::reference {

/// Up to this many visible pairs, every row is evaluated.
constexpr double kMostPairs = 0x1p25;

/// Rows per head where not every row is.
constexpr int64_t kDefaultRows = 64;

/// `count` of `rows`, those of head (b, h) that exist, drawn with `seed`, plus
/// the first, the last and those at the first two and the last edge of tiles of
/// 16, 32, 48, 64 and 128 rows; ascending, each once.
std::vector<int64_t> sampleRows(const TokenRange &rows, int64_t count,
                                uint64_t seed, int64_t b, int64_t h);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_ROWSAMPLE_H
