//===- SummarizeKernel.cpp - Extremes of the tiles of a table -------------===//
//
// One thread per tile of the table, CTAs of 128 threads; batch in grid y.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;
using manifest::Expr;

namespace {
constexpr int64_t kThreads = 128;

Value getElement(KernelBuilder &kb, KernelArguments &args, Value tensor,
                 Value batch, Value index) {
  Value offset = kb.add(kb.mul(batch, args.stride(kb, tensor, 0)), index);
  return kb.at(args.pointer(kb, tensor), kb.shl(offset, 2));
}
} // namespace

NvvmKernel attn::nvptx::emitSummarizeKernel(tile::SummarizeOp op,
                                            KernelBuilder &kb,
                                            KernelArguments &args) {
  OpBuilder &b = kb.b;
  Location loc = kb.loc;
  int64_t tile = op.getTile();
  Value x = NVVM::BlockIdXOp::create(b, loc, kb.i32());
  Value thread = NVVM::ThreadIdXOp::create(b, loc, kb.i32());
  Value run = kb.sext(kb.add(kb.mul(x, kThreads), thread));
  Value batch = kb.sext(NVVM::BlockIdYOp::create(b, loc, kb.i32()));
  Value size = args.size(kb, op.getTable(), 1);
  Value first = kb.mul(run, tile);
  kb.when(kb.slt(first, size), [&] {
    Value end = kb.smin(kb.add(first, tile), size);
    Block *done = kb.block();
    Block *body = kb.block();
    Block *header = kb.block({kb.i64(), kb.i32(), kb.i32()});
    Value start =
        kb.load(kb.i32(), getElement(kb, args, op.getTable(), batch, first), 4);
    kb.br(header, {first, start, start});
    kb.enter(header);
    Value at = header->getArgument(0);
    kb.condBr(kb.slt(at, end), body, {}, done, {});
    kb.enter(body);
    Value value =
        kb.load(kb.i32(), getElement(kb, args, op.getTable(), batch, at), 4);
    Value least = kb.smin(header->getArgument(1), value);
    Value greatest = kb.smax(header->getArgument(2), value);
    kb.store(least, getElement(kb, args, op.getMin(), batch, at), 4);
    kb.store(greatest, getElement(kb, args, op.getMax(), batch, at), 4);
    kb.br(header, {kb.add(at, 1), least, greatest});
    kb.enter(done);
  });
  LLVM::ReturnOp::create(b, loc, ValueRange());

  NvvmKernel kernel;
  const NvvmTensors &tensors = args.getTensors();
  kernel.grid = {
      ceilDiv(tensors.size(op.getTable(), 1), Expr::constant(tile * kThreads)),
      tensors.size(op.getTable(), 0), Expr::constant(1)};
  kernel.block = {kThreads, 1, 1};
  return kernel;
}
