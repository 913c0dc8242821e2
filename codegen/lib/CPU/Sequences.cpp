//===- Sequences.cpp - Which tokens of a tensor are one sequence ----------===//

#include "Sequences.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// Numbers of a table of lengths.
class LengthsTable {
public:
  LengthsTable(CallArguments &call, Value lengths, Value limit)
      : kb(call.kb), table(getLengthsTable(lengths)),
        pointer(call.pointer(table)), limit(limit) {}

  /// Clamped to 0 .. limit.
  Value get(Value index) {
    Type i32 = kb.b.getI32Type();
    Value number = arith::ExtSIOp::create(
        kb.b, kb.loc, kb.i64Type(), kb.load(i32, kb.at(pointer, i32, index)));
    return kb.min(kb.max(number, kb.i64(0)), limit);
  }

private:
  KernelBuilder &kb;
  Value table, pointer, limit;
};

/// B, 0 or more whatever the size of the table.
Value countPacked(CallArguments &call, Value lengths) {
  KernelBuilder &kb = call.kb;
  return kb.max(kb.add(call.size(getLengthsTable(lengths), 0), -1), kb.i64(0));
}

/// An offset is raised to all those before it.
Sequence emitPackedSequence(CallArguments &call, Value tokens, Value lengths,
                            Value batch) {
  KernelBuilder &kb = call.kb;
  LengthsTable offsets(call, lengths, tokens);
  Value first =
      kb.loop(kb.i64(0), kb.add(batch, 1), 1, {kb.i64(0)},
              [&](Value n, ValueRange raised) {
                return SmallVector<Value>{kb.max(raised[0], offsets.get(n))};
              })[0];
  Value end = kb.max(first, offsets.get(kb.add(batch, 1)));
  return {batch, kb.sub(end, first), first};
}

} // namespace

Sequence attn::cpu::emitSequence(CallArguments &call, Value tensor,
                                 Value lengths, Value batch) {
  Value size = call.size(tensor, TokenAxes(isPacked(lengths)).length());
  if (!lengths)
    return {batch, size, {}};
  if (isPacked(lengths))
    return emitPackedSequence(call, size, lengths, batch);
  return {batch, LengthsTable(call, lengths, size).get(batch), {}};
}

Value attn::cpu::emitTileCount(CallArguments &call, Value tensor,
                               TokenAxes axes, int64_t tile) {
  KernelBuilder &kb = call.kb;
  return kb.divide(kb.add(call.size(tensor, axes.length()), tile - 1),
                   kb.i64(tile));
}

Value attn::cpu::emitTileCount(CallArguments &call, Value tensor, Value lengths,
                               int64_t tile) {
  Value tiles = emitTileCount(call, tensor, TokenAxes(isPacked(lengths)), tile);
  return isPacked(lengths) ? call.kb.add(tiles, countPacked(call, lengths))
                           : tiles;
}

PackedTile attn::cpu::emitPackedTile(CallArguments &call, Value tensor,
                                     Value lengths, int64_t tile,
                                     Value position) {
  KernelBuilder &kb = call.kb;
  Value zero = kb.i64(0), tileSize = kb.i64(tile);
  LengthsTable offsets(call, lengths,
                       call.size(tensor, TokenAxes(true).length()));
  auto firstPosition = [&](Value n, Value first) {
    return kb.add(kb.divide(first, tileSize), n);
  };
  // The last sequence whose first position is not beyond: batch, first, end.
  SmallVector<Value> found = kb.loop(
      zero, countPacked(call, lengths), 1, {zero, zero, zero, zero},
      [&](Value n, ValueRange values) {
        Value first = kb.max(values[0], offsets.get(n));
        Value end = kb.max(first, offsets.get(kb.add(n, 1)));
        Value isBeyond = kb.less(position, firstPosition(n, first));
        return SmallVector<Value>{first, kb.select(isBeyond, values[1], n),
                                  kb.select(isBeyond, values[2], first),
                                  kb.select(isBeyond, values[3], end)};
      });
  Value batch = found[1], first = found[2];
  Value row = kb.mul(kb.sub(position, firstPosition(batch, first)), tileSize);
  return {{batch, kb.sub(found[3], first), first}, row};
}

RowView attn::cpu::emitRows(CallArguments &call, Value tensor,
                            const Sequence &sequence, Value head) {
  KernelBuilder &kb = call.kb;
  TokenAxes axes(static_cast<bool>(sequence.first));
  Value stride = call.stride(tensor, axes.length());
  Value outer = sequence.first ? kb.mul(sequence.first, stride)
                               : kb.mul(sequence.batch, call.stride(tensor, 0));
  Value offset = kb.add(outer, kb.mul(head, call.stride(tensor, axes.head())));
  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  return {kb.at(call.pointer(tensor), element, offset), stride, element};
}
