//===- Dependence.cpp - What a value of a region depends on ---------------===//

#include "attn/passes/Dependence.h"

using namespace mlir;

namespace attn {

DependenceAnalysis::DependenceAnalysis(Region &region, RegionKind kind) {
  if (region.empty())
    return;
  Block &block = region.front();
  unsigned first = getFirstIndex(kind); // batch; head follows
  if (kind == RegionKind::Score)
    map[block.getArgument(0)] = {true, true};
  bool isRun = kind == RegionKind::Classify || kind == RegionKind::Bounds;
  for (unsigned i = first + 2; i < getNumCoordinates(kind); ++i) {
    bool isQuery = isRun ? i < first + 4 : i == first + 2;
    map[block.getArgument(i)] = {isQuery, !isQuery};
  }
  for (Operation &op : block) {
    Dependence sum;
    for (Value operand : op.getOperands())
      sum = sum | map.lookup(operand);
    for (Value result : op.getResults())
      map[result] = sum;
  }
}

} // namespace attn
