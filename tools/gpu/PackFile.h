//===- PackFile.h - What a case of a pack should give -----------*- C++ -*-===//
//
// Written where the reference is, read where the GPU is. One file per case,
// little endian: the rows to compare with their bounds, and for every row of
// every batch the ranges of keys that it sees. Values are f32 in the file where
// that is far below all bounds, else f64. pack.json lists the cases.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_GPU_PACKFILE_H
#define ATTN_TOOLS_GPU_PACKFILE_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace attn::pack {

/// One row in float64, and how far off a device may be.
struct ValueRow {
  uint32_t b, h, i;
  double outBound, lse, lseBound;
  std::vector<double> out; ///< [Dv]
};

/// Keys first .. last - 1.
struct KeyRange {
  uint32_t first, last;
};

struct Expected {
  uint32_t dv = 0;
  std::vector<ValueRow> values;
  /// By b * Lq + i; empty if the case has no visibility test.
  std::vector<std::vector<KeyRange>> visible;
};

std::string encode(const Expected &expected);
/// Throws std::runtime_error where the bytes end early or make no sense.
Expected decode(const std::string &bytes);

/// One line of pack.json.
struct Case {
  std::string name, program; ///< `program` is a folder in programs/.
  std::string mask, score, dtype;
  std::map<std::string, int64_t> letters;
  int64_t b, hq, hk, lq, lk, d;
  bool isTransposed;
  uint64_t seed;
  double pairs, operations;
  std::string visibility; ///< "all rows", or why there is no such test.
};

struct Pack {
  std::string commit, date;
  std::vector<Case> cases;
  std::vector<std::string> leftOut; ///< Programs that did not compile.
};

std::string toJson(const Pack &pack);
/// Throws std::exception.
Pack packFromJson(const std::string &text);

} // namespace attn::pack

#endif // ATTN_TOOLS_GPU_PACKFILE_H
