//===- HeadGroup.cpp - Query heads that share a key head ------------------===//

#include "attn/dialect/Attn/AttendRules.h"

using namespace mlir;

namespace attn {

/// Largest n that divides the length of `heads` so that every aligned run of n
/// entries is one head.
static int64_t getRunLength(ArrayRef<int64_t> heads) {
  int64_t size = heads.size();
  auto isRun = [&](int64_t n) {
    for (int64_t h = 0; h < size; ++h)
      if (heads[h] != heads[h / n * n])
        return false;
    return size % n == 0;
  };
  int64_t run = std::max<int64_t>(size, 1);
  while (!isRun(run))
    --run;
  return run;
}

int64_t getHeadGroup(FoldOpInterface fold, Value stream) {
  StreamOperands keys = *getStreamOperands(stream);
  if (keys.heads)
    return getRunLength(*keys.heads);
  int64_t queryHeads =
      cast<RankedTensorType>(fold.getQ().getType())
          .getDimSize(TokenAxes(isPacked(fold.getLengths())).head());
  // Both dynamic means equal (attend-C3).
  if (ShapedType::isDynamic(queryHeads))
    return 1;
  return queryHeads /
         keys.k.getType().getDimSize(TokenAxes(isPacked(keys.lengths)).head());
}

} // namespace attn
