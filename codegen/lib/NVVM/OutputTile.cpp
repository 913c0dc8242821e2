//===- OutputTile.cpp - Rows of O on their way through shared memory ------===//

#include "OutputTile.h"
#include "Rings.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include <numeric>

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {
constexpr int64_t kRows = 64;      // Of a warpgroup.
constexpr int64_t kRowBytes = 128; // In a block of 64 columns.
} // namespace

// All is made from the thread, pinned, so that nothing holds a register in the
// loop over keys.
OutputTile::OutputTile(Cta &cta, sched::BufferOp buffer, int64_t firstWarpgroup)
    : cta(cta), kb(cta.kb), buffer(buffer) {
  if (!buffer)
    return;
  thread = attn::nvvm::PinOp::create(kb.b, kb.loc, cta.thread);
  consumer = kb.add(kb.lshr(thread, 7), -firstWarpgroup);
  firstRow = kb.mul(consumer, kRows);
  grid = findGridBoxes(cta.op.getOut(), std::gcd(kRows, cta.queriesPerTile()),
                       getStoreBoxes(cta.op));
  used = getUsed();
  locate();
}

/// Rows behind a length belong to somebody else, those behind the tensor TMA
/// leaves out. Every box begins inside, but those of a grid: padding lies
/// outside of it, whole boxes even.
Value OutputTile::getUsed() {
  Value isAligned = cta.args.isAligned(kb, cta.op.getOut());
  if (grid && !cta.mayBeEmpty())
    return isAligned;
  Value first = cta.firstQuery;
  int64_t queries = cta.queriesPerTile();
  if (cta.headTile() == 1) {
    first = kb.add(first, firstRow);
    queries = kRows;
  }
  Value isInside =
      cta.mayBeEmpty()
          ? kb.sge(cta.queriesEnd, kb.add(first, queries))
          : kb.slt(kb.add(first, queries - boxRows()), cta.queriesEnd);
  return kb.bitAnd(isInside, isAligned);
}

void OutputTile::meet() {
  kb.meet(kb.add(consumer, kFirstStoreBarrier), 2 * kRows);
}

void OutputTile::begin() { meet(); }

// 128-byte swizzle: 16-byte chunk c of row r lies at chunk c ^ (r mod 8). The
// eight rows that a warp writes at once lie in different banks.
void OutputTile::locate() {
  Value lane = kb.bitAnd(thread, 31);
  Value inEight = kb.lshr(lane, 2);
  Value row = kb.add(kb.lshr(kb.bitAnd(thread, 96), 1), inEight);
  row = kb.add(row, kb.mul(consumer, kRows));
  Value offset = kb.add(kb.mul(row, kRowBytes), kb.shl(kb.bitAnd(lane, 3), 2));
  Value base = kb.at(kb.at(cta.shared, buffer.getAt()), offset);
  for (int64_t chunk = 0; chunk < 8; ++chunk)
    to.push_back(kb.at(base, kb.shl(kb.bitXor(inEight, kb.c32(chunk)), 4)));
}

void OutputTile::put(unsigned r, ArrayRef<Value> pairs) {
  int64_t block = buffer.getRows() * kRowBytes;
  for (auto [j, pair] : llvm::enumerate(pairs))
    kb.store(pair, kb.at(to[j % 8], j / 8 * block + r * 8 * kRowBytes), 4);
}

void OutputTile::finish() {
  kb.proxyFence();
  meet();
  kb.when(kb.eq(kb.bitAnd(thread, 127), kb.c32(0)), [&] {
    storeBoxes();
    NVVM::CpAsyncBulkCommitGroupOp::create(kb.b, kb.loc);
    NVVM::CpAsyncBulkWaitGroupOp::create(kb.b, kb.loc, 0, kb.b.getUnitAttr());
  });
}

/// A box has rows of one head.
int64_t OutputTile::boxRows() {
  return grid ? grid->box.slots : std::gcd(kRows, cta.queriesPerTile());
}

void OutputTile::storeBoxes() {
  int64_t rows = boxRows();
  RowBoxes boxes(cta, cta.op.getOut(), cta.queries, grid, rows, /*heads=*/1,
                 /*ifAligned=*/true);
  for (int64_t row = 0; row < kRows; row += rows) {
    Value inTile = kb.add(firstRow, row);
    auto [ofHead, head] = cta.splitRow(inTile);
    storeBox(
        boxes, inTile,
        boxes.locate(kb.add(cta.firstQuery, ofHead), kb.add(cta.head, head)));
  }
}

void OutputTile::storeBox(RowBoxes &boxes, Value row,
                          SmallVector<Value> coordinates) {
  Value from = kb.at(kb.at(cta.shared, buffer.getAt()), kb.mul(row, kRowBytes));
  for (int64_t column = 0; column < cta.valueSize(); column += 64) {
    coordinates[0] = kb.c32(column);
    boxes.declare(NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp::create(
                      kb.b, kb.loc, boxes.getMap(),
                      kb.at(from, column / 64 * buffer.getRows() * kRowBytes),
                      coordinates, Value(), NVVM::TMAStoreMode::TILE, Value()),
                  /*mayEnd=*/!cta.mayBeEmpty());
  }
}
