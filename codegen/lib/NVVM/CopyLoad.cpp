//===- CopyLoad.cpp - Filling a stage by ordinary loads -------------------===//
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
  Copy(Cta &cta, sched::BufferOp buffer, Value stage, Value firstRow)
      : cta(cta), kb(cta.kb), buffer(buffer), stage(stage), firstRow(firstRow) {
    bool isQuery = buffer.getTensor() == "q";
    tensor = isQuery                     ? cta.op.getQ()
             : buffer.getTensor() == "k" ? Value(cta.route.getK())
                                         : Value(cta.route.getV());
    rows = isQuery ? cta.queries : cta.keys;
    columns = Cta::sizeOf(tensor, 3);
    Value head = isQuery ? cta.head : cta.keyHead;
    Value offset =
        kb.add(kb.mul(kb.sext(cta.batch), cta.args.stride(kb, tensor, 0)),
               kb.mul(kb.sext(head), cta.args.stride(kb, tensor, 1)));
    base = kb.at(cta.args.pointer(kb, tensor), kb.shl(offset, 1));
    rowStride = cta.args.stride(kb, tensor, 2);
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
    Value from = kb.add(firstRow, row);
    Value isRow = kb.slt(from, rows);
    Value first = kb.shl(chunk, 3);
    Value source = kb.at(base, kb.shl(kb.mul(kb.sext(from), rowStride), 1));
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
  Value stage, firstRow, tensor, rows, base, rowStride;
  int64_t columns;
};

} // namespace

void attn::nvptx::emitCopyLoad(Cta &cta, sched::BufferOp buffer, Position at,
                               Value firstRow) {
  KernelBuilder &kb = cta.kb;
  Copy(cta, buffer, getStage(cta, buffer, at), firstRow).run();
  NVVM::FenceProxyOp::create(
      kb.b, kb.loc, NVVM::ProxyKind::async_shared,
      NVVM::SharedSpaceAttr::get(kb.b.getContext(),
                                 NVVM::SharedSpace::shared_cta));
  NVVM::MBarrierArriveOp::create(kb.b, kb.loc, Type(),
                                 getFullBarrier(cta, buffer, at), Value());
}
