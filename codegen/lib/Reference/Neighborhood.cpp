//===- Neighborhood.cpp - One axis of a neighbourhood ---------------------===//

#include "Neighborhood.h"

#include <algorithm>

namespace attn::reference {

std::vector<uint8_t> getVisible(const GridAxis &axis, int64_t coordinate) {
  std::vector<uint8_t> visible(axis.keys);
  int64_t c = (2 * coordinate + 1) * axis.keys / (2 * axis.queries);
  int64_t d = axis.dilation, s = axis.stride, w = axis.window;
  int64_t residue = c % d, x = c / d;
  int64_t members = (axis.keys - residue + d - 1) / d;
  int64_t leader = x / s * s + (axis.isCausal ? s - 1 : s / 2);
  int64_t begin = axis.isCausal ? leader - w + 1 : leader - w / 2;
  if (axis.isShifted)
    begin = std::max<int64_t>(std::min(begin, members - w), 0);
  for (int64_t y = std::max<int64_t>(begin, 0);
       y < std::min(begin + w, members); ++y)
    visible[residue + y * d] = !axis.isCausal || y <= x;
  return visible;
}

} // namespace attn::reference
