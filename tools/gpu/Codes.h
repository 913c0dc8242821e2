//===- Codes.h - Who sees whom, in one launch -------------------*- C++ -*-===//
//
// With q = 0 every visible key weighs 1 / n, the output is the mean of the
// visible values and lse is ln n. Values are codes of +1 and -1: in every
// column keys come in pairs of opposite sign, (0, 1) (2, 3) ... in even
// columns, 0 (1, 2) (3, 4) ... in odd ones, and which of a pair is +1 is drawn
// per pair, column and key head. Over a range of keys a column then sums to -2
// .. 2, whatever its length, so the bound of a row is about 2^-7 / n (bf16)
// while one lost, extra or doubled key moves a column by 1 / n: more than 100
// bounds. A wrong set of the same size is missed only if all columns happen to
// agree.
//
// No key is left out: one launch tests all rows against all keys. For rows that
// see many separate ranges sums grow; attn-pack computes the margins of every
// row and makes no such test where isSharp() is false.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_GPU_CODES_H
#define ATTN_TOOLS_GPU_CODES_H

#include "PackFile.h"

namespace attn::pack {

class Codes {
public:
  /// The codes of one key head; `head` counts over all batches.
  Codes(uint64_t seed, int64_t head, int64_t keys, int64_t columns);

  /// +1 or -1.
  float value(int64_t key, int64_t column) const;
  /// Adds up keys first .. last - 1 of a column.
  int64_t sum(const KeyRange &range, int64_t column) const;

private:
  int64_t columns;
  std::vector<int8_t> values;  ///< [keys][columns]
  std::vector<int32_t> prefix; ///< [keys + 1][columns]
};

/// What a row should give.
struct CodeRow {
  double visible;          ///< n
  std::vector<double> out; ///< [Dv]
  double lse;
  double outBound, lseBound;
  /// The least that a lost, extra or doubled key moves the output and the lse,
  /// in bounds. (If one key is visible, doubling it shows in the lse alone.)
  double moved, counted;

  /// A wrong count shows by 100 bounds in one of the two, and a wrong sum of
  /// values by 80 whatever the lse says.
  bool isSharp() const {
    return (moved >= 100 || counted >= 100) && moved >= 80;
  }
};

/// `rounding` is 2^-8, 2^-11 or 2^-23, by the type of the output. The weights
/// are all equal, so nothing of the unfused program's rounding enters: one
/// rounding of the output, and f32 sums.
CodeRow codeRow(const Codes &codes, const std::vector<KeyRange> &ranges,
                int64_t columns, double rounding);

double roundingOf(const std::string &dtype);

} // namespace attn::pack

#endif // ATTN_TOOLS_GPU_CODES_H
