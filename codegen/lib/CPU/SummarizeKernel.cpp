//===- SummarizeKernel.cpp - The kernel of attn_tile.summarize ------------===//
//
// A row of ids is short next to the attention over it: one task per row, scalar
// code, O(L).
//
//===----------------------------------------------------------------------===//

#include "SummarizeKernel.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

Value attn::cpu::emitSummarizeCount(CallArguments &call, tile::SummarizeOp op) {
  return call.size(op.getTable(), 0);
}

void attn::cpu::emitSummarizeTask(CallArguments &call, tile::SummarizeOp op,
                                  Value index) {
  KernelBuilder &kb = call.kb;
  Type i32 = kb.b.getI32Type();
  auto rowOf = [&](Value tensor) {
    Value offset = kb.mul(index, call.stride(tensor, 0));
    return kb.at(call.pointer(tensor), i32, offset);
  };
  Value table = rowOf(op.getTable());
  Value least = rowOf(op.getMin()), greatest = rowOf(op.getMax());
  Value length = call.size(op.getTable(), 1);
  int64_t tile = op.getTile();
  kb.loop(kb.i64(0), length, tile, [&](Value first) {
    Value end = kb.min(kb.add(first, tile), length);
    Value start = kb.load(i32, kb.at(table, i32, first));
    kb.loop(first, end, 1, {start, start}, [&](Value i, ValueRange found) {
      Value id = kb.load(i32, kb.at(table, i32, i));
      SmallVector<Value> extremes{kb.min(found[0], id), kb.max(found[1], id)};
      kb.store(extremes[0], kb.at(least, i32, i));
      kb.store(extremes[1], kb.at(greatest, i32, i));
      return extremes;
    });
  });
}
