//===- Cta.cpp - What every part of a forward kernel knows ----------------===//

#include "Cta.h"

#include "attn/dialect/Nvvm/Nvvm.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

RankedTensorType getType(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

/// Key head that `heads` gives to query head `head`: a select per run of equal
/// numbers.
Value mapHead(KernelBuilder &kb, ArrayRef<int64_t> heads, Value head) {
  Value keyHead = kb.c32(heads.front());
  for (size_t h = 1; h < heads.size(); ++h)
    if (heads[h] != heads[h - 1])
      keyHead = kb.select(kb.slt(head, kb.c32(h)), keyHead, kb.c32(heads[h]));
  return keyHead;
}

Value getKeyHead(KernelBuilder &kb, sched::ForwardOp op, RouteOp route,
                 Value head) {
  if (auto heads = route.getHeads())
    return mapHead(kb, *heads, head);
  int64_t queryHeads = getType(op.getQ()).getDimSize(
      TokenAxes(isPacked(op.getLengths())).head());
  int64_t keyHeads =
      getType(route.getK())
          .getDimSize(TokenAxes(isPacked(route.getLengths())).head());
  if (ShapedType::isDynamic(queryHeads) || queryHeads == keyHeads)
    return head;
  return LLVM::UDivOp::create(kb.b, kb.loc, head,
                              kb.c32(queryHeads / keyHeads));
}

} // namespace

int64_t Cta::headSize() { return getType(op.getQ()).getShape().back(); }
int64_t Cta::valueSize() { return getType(op.getOut()).getShape().back(); }
Type Cta::element() { return getType(op.getQ()).getElementType(); }

/// Where operands have a first row the tile begins there, and ends where it
/// did.
void Cta::findRows() {
  RowRun run = emitRowRun(kb, args, op.getQ(), queries, op.getOperandLengths());
  queriesEnd = run.end;
  if (!run.first)
    return;
  queriesEnd = kb.smin(queriesEnd, kb.add(firstQuery, queriesPerTile()));
  firstQuery = kb.smax(firstQuery, run.first);
}

std::pair<Value, Value> Cta::splitRow(Value row) {
  if (headTile() == 1)
    return {row, kb.c32(0)};
  Value queries = kb.c32(queriesPerTile());
  return {LLVM::URemOp::create(kb.b, kb.loc, row, queries),
          LLVM::UDivOp::create(kb.b, kb.loc, row, queries)};
}

Cta::Cta(KernelBuilder &kb, KernelArguments &args, sched::ForwardOp op)
    : kb(kb), args(args), op(op) {
  shared =
      LLVM::AddressOfOp::create(kb.b, kb.loc, kb.pointer(kShared), "dynsm");
  thread = NVVM::ThreadIdXOp::create(kb.b, kb.loc, kb.i32());
  warp = kb.broadcast(kb.lshr(thread, 5));
  warpgroup = kb.broadcast(kb.lshr(thread, 7));
}

Value Cta::getShared() {
  return isLean ? Value(attn::nvvm::PinOp::create(kb.b, kb.loc, shared))
                : shared;
}

void Cta::locate(const QueryTile &tile) {
  head = tile.head;
  if (isPacked(op.getLengths())) {
    PackedTile packed = emitPackedTile(kb, args, op.getQ(), op.getLengths(),
                                       queriesPerTile(), tile.number);
    firstQuery = kb.broadcast(packed.firstRow);
    queries = packed.tokens;
    for (Value *value : {&queries.batch, &queries.first, &queries.count})
      *value = kb.broadcast(*value);
    batch = queries.batch;
  } else {
    firstQuery = kb.mul(tile.number, queriesPerTile());
    batch = tile.batch;
    queries = emitTokens(kb, args, op.getQ(), op.getLengths(), batch);
  }
  findRows();
  streams.clear();
  for (Value stream : op.getStreams()) {
    auto route = stream.getDefiningOp<RouteOp>();
    Tokens keys = emitTokens(kb, args, route.getK(), route.getLengths(), batch);
    streams.push_back({route, keys, getKeyHead(kb, op, route, head)});
  }
}
