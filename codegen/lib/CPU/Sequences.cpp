//===- Sequences.cpp - Which tokens of a tensor are one sequence ----------===//

#include "Sequences.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

/// Numbers of a table of lengths, as i64.
class LengthsTable {
public:
  LengthsTable(CallArguments &call, Value lengths)
      : kb(call.kb), pointer(call.pointer(getLengthsTable(lengths))) {}

  Value get(Value index) {
    Value number = kb.load(i32(), kb.at(pointer, i32(), index));
    return arith::ExtSIOp::create(kb.b, kb.loc, kb.i64Type(), number);
  }

  /// The largest of numbers from .. end - 1 and `least`, which is 0 or more.
  Value raise(Value from, Value end, Value least) {
    int64_t lanes = kb.variant.lanes;
    Value size = kb.sub(end, from);
    Value whole = kb.add(from, kb.sub(size, kb.remainder(size, kb.i64(lanes))));
    Value zero = arith::ConstantIntOp::create(kb.b, kb.loc, i32(), 0);
    Value vector = kb.loop(
        from, whole, lanes, {kb.splat(zero)}, [&](Value n, ValueRange largest) {
          Value numbers = kb.load(kb.vectorOf(i32()), kb.at(pointer, i32(), n),
                                  /*alignment=*/4);
          return SmallVector<Value>{kb.max(largest[0], numbers)};
        })[0];
    Value largest = vector::ReductionOp::create(
        kb.b, kb.loc, vector::CombiningKind::MAXSI, vector);
    largest = arith::ExtSIOp::create(kb.b, kb.loc, kb.i64Type(), largest);
    return kb.loop(whole, end, 1, {kb.max(largest, least)},
                   [&](Value n, ValueRange found) {
                     return SmallVector<Value>{kb.max(found[0], get(n))};
                   })[0];
  }

private:
  Type i32() { return kb.b.getI32Type(); }

  KernelBuilder &kb;
  Value pointer;
};

/// B, 0 or more whatever the size of the table.
Value countPacked(CallArguments &call, Value lengths) {
  KernelBuilder &kb = call.kb;
  return kb.max(kb.add(call.size(getLengthsTable(lengths), 0), -1), kb.i64(0));
}

} // namespace

/// An offset is raised to all those before it.
PackedRange attn::cpu::emitPackedRange(CallArguments &call, Value lengths,
                                       Value batch) {
  KernelBuilder &kb = call.kb;
  LengthsTable offsets(call, lengths);
  Value next = kb.add(batch, 1);
  Value first = offsets.raise(kb.i64(0), next, kb.i64(0));
  return {batch, first, kb.max(first, offsets.get(next))};
}

Sequence attn::cpu::emitSequence(CallArguments &call, Value tensor,
                                 PackedRange range) {
  KernelBuilder &kb = call.kb;
  Value tokens = call.size(tensor, TokenAxes(true).length());
  Value first = kb.min(range.first, tokens);
  return {range.batch, kb.sub(kb.min(range.end, tokens), first), first};
}

Sequence attn::cpu::emitSequence(CallArguments &call, Value tensor,
                                 Value lengths, Value batch) {
  KernelBuilder &kb = call.kb;
  if (isPacked(lengths))
    return emitSequence(call, tensor, emitPackedRange(call, lengths, batch));
  Value size = call.size(tensor, TokenAxes(false).length());
  if (!lengths)
    return {batch, size, {}};
  Value length = LengthsTable(call, lengths).get(batch);
  return {batch, kb.min(kb.max(length, kb.i64(0)), size), {}};
}

RowRun attn::cpu::emitRowRun(CallArguments &call, Value tensor,
                             const Sequence &sequence, ValueRange lengths) {
  KernelBuilder &kb = call.kb;
  RowRun run{kb.i64(0), sequence.length};
  for (Value each : lengths) {
    if (!isPacked(each)) {
      Sequence other = emitSequence(call, tensor, each, sequence.batch);
      run.end = kb.min(run.end, other.length);
      continue;
    }
    // Sequences follow each other without a gap.
    LengthsTable offsets(call, each);
    Value zero = kb.i64(0);
    Value numbers = call.size(getLengthsTable(each), 0);
    Value first = offsets.raise(zero, kb.min(numbers, kb.i64(1)), zero);
    Value end = kb.min(offsets.raise(zero, numbers, zero),
                       call.size(tensor, TokenAxes(true).length()));
    run.first = kb.max(run.first, kb.sub(first, sequence.first));
    run.end = kb.min(run.end, kb.sub(end, sequence.first));
  }
  return run;
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

namespace {

/// Looks for the sequence that a tile of packed tokens belongs to.
class PackedSearch {
public:
  PackedSearch(CallArguments &call, Value tokens, Value lengths, int64_t tile,
               Value position)
      : kb(call.kb), offsets(call, lengths), count(countPacked(call, lengths)),
        tokens(tokens), tile(tile), position(position) {}

  /// First position of sequence `n`, which begins at `first`.
  Value positionOf(Value n, Value first) {
    return kb.add(kb.divide(kb.min(first, tokens), kb.i64(tile)), n);
  }

  /// The last sequence whose first position is not beyond; empty if none is.
  PackedRange emit() {
    SmallVector<Value> block = findBlock();
    Value zero = kb.i64(0);
    Value end = kb.min(kb.add(block[0], kBlock), count);
    SmallVector<Value> found = kb.loop(
        block[0], end, 1, {block[1], zero, zero, zero},
        [&](Value n, ValueRange values) {
          Value first = kb.max(values[0], offsets.get(n));
          Value last = kb.max(first, offsets.get(kb.add(n, 1)));
          Value isBeyond = kb.less(position, positionOf(n, first));
          return SmallVector<Value>{first, kb.select(isBeyond, values[1], n),
                                    kb.select(isBeyond, values[2], first),
                                    kb.select(isBeyond, values[3], last)};
        });
    return {found[1], found[2], found[3]};
  }

private:
  static constexpr int64_t kBlock = 64;

  /// First sequence of the last block that does not begin beyond, and what
  /// offsets before it raise its own to.
  SmallVector<Value> findBlock() {
    Value zero = kb.i64(0);
    SmallVector<Value> found = kb.loop(
        kb.i64(kBlock), count, kBlock, {zero, zero, zero},
        [&](Value n, ValueRange values) {
          Value raised = offsets.raise(kb.add(n, -kBlock), n, values[0]);
          Value first = kb.max(raised, offsets.get(n));
          Value isBeyond = kb.less(position, positionOf(n, first));
          return SmallVector<Value>{raised, kb.select(isBeyond, values[1], n),
                                    kb.select(isBeyond, values[2], raised)};
        });
    return {found[1], found[2]};
  }

  KernelBuilder &kb;
  LengthsTable offsets;
  Value count, tokens;
  int64_t tile;
  Value position;
};

} // namespace

PackedTile attn::cpu::emitPackedTile(CallArguments &call, Value tensor,
                                     Value lengths, int64_t tile,
                                     Value position) {
  KernelBuilder &kb = call.kb;
  Value tokens = call.size(tensor, TokenAxes(true).length());
  PackedSearch search(call, tokens, lengths, tile, position);
  PackedRange range = search.emit();
  Value ahead = kb.sub(position, search.positionOf(range.batch, range.first));
  return {range, kb.mul(ahead, tile)};
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
  return {kb.at(call.pointer(tensor), element, offset), stride, element, {}};
}
