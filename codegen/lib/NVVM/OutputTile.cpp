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
  used = getUsed();
  locate();
}

/// Rows behind a length belong to somebody else, those behind the tensor TMA
/// leaves out. Every box begins inside.
Value OutputTile::getUsed() {
  Value isAligned = cta.args.isAligned(kb, cta.op.getOut());
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
int64_t OutputTile::boxRows() { return std::gcd(kRows, cta.queriesPerTile()); }

void OutputTile::storeBoxes() {
  int64_t rows = boxRows();
  Value map = cta.args.tensorMap(kb, cta.op.getOut(), rows, /*heads=*/1,
                                 /*ifAligned=*/true);
  for (int64_t row = 0; row < kRows; row += rows) {
    Value inTile = kb.add(firstRow, row);
    auto [ofHead, head] = cta.splitRow(inTile);
    storeBox(map, inTile, kb.add(cta.firstQuery, ofHead),
             kb.add(cta.head, head));
  }
}

void OutputTile::storeBox(Value map, Value row, Value query, Value head) {
  Value from = kb.at(kb.at(cta.shared, buffer.getAt()), kb.mul(row, kRowBytes));
  SmallVector<int32_t> mayLeave;
  if (cta.valueSize() % 64)
    mayLeave.push_back(0);
  if (!cta.mayBeEmpty())
    mayLeave.push_back(1);
  for (int64_t column = 0; column < cta.valueSize(); column += 64) {
    SmallVector<Value> box{kb.c32(column), query, head, cta.batch};
    if (cta.queries.first) {
      box[1] = kb.add(cta.queries.first, query);
      box.pop_back();
    }
    auto store = NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp::create(
        kb.b, kb.loc, map,
        kb.at(from, column / 64 * buffer.getRows() * kRowBytes), box, Value(),
        NVVM::TMAStoreMode::TILE, Value());
    store->setAttr(attn::nvvm::kMayLeaveAttr,
                   kb.b.getDenseI32ArrayAttr(mayLeave));
  }
}
