//===- KeyTiles.cpp - The key tiles a query tile sees ---------------------===//

#include "KeyTiles.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

KeyTiles::KeyTiles(Cta &cta) : cta(cta), kb(cta.kb) {
  lastQuery = kb.add(
      kb.smin(kb.add(cta.firstQuery, cta.queriesPerTile()), cta.queriesEnd),
      -1);
  for (const KeyStream &stream : cta.streams)
    append(makeRange(stream));
}

/// Tile numbers as positions: those of a stream that stands alone.
KeyTiles::Range KeyTiles::makeRange(const KeyStream &stream) {
  Value zero = kb.c64(0), tile = kb.c64(cta.keyTile());
  Value keys = kb.sext(stream.keys.count);
  auto clamp = [&](Value x) { return kb.smax(kb.smin(x, keys), zero); };
  auto tilesBelow = [&](Value x) {
    return kb.trunc(LLVM::UDivOp::create(kb.b, kb.loc, clamp(x), tile));
  };
  auto tilesUpTo = [&](Value x) {
    Value rounded = kb.add(clamp(x), cta.keyTile() - 1);
    return kb.trunc(LLVM::UDivOp::create(kb.b, kb.loc, rounded, tile));
  };
  RouteOp route = stream.route;
  Range range;
  range.target = std::make_unique<NvvmRegionTarget>(cta, stream);
  SmallVector<Value> bounds{zero, keys, zero, keys};
  if (!route.getBounds().empty()) {
    RegionEmitter emitter(*range.target, route.getBounds(), RegionKind::Bounds,
                          route.getCaptures());
    emitter.emitRow(0, {cta.firstQuery, lastQuery});
    bounds = emitter.emitBounds();
  }
  range.start = tilesBelow(bounds[0]);
  range.end = tilesUpTo(bounds[1]);
  range.fullBegin = tilesUpTo(bounds[2]);
  range.fullEnd = tilesBelow(bounds[3]);
  if (route.getClassify().empty())
    return range;
  range.classify = std::make_unique<RegionEmitter>(
      *range.target, route.getClassify(), RegionKind::Classify,
      route.getCaptures());
  range.classify->emitRow(0, {cta.firstQuery, lastQuery});
  return range;
}

/// Moves `range` behind those before. Where several stand, empty ones must not
/// end before they start.
void KeyTiles::append(Range range) {
  if (cta.streams.size() > 1)
    range.end = kb.smax(range.start, range.end);
  if (!ranges.empty()) {
    range.shift = kb.sub(range.start, ranges.back().end);
    for (Value *at :
         {&range.start, &range.end, &range.fullBegin, &range.fullEnd})
      *at = kb.sub(*at, range.shift);
  }
  ranges.push_back(std::move(range));
}

bool KeyTiles::hasClassify() const {
  return llvm::any_of(
      ranges, [](const Range &range) { return range.classify != nullptr; });
}

TilePoint KeyTiles::find(Value tile) {
  if (!hasClassify())
    return {tile, Value()};
  Block *found = kb.block({kb.i32(), kb.i1()});
  Block *test = kb.block();
  Block *header = kb.block(kb.i32());
  kb.br(header, tile);
  kb.enter(header);
  Value at = header->getArgument(0);
  kb.condBr(kb.slt(at, ranges.back().end), test, {}, found, {at, kb.c1(false)});
  kb.enter(test);
  // Some pair is visible, all are; without `classify` as far as ranges say.
  SmallVector<Value> known(2, kb.c1(true));
  forStream(at, known, [&](unsigned s, Value number) {
    if (!ranges[s].classify)
      return;
    RegionEmitter &classify = *ranges[s].classify;
    ranges[s].target->pinAddresses(classify);
    Value firstKey = kb.mul(number, cta.keyTile());
    Value lastKey = kb.add(
        kb.smin(kb.add(firstKey, cta.keyTile()), cta.streams[s].keys.count),
        -1);
    std::tie(known[0], known[1]) = classify.emitTile(firstKey, lastKey);
  });
  kb.condBr(known[0], found, {at, known[1]}, header, kb.add(at, 1));
  kb.enter(found);
  return {found->getArgument(0), found->getArgument(1)};
}

Value KeyTiles::isPartial(TilePoint point) {
  Value begin =
      selectOf(point.at, [](const Range &range) { return range.fullBegin; });
  Value end =
      selectOf(point.at, [](const Range &range) { return range.fullEnd; });
  Value outside = kb.bitOr(kb.slt(point.at, begin), kb.sge(point.at, end));
  if (!point.isFull)
    return outside;
  return kb.bitOr(outside, kb.bitXor(point.isFull, kb.c1(true)));
}

Value KeyTiles::selectOf(Value at,
                         llvm::function_ref<Value(const Range &)> value) {
  Value selected = value(ranges.back());
  for (const Range &range : llvm::reverse(ArrayRef(ranges).drop_back()))
    selected = kb.select(kb.slt(at, range.end), value(range), selected);
  return selected;
}

Value KeyTiles::isOf(Value at, unsigned stream) {
  Value isBelow = kb.slt(at, ranges[stream].end);
  if (stream == 0)
    return isBelow;
  return kb.bitAnd(isBelow, kb.sge(at, ranges[stream].start));
}

void KeyTiles::forStream(Value at, SmallVectorImpl<Value> &values,
                         llvm::function_ref<void(unsigned, Value)> body) {
  auto run = [&](unsigned s) {
    Value shift = ranges[s].shift;
    body(s, shift ? kb.add(at, shift) : at);
  };
  if (ranges.size() == 1)
    return run(0);
  SmallVector<Value> before(values.begin(), values.end());
  Block *behind = kb.block(TypeRange(ValueRange(before)));
  for (unsigned s = 0; s < ranges.size(); ++s) {
    if (s + 1 < ranges.size()) {
      Block *others = kb.block();
      Block *own = kb.block();
      kb.condBr(kb.slt(at, ranges[s].end), own, {}, others, {});
      kb.enter(own);
      values = before;
      run(s);
      kb.br(behind, values);
      kb.enter(others);
      continue;
    }
    values = before;
    run(s);
    kb.br(behind, values);
  }
  kb.enter(behind);
  values.assign(behind->args_begin(), behind->args_end());
}
