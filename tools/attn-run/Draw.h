//===- Draw.h - What --random puts into an argument -------------*- C++ -*-===//
//
// Floating point: N(0,1), rounded once to the type. Integers by the word in
// attn.random, from the 32-bit words w of the same generator:
//   "segments"     ids along the last axis: 0 at its start, one more wherever
//                  (w * n) >> 32 is 0, n = max(1, size / 8)
//   "indices<X>"   (w * X) >> 32, uniform in [0, X)
// The generator is attn-c/AttnRandom.h, the NumPy twin test/Runtime/philox.py.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNRUN_DRAW_H
#define ATTN_TOOLS_ATTNRUN_DRAW_H

#include "HostTensor.h"

#include <map>

namespace attn::run {

/// Throws RunError if the argument must be given.
void checkDrawable(const AttnTensorInfo &info, const std::string &described);

void draw(HostTensor &tensor, const AttnTensorInfo &info,
          const std::map<std::string, int64_t> &letters, uint64_t seed);

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_DRAW_H
