//===- Lengths.cpp - Which tokens of a tensor are sequences ---------------===//

#include "Lengths.h"
#include "Number.h"

#include <algorithm>

namespace attn::reference {

Sequences::Sequences(const Lengths &lengths, llvm::ArrayRef<Tensor> arguments,
                     bool isPacked, int64_t batch, int64_t tokens)
    : isPacked(isPacked), ranges(batch) {
  auto number = [&](int64_t n) {
    const Tensor &table = arguments[lengths.table];
    int64_t value = loadInteger(table, reference::getOffset(table, {n}));
    return std::clamp<int64_t>(value, 0, tokens);
  };
  int64_t begin = 0;
  if (lengths.form == Lengths::Form::Packed)
    begin = number(0);
  for (int64_t b = 0; b < batch; ++b)
    switch (lengths.form) {
    case Lengths::Form::Full:
      ranges[b] = {0, tokens};
      break;
    case Lengths::Form::PerBatch:
      ranges[b] = {0, number(b)};
      break;
    case Lengths::Form::Packed:
      ranges[b] = {begin, std::max(begin, number(b + 1))};
      begin = ranges[b].end;
      break;
    }
}

TokenRange Sequences::intersect(int64_t b, const Sequences &other) const {
  if (ranges.empty() || other.ranges.empty())
    return {};
  // Packed sequences follow each other without a gap.
  TokenRange theirs =
      isPacked ? TokenRange{other.ranges.front().begin, other.ranges.back().end}
               : other.ranges[b];
  const TokenRange &ours = ranges[b];
  int64_t begin = std::max(ours.begin, theirs.begin) - ours.begin;
  int64_t end = std::min(ours.end, theirs.end) - ours.begin;
  return {begin, std::max(begin, end)};
}

int64_t Sequences::getOffset(const Tensor &tensor, int64_t b, int64_t h,
                             int64_t i) const {
  int64_t token = ranges[b].begin + i;
  return isPacked ? reference::getOffset(tensor, {h, token})
                  : reference::getOffset(tensor, {b, h, token});
}

} // namespace attn::reference
