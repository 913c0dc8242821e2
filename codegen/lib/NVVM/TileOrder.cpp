//===- TileOrder.cpp - Which CTA computes which query tiles ---------------===//

#include "TileOrder.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;
using manifest::Expr;

namespace {
/// What K and V of a section may take: of 50 MB on H100 and H200.
constexpr int64_t kCacheBytes = 32 << 20;

RankedTensorType getType(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

Value divide(KernelBuilder &kb, Value x, Value y) {
  return LLVM::UDivOp::create(kb.b, kb.loc, x, y);
}
} // namespace

TileOrder::TileOrder(Cta &cta) : cta(cta), kb(cta.kb) {}

Expr TileOrder::countTiles() {
  const NvvmTensors &tensors = cta.args.getTensors();
  if (isPacked(cta.op.getLengths()))
    return countPackedTiles(tensors, cta.op.getQ(), cta.op.getLengths(),
                            cta.queriesPerTile());
  return ceilDiv(tensors.size(cta.op.getQ(), 2),
                 Expr::constant(cta.queriesPerTile()));
}

/// Tiles next to each other: blocks of heads that share one.
Expr TileOrder::countBatchHeads() {
  TokenAxes axes(isPacked(cta.op.getLengths()));
  return floorDiv(cta.args.getTensors().size(cta.op.getQ(), axes.head()),
                  Expr::constant(cta.headTile()));
}

Expr TileOrder::countBatches() {
  return isPacked(cta.op.getLengths())
             ? Expr::constant(1)
             : cta.args.getTensors().size(cta.op.getQ(), 0);
}

Expr TileOrder::countHeads() { return countBatches() * countBatchHeads(); }

/// Blocks of query heads whose keys and values, one key head per group, fit.
Expr TileOrder::getSection() {
  const NvvmTensors &tensors = cta.args.getTensors();
  Expr bytes = Expr::constant(0), group = Expr::constant(1);
  for (Value stream : cta.op.getStreams()) {
    auto route = stream.getDefiningOp<RouteOp>();
    TokenAxes axes(isPacked(route.getLengths()));
    bytes = bytes +
            tensors.size(route.getK(), axes.length()) *
                Expr::constant(2 * (getType(route.getK()).getShape().back() +
                                    getType(route.getV()).getShape().back()));
    TokenAxes own(isPacked(cta.op.getLengths()));
    group =
        maximum(group, floorDiv(tensors.size(cta.op.getQ(), own.head()),
                                maximum(tensors.size(route.getK(), axes.head()),
                                        Expr::constant(1))));
  }
  Expr groups = maximum(
      floorDiv(Expr::constant(kCacheBytes), maximum(bytes, Expr::constant(1))),
      Expr::constant(1));
  Expr blocks = maximum(floorDiv(group, Expr::constant(cta.headTile())),
                        Expr::constant(1));
  return minimum(groups * blocks, maximum(countHeads(), Expr::constant(1)));
}

std::array<Expr, 3> TileOrder::getGrid() {
  if (!cta.op.isPersistent())
    return {countTiles(), countBatchHeads(), countBatches()};
  return {minimum(Expr::limit("SM"), countTiles() * countHeads()),
          Expr::constant(1), Expr::constant(1)};
}

QueryTile TileOrder::getOwn() {
  Value tiles = NVVM::GridDimXOp::create(kb.b, kb.loc, kb.i32());
  Value x = NVVM::BlockIdXOp::create(kb.b, kb.loc, kb.i32());
  QueryTile tile{kb.sub(kb.add(tiles, -1), x),
                 NVVM::BlockIdYOp::create(kb.b, kb.loc, kb.i32()), Value()};
  if (!isPacked(cta.op.getLengths()))
    tile.batch = NVVM::BlockIdZOp::create(kb.b, kb.loc, kb.i32());
  if (cta.headTile() > 1)
    tile.head = kb.mul(tile.head, cta.headTile());
  return tile;
}

std::pair<Value, Value> TileOrder::getNumber(Value round) {
  Value cta = NVVM::BlockIdXOp::create(kb.b, kb.loc, kb.i32());
  Value ctas = NVVM::GridDimXOp::create(kb.b, kb.loc, kb.i32());
  Value isOdd = kb.eq(kb.bitAnd(round, 1), kb.c32(1));
  Value mirrored = kb.sub(kb.add(ctas, -1), cta);
  Value number = kb.add(kb.mul(round, ctas), kb.select(isOdd, mirrored, cta));
  Value count = this->cta.args.scalar(kb, "tiles", countTiles() * countHeads());
  // Unsigned: less than a round of CTAs beyond the largest i32 at most.
  return {number, LLVM::ICmpOp::create(kb.b, kb.loc, LLVM::ICmpPredicate::ult,
                                       number, count)};
}

QueryTile TileOrder::getTile(Value number) {
  Value tiles = cta.args.scalar(kb, "tiles of a head", countTiles());
  Value heads = cta.args.scalar(kb, "heads", countHeads());
  Value size = cta.args.scalar(kb, "section", getSection());
  Value section = divide(kb, number, kb.mul(size, tiles));
  Value first = kb.mul(section, size);
  Value inSection = kb.sub(number, kb.mul(first, tiles));
  Value width = kb.smin(size, kb.sub(heads, first));
  Value row = divide(kb, inSection, width);
  Value head = kb.add(first, kb.sub(inSection, kb.mul(row, width)));
  QueryTile tile{kb.sub(kb.add(tiles, -1), row), head, Value()};
  if (!isPacked(cta.op.getLengths())) {
    Value ofBatch = divide(kb, kb.trunc(cta.args.size(kb, cta.op.getQ(), 1)),
                           kb.c32(cta.headTile()));
    tile.batch = divide(kb, head, ofBatch);
    tile.head = kb.sub(head, kb.mul(tile.batch, ofBatch));
  }
  if (cta.headTile() > 1)
    tile.head = kb.mul(tile.head, cta.headTile());
  return tile;
}
