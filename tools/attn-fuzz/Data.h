//===- Data.h - Inputs of a random program ----------------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNFUZZ_DATA_H
#define ATTN_TOOLS_ATTNFUZZ_DATA_H

#include "HostTensor.h"
#include "Spec.h"

#include "attn/codegen/Visibility.h"

namespace attn::fuzz {

/// Arguments and results of one launch.
struct Data {
  std::vector<HostTensor> arguments, results;

  std::vector<reference::Tensor> views();
};

/// Draws values and layouts; memory that is not owned holds NaN.
/// \param alignments of the memory, in bytes: arguments, then results; none
/// for that of the elements.
Data drawData(const Spec &spec, Random &random,
              llvm::ArrayRef<int64_t> alignments = {});

/// Which keys each row (b, i) sees: visible[b * Lq + i][j].
llvm::Expected<std::vector<std::vector<uint8_t>>>
getVisible(const Spec &spec, Data &data, const reference::Program &oracle);

/// Fills a table of integers, or of normal numbers.
void fill(const Spec &spec, const Argument &argument, HostTensor &tensor,
          Random &random);

/// Copies elements between tensors whose sizes differ in the last axis at most,
/// from column `first` of `from` to column `place` of `to`, as many as the
/// narrower one has.
void copyColumns(const HostTensor &from, int64_t first, HostTensor &to,
                 int64_t place);

/// q = k = 0, values the codes of a round.
void fillVisibilityRound(const Spec &spec, Data &data,
                         const reference::VisibilityCodes &codes,
                         int64_t round);

/// The largest ratio of the results of a round.
double judgeVisibilityRound(const Spec &spec, const Data &data,
                            const reference::VisibilityCodes &codes,
                            int64_t round,
                            const std::vector<std::vector<uint8_t>> &visible);

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_DATA_H
