//===- Sequences.cpp - Which tokens of a tensor are one sequence ----------===//

#include "Sequences.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;
using manifest::Expr;

namespace {

/// Numbers of a table of lengths, clamped to 0 .. limit.
class LengthsTable {
public:
  LengthsTable(KernelBuilder &kb, KernelArguments &args, Value lengths,
               Value limit)
      : kb(kb), pointer(args.pointer(kb, getLengthsTable(lengths))),
        limit(limit) {}

  Value get(Value index) {
    Value address = kb.at(pointer, kb.shl(kb.sext(index), 2));
    Value number = kb.load(kb.i32(), address, 4);
    return kb.smin(kb.smax(number, kb.c32(0)), limit);
  }

private:
  KernelBuilder &kb;
  Value pointer, limit;
};

Value getTokenCount(KernelBuilder &kb, KernelArguments &args, Value tensor,
                    TokenAxes axes) {
  return kb.trunc(args.size(kb, tensor, axes.length()));
}

/// An offset is raised to all those before it.
Tokens emitPackedTokens(KernelBuilder &kb, KernelArguments &args, Value tensor,
                        Value lengths, Value batch) {
  TokenAxes axes(true);
  LengthsTable offsets(kb, args, lengths,
                       getTokenCount(kb, args, tensor, axes));
  Value first =
      kb.loop(kb.c32(0), kb.add(batch, 1), {kb.c32(0)},
              [&](Value n, ValueRange raised) {
                return SmallVector<Value>{kb.smax(raised[0], offsets.get(n))};
              })[0];
  Value end = kb.smax(first, offsets.get(kb.add(batch, 1)));
  return {axes, batch, first, kb.sub(end, first)};
}

} // namespace

Value Tokens::getRows(KernelBuilder &kb, KernelArguments &args, Value tensor,
                      Value head) const {
  Value outer =
      first ? kb.mul(kb.sext(first), args.stride(kb, tensor, axes.length()))
            : kb.mul(kb.sext(batch), args.stride(kb, tensor, 0));
  Value offset = kb.add(
      outer, kb.mul(kb.sext(head), args.stride(kb, tensor, axes.head())));
  int64_t bytes =
      cast<RankedTensorType>(tensor.getType()).getElementTypeBitWidth() / 8;
  return kb.at(args.pointer(kb, tensor), kb.mul(offset, bytes));
}

Value Tokens::getRow(KernelBuilder &kb, KernelArguments &args, Value tensor,
                     Value head, Value row) const {
  int64_t bytes =
      cast<RankedTensorType>(tensor.getType()).getElementTypeBitWidth() / 8;
  Value rows = getRows(kb, args, tensor, head);
  Value offset = kb.mul(kb.sext(row), args.stride(kb, tensor, axes.length()));
  return kb.at(rows, kb.mul(offset, bytes));
}

Tokens attn::nvptx::emitTokens(KernelBuilder &kb, KernelArguments &args,
                               Value tensor, Value lengths, Value batch) {
  if (isPacked(lengths))
    return emitPackedTokens(kb, args, tensor, lengths, batch);
  TokenAxes axes(false);
  Value size = getTokenCount(kb, args, tensor, axes);
  if (!lengths)
    return {axes, batch, Value(), size};
  return {axes, batch, Value(),
          LengthsTable(kb, args, lengths, size).get(batch)};
}

PackedTile attn::nvptx::emitPackedTile(KernelBuilder &kb, KernelArguments &args,
                                       Value tensor, Value lengths,
                                       int64_t tile, Value position) {
  TokenAxes axes(true);
  LengthsTable offsets(kb, args, lengths,
                       getTokenCount(kb, args, tensor, axes));
  auto getPosition = [&](Value n, Value first) {
    return kb.add(LLVM::UDivOp::create(kb.b, kb.loc, first, kb.c32(tile)), n);
  };
  Value table = getLengthsTable(lengths);
  Value count = kb.add(kb.trunc(args.size(kb, table, 0)), -1);
  Value zero = kb.c32(0);
  // The last sequence that does not begin beyond: its number, first token, end.
  SmallVector<Value> found = kb.loop(
      zero, count, {zero, zero, zero, zero}, [&](Value n, ValueRange values) {
        Value first = kb.smax(values[0], offsets.get(n));
        Value end = kb.smax(first, offsets.get(kb.add(n, 1)));
        Value isBeyond = kb.slt(position, getPosition(n, first));
        return SmallVector<Value>{first, kb.select(isBeyond, values[1], n),
                                  kb.select(isBeyond, values[2], first),
                                  kb.select(isBeyond, values[3], end)};
      });
  Value batch = found[1], first = found[2];
  Value row = kb.mul(kb.sub(position, getPosition(batch, first)), tile);
  return {{axes, batch, first, kb.sub(found[3], first)}, row};
}

Expr attn::nvptx::countPackedTiles(const NvvmTensors &tensors, Value tensor,
                                   Value lengths, int64_t tile) {
  Expr offsets = tensors.size(getLengthsTable(lengths), 0);
  return ceilDiv(tensors.size(tensor, TokenAxes(true).length()),
                 Expr::constant(tile)) +
         maximum(offsets - Expr::constant(1), Expr::constant(0));
}
