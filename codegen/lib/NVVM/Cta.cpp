//===- Cta.cpp - What every part of a forward kernel knows ----------------===//

#include "Cta.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

int64_t Cta::sizeOf(Value tensor, unsigned axis) {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(axis);
}

Type Cta::element() {
  return cast<RankedTensorType>(route.getK().getType()).getElementType();
}

// Query tiles run from the last to the first: under a causal mask the long ones
// start first.
Cta::Cta(KernelBuilder &kb, KernelArguments &args, sched::ForwardOp op)
    : kb(kb), args(args), op(op),
      route(op.getStreams().front().getDefiningOp<RouteOp>()) {
  OpBuilder &b = kb.b;
  Location loc = kb.loc;
  shared = LLVM::AddressOfOp::create(b, loc, kb.pointer(kShared), "dynsm");
  thread = NVVM::ThreadIdXOp::create(b, loc, kb.i32());
  warp = kb.broadcast(kb.lshr(thread, 5));
  warpgroup = kb.broadcast(kb.lshr(thread, 7));
  Value x = NVVM::BlockIdXOp::create(b, loc, kb.i32());
  Value tiles = NVVM::GridDimXOp::create(b, loc, kb.i32());
  firstQuery = kb.mul(kb.sub(kb.add(tiles, -1), x), op.getQueryTile());
  head = NVVM::BlockIdYOp::create(b, loc, kb.i32());
  batch = NVVM::BlockIdZOp::create(b, loc, kb.i32());
  queries = kb.trunc(args.size(kb, op.getQ(), 2));
  keys = kb.trunc(args.size(kb, route.getK(), 2));
  int64_t queryHeads = sizeOf(op.getQ(), 1), keyHeads = sizeOf(route.getK(), 1);
  keyHead = head;
  if (!ShapedType::isDynamic(queryHeads) && queryHeads != keyHeads)
    keyHead = LLVM::UDivOp::create(b, loc, head, kb.c32(queryHeads / keyHeads));
}
