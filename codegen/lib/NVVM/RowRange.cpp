//===- RowRange.cpp - Masks that are a range of every row -----------------===//
//
// For one row, first and last of the run are the same query. If the limits of
// the keys that some row sees are then the same expressions as the limits of
// the keys that all rows see, what lies between them is what the row sees.
//
//===----------------------------------------------------------------------===//

#include "RowRange.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

/// Equality of values of a bounds region for a run of one row.
class SingleRow {
public:
  explicit SingleRow(Block &bounds)
      : first(bounds.getArgument(getFirstIndex(attn::RegionKind::Bounds) + 2)),
        last(bounds.getArgument(getFirstIndex(attn::RegionKind::Bounds) + 3)) {}

  bool isSame(Value a, Value b) {
    if (a == b || (isQuery(a) && isQuery(b)))
      return true;
    auto [it, isNew] = known.try_emplace({a, b}, false);
    if (!isNew)
      return it->second;
    Operation *x = a.getDefiningOp(), *y = b.getDefiningOp();
    bool same = x && y && x->getName() == y->getName() &&
                x->getAttrDictionary() == y->getAttrDictionary() &&
                x->getNumOperands() == y->getNumOperands() &&
                x->getNumRegions() == 0 &&
                cast<OpResult>(a).getResultNumber() ==
                    cast<OpResult>(b).getResultNumber();
    for (unsigned i = 0; same && i < x->getNumOperands(); ++i)
      same = isSame(x->getOperand(i), y->getOperand(i));
    return known[{a, b}] = same;
  }

private:
  bool isQuery(Value value) { return value == first || value == last; }

  Value first, last;
  DenseMap<std::pair<Value, Value>, bool> known;
};

/// lower < upper ? upper : 0 describes the keys that `upper` does.
Value getUpper(Value lower, Value upper) {
  auto select = upper.getDefiningOp<arith::SelectOp>();
  auto holds = select ? select.getCondition().getDefiningOp<arith::CmpIOp>()
                      : arith::CmpIOp();
  bool dropsEmpty =
      holds && holds.getPredicate() == arith::CmpIPredicate::slt &&
      holds.getLhs() == lower && holds.getRhs() == select.getTrueValue() &&
      matchPattern(select.getFalseValue(), m_Zero());
  return dropsEmpty ? select.getTrueValue() : upper;
}

/// How many elements of a row lie before `limit`, counted from the thread's
/// first column.
Value countElements(KernelBuilder &kb, Value limit) {
  Value blocks = LLVM::AShrOp::create(kb.b, kb.loc, limit, kb.c32(3));
  Value rest = kb.smin(kb.bitAnd(limit, 7), kb.c32(2));
  return kb.add(kb.shl(blocks, 1), rest);
}

/// (1 << n) - 1 for n clamped to 0 .. 32: all bits for 32, where a shift of 32
/// bits would be poison.
Value getLowBits(KernelBuilder &kb, Value n) {
  Value clamped = kb.smin(kb.smax(n, kb.c32(0)), kb.c32(32));
  Value power = LLVM::ShlOp::create(kb.b, kb.loc, kb.c64(1), kb.sext(clamped));
  return kb.add(kb.trunc(power), -1);
}

} // namespace

bool attn::nvptx::isRangeOfEveryRow(RouteOp route) {
  if (route.getVisible().empty())
    return true;
  if (route.getBounds().empty() || !route.getClassify().empty())
    return false;
  Block &bounds = route.getBounds().front();
  OperandRange yielded = bounds.getTerminator()->getOperands();
  SingleRow row(bounds);
  return row.isSame(yielded[0], yielded[2]) &&
         row.isSame(getUpper(yielded[0], yielded[1]), yielded[3]);
}

// Tiles are a multiple of 8 keys, so that what is left of a limit inside of a
// block of 8 is the same for all of them, and counted here once.
RowRange attn::nvptx::emitRowRange(Cta &cta, const KeyStream &stream,
                                   NvvmRegionTarget &target, Value query,
                                   Value column) {
  KernelBuilder &kb = cta.kb;
  RouteOp route = stream.route;
  auto count = [&](Value limit) {
    return countElements(kb, kb.sub(limit, column));
  };
  if (route.getVisible().empty())
    return {Value(), count(stream.keys.count)};
  RegionEmitter emitter(target, route.getBounds(), attn::RegionKind::Bounds,
                        route.getCaptures());
  emitter.emitRow(0, {query, query});
  SmallVector<Value> bounds = emitter.emitBounds();
  Value keys = kb.sext(stream.keys.count);
  auto clamp = [&](Value x) {
    return kb.trunc(kb.smax(kb.smin(x, keys), kb.c64(0)));
  };
  Value lower = route.getBounds().front().getTerminator()->getOperand(2);
  return {matchPattern(lower, m_Zero()) ? Value() : count(clamp(bounds[2])),
          count(clamp(bounds[3]))};
}

SmallVector<Value> attn::nvptx::emitMaskWords(Cta &cta, const RowRange &range,
                                              Value tile) {
  KernelBuilder &kb = cta.kb;
  int64_t count = cta.keyTile() / 4;
  Value before = kb.mul(tile, count);
  SmallVector<Value> words;
  for (int64_t first = 0; first < count; first += 32) {
    auto bitsBelow = [&](Value end) {
      return getLowBits(kb, kb.add(kb.sub(end, before), -first));
    };
    Value word = bitsBelow(range.end);
    if (range.first)
      word = kb.bitAnd(word, kb.bitXor(bitsBelow(range.first), kb.c32(-1)));
    words.push_back(word);
  }
  return words;
}
