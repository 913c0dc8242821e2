//===- Judge.h - Results against what a pack expects ------------*- C++ -*-===//

#ifndef ATTN_TOOLS_GPU_JUDGE_H
#define ATTN_TOOLS_GPU_JUDGE_H

#include "Codes.h"
#include "HostTensor.h"

namespace attn::pack {

/// Largest error / bound of each result, and where. NaN counts as infinite.
struct Ratios {
  double out = 0, lse = 0;
  std::string outWhere, lseWhere;

  /// "o 3.2 bounds off at b 0, h 1, i 36; lse within"
  std::string text() const;
};

/// `results` are o and lse, dense.
Ratios judgeValues(const Expected &expected,
                   const std::vector<run::HostTensor> &results);

/// Makes q 0 and v the codes of each key head; returns the codes by b * Hk + h.
std::vector<Codes> fillCodes(const Case &which,
                             std::vector<run::HostTensor> &inputs);

Ratios judgeCodes(const Case &which, const Expected &expected,
                  const std::vector<Codes> &codes,
                  const std::vector<run::HostTensor> &results);

} // namespace attn::pack

#endif // ATTN_TOOLS_GPU_JUDGE_H
