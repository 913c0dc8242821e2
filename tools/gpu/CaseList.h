//===- CaseList.h - The list of programs and sizes --------------*- C++ -*-===//
//
// cases.txt, line by line; its head explains the form. A program also knows its
// own text, so that the list is all there is to write.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_GPU_CASELIST_H
#define ATTN_TOOLS_GPU_CASELIST_H

#include <cstdint>
#include <string>
#include <vector>

namespace attn::pack {

struct Sizes {
  int64_t b, lq, lk;
  bool isTransposed; ///< [B, L, H, D] in memory.
};

struct CaseProgram {
  std::string mask, score, dtype;
  int64_t hq, hk, d;
  std::vector<Sizes> sizes;

  /// causal-softcap-bf16-h2-1-d128
  std::string name() const;
  /// Whether query and key lengths are one letter.
  bool hasOneLength() const;
  /// The program as a .mlir file.
  std::string text() const;
};

/// Keys in a causal window, for window (256) and window<N>; else 0.
int64_t windowKeys(const std::string &mask);

/// Throws std::runtime_error with FILE:LINE.
std::vector<CaseProgram> readCaseList(const std::string &path);

} // namespace attn::pack

#endif // ATTN_TOOLS_GPU_CASELIST_H
