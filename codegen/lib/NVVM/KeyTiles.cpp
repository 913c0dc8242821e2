//===- KeyTiles.cpp - The key tiles a query tile sees ---------------------===//

#include "KeyTiles.h"

#include "attn/codegen/Kernel/Bounds.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

KeyTiles::KeyTiles(Cta &cta) : cta(cta), kb(cta.kb), target(cta) {
  Value lastQuery =
      kb.add(kb.smin(kb.add(cta.firstQuery, cta.queryTile()), cta.queries), -1);
  coordinates[0] = kb.sext(cta.firstQuery);
  coordinates[1] = kb.sext(lastQuery);
  coordinates[2] = kb.sext(cta.queries);
  coordinates[3] = kb.sext(cta.keys);
  Value zero = kb.c64(0), tile = kb.c64(cta.keyTile());
  auto clamp = [&](Value x) {
    return kb.smax(kb.smin(x, coordinates[3]), zero);
  };
  auto tilesBelow = [&](Value x) {
    return kb.trunc(LLVM::UDivOp::create(kb.b, kb.loc, clamp(x), tile));
  };
  auto tilesUpTo = [&](Value x) {
    Value rounded = kb.add(clamp(x), cta.keyTile() - 1);
    return kb.trunc(LLVM::UDivOp::create(kb.b, kb.loc, rounded, tile));
  };
  begin = tilesBelow(evaluate(cta.route.getLower(), false));
  end = tilesUpTo(evaluate(cta.route.getUpper(), true));
  fullBegin = tilesUpTo(evaluate(cta.route.getFullLower(), false));
  fullEnd = tilesBelow(evaluate(cta.route.getFullUpper(), true));
  if (cta.route.getClassify().empty())
    return;
  classify = std::make_unique<RegionEmitter>(target, cta.route.getClassify(),
                                             RegionKind::Classify,
                                             cta.route.getCaptures());
  classify->emitRow(0, {cta.firstQuery, lastQuery});
}

TilePoint KeyTiles::find(Value tile) {
  if (!classify)
    return {tile, Value()};
  Block *found = kb.block({kb.i32(), kb.i1()});
  Block *test = kb.block();
  Block *header = kb.block(kb.i32());
  kb.br(header, tile);
  kb.enter(header);
  Value at = header->getArgument(0);
  kb.condBr(kb.slt(at, end), test, {}, found, {at, kb.c1(false)});
  kb.enter(test);
  target.pinAddresses(*classify);
  Value firstKey = kb.mul(at, cta.keyTile());
  Value lastKey =
      kb.add(kb.smin(kb.add(firstKey, cta.keyTile()), cta.keys), -1);
  auto [some, all] = classify->emitTile(firstKey, lastKey);
  kb.condBr(some, found, {at, all}, header, kb.add(at, 1));
  kb.enter(found);
  return {found->getArgument(0), found->getArgument(1)};
}

Value KeyTiles::isPartial(TilePoint point) {
  Value outside =
      kb.bitOr(kb.slt(point.tile, fullBegin), kb.sge(point.tile, fullEnd));
  if (!point.isFull)
    return outside;
  return kb.bitOr(outside, kb.bitXor(point.isFull, kb.c1(true)));
}

/// Several results of a map mean their minimum (upper) or maximum (lower).
Value KeyTiles::evaluate(AffineMap map, bool isUpper) {
  Value result;
  for (AffineExpr expr : map.getResults()) {
    Value value =
        emitAffine(kb.b, kb.loc, expr, {coordinates[0], coordinates[1]},
                   {coordinates[2], coordinates[3]});
    if (result)
      value = isUpper ? kb.smin(result, value) : kb.smax(result, value);
    result = value;
  }
  return result;
}
