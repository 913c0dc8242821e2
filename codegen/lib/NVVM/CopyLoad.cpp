//===- CopyLoad.cpp - Filling a stage by ordinary loads and stores --------===//
//
// For head sizes TMA can not load. Each thread moves chunks of 8 elements (16
// bytes): element-wise loads, one vector store into the swizzled layout. Rows
// and columns outside of the tensor become 0, as with TMA.
//
//===----------------------------------------------------------------------===//

#include "Rings.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

class Copy {
public:
  Copy(Cta &cta, sched::BufferOp buffer, Value stage, const TileSource &source)
      : cta(cta), kb(cta.kb), buffer(buffer), stage(stage),
        firstRow(source.firstRow), rows(source.tokens.count),
        rowsPerHead(buffer.getRows() / source.heads) {
    columns = cast<RankedTensorType>(source.tensor.getType()).getShape().back();
    base = source.tokens.getRows(kb, cta.args, source.tensor, source.head);
    rowStride = cta.args.stride(kb, source.tensor, source.tokens.axes.length());
    headStride = cta.args.stride(kb, source.tensor, source.tokens.axes.head());
  }

  void run() {
    int64_t chunksPerRow = buffer.getColumns() / 8;
    Value lane = kb.bitAnd(cta.thread, 127);
    kb.loop(
        lane, kb.c32(buffer.getRows() * chunksPerRow), 128, [&](Value chunk) {
          Value row =
              LLVM::UDivOp::create(kb.b, kb.loc, chunk, kb.c32(chunksPerRow));
          copyChunk(row, kb.sub(chunk, kb.mul(row, chunksPerRow)));
        });
  }

private:
  void copyChunk(Value row, Value chunk) {
    Value head = LLVM::UDivOp::create(kb.b, kb.loc, row, kb.c32(rowsPerHead));
    Value from = kb.add(firstRow, kb.sub(row, kb.mul(head, rowsPerHead)));
    Value isRow = kb.slt(from, rows);
    Value first = kb.shl(chunk, 3);
    Value offset = kb.add(kb.mul(kb.sext(from), rowStride),
                          kb.mul(kb.sext(head), headStride));
    Value source = kb.at(base, kb.shl(offset, 1));
    SmallVector<Value> halves;
    for (int64_t i = 0; i < 8; ++i) {
      Value column = kb.add(first, i);
      Value isInside = LLVM::AndOp::create(kb.b, kb.loc, isRow,
                                           kb.slt(column, kb.c32(columns)));
      halves.push_back(
          loadIf(isInside, kb.at(source, kb.shl(kb.sext(column), 1))));
    }
    auto vector = VectorType::get({4}, kb.i32());
    Value words = LLVM::UndefOp::create(kb.b, kb.loc, vector);
    for (int64_t i = 0; i < 4; ++i) {
      Value word = kb.bitOr(halves[2 * i], kb.shl(halves[2 * i + 1], 16));
      words =
          LLVM::InsertElementOp::create(kb.b, kb.loc, words, word, kb.c32(i));
    }
    kb.store(words, getTarget(row, chunk), 16);
  }

  /// The 16 bits at `pointer` as i32, or 0 without touching memory.
  Value loadIf(Value condition, Value pointer) {
    Block *behind = kb.block(kb.i32());
    Block *inside = kb.block();
    Value zero = kb.c32(0);
    kb.condBr(condition, inside, {}, behind, zero);
    kb.enter(inside);
    Value half = kb.load(kb.b.getI16Type(), pointer, 2);
    kb.br(behind, Value(LLVM::ZExtOp::create(kb.b, kb.loc, kb.i32(), half)));
    kb.enter(behind);
    return behind->getArgument(0);
  }

  /// 128-byte swizzle: chunk c of row r lies at chunk c ^ (r mod 8).
  Value getTarget(Value row, Value chunk) {
    Value block = kb.mul(kb.lshr(chunk, 3), buffer.getRows() * 128);
    Value swizzled = kb.bitXor(kb.bitAnd(chunk, 7), kb.bitAnd(row, 7));
    return kb.at(stage,
                 kb.add(block, kb.add(kb.shl(row, 7), kb.shl(swizzled, 4))));
  }

  Cta &cta;
  KernelBuilder &kb;
  sched::BufferOp buffer;
  Value stage, firstRow, rows, base, rowStride, headStride;
  int64_t rowsPerHead, columns;
};

} // namespace

void attn::nvptx::emitCopyLoad(Cta &cta, sched::BufferOp buffer, Position at,
                               const TileSource &source) {
  KernelBuilder &kb = cta.kb;
  Copy(cta, buffer, getStage(cta, buffer, at), source).run();
  kb.proxyFence();
  NVVM::MBarrierArriveOp::create(kb.b, kb.loc, Type(),
                                 getFullBarrier(cta, buffer, at), Value());
}

/// A row is 128 bytes in each block of 64 columns; the swizzle stays inside.
void attn::nvptx::emitClearRows(Cta &cta, sched::BufferOp buffer, Position at,
                                Value firstRow, Value thread, int64_t threads) {
  KernelBuilder &kb = cta.kb;
  Value stage = getStage(cta, buffer, at);
  int64_t blockBytes = buffer.getRows() * 128;
  auto type = VectorType::get({4}, kb.i32());
  Value zero = LLVM::ZeroOp::create(kb.b, kb.loc, type);
  Value first = kb.add(kb.shl(firstRow, 7), kb.shl(thread, 4));
  kb.loop(first, kb.c32(blockBytes), 16 * threads, [&](Value offset) {
    for (int64_t block = 0; block < int64_t(buffer.getColumns()) / 64; ++block)
      kb.store(zero, kb.at(kb.at(stage, block * blockBytes), offset), 16);
  });
  kb.proxyFence();
  kb.meet(kb.c32(kClearBarrier), threads);
}
