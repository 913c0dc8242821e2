//===- Sequences.cpp - Which tokens of a tensor are one sequence ----------===//

#include "Sequences.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;
using manifest::Expr;

namespace {

constexpr int64_t kLanes = 32;

Value getTokenCount(KernelBuilder &kb, KernelArguments &args, Value tensor,
                    TokenAxes axes) {
  return kb.trunc(args.size(kb, tensor, axes.length()));
}

/// Offsets of packed tokens, looked at by a whole warp, which agrees on
/// results.
class Offsets {
public:
  Offsets(KernelBuilder &kb, KernelArguments &args, Value tensor, Value lengths)
      : kb(kb), pointer(args.pointer(kb, getLengthsTable(lengths))),
        sequences(
            kb.add(kb.trunc(args.size(kb, getLengthsTable(lengths), 0)), -1)),
        tokens(getTokenCount(kb, args, tensor, TokenAxes(true))) {
    Value thread = NVVM::ThreadIdXOp::create(kb.b, kb.loc, kb.i32());
    lane = kb.bitAnd(thread, kLanes - 1);
  }

  /// Sequence `batch`: an offset is raised to all those before it.
  Tokens getTokens(Value batch) {
    Value next = kb.add(batch, 1);
    Value raised = raise(next);
    Value first = kb.smin(raised, tokens);
    Value end =
        kb.smin(kb.smax(raised, load(kb.smin(next, sequences))), tokens);
    return {TokenAxes(true), batch, first, kb.sub(end, first)};
  }

  /// Tokens of all sequences, which follow each other without a gap.
  RowRun getRun() {
    Value zero = kb.c32(0), numbers = kb.add(sequences, 1);
    Value first = kb.loop(zero, kb.smin(numbers, kb.c32(1)), 1, {tokens},
                          [&](Value n, ValueRange) {
                            return SmallVector<Value>{kb.smax(load(n), zero)};
                          })[0];
    return {kb.smin(first, tokens), kb.smin(raise(numbers), tokens)};
  }

  /// Position of the first tile of sequence `n`, which begins at `first`.
  Value getPosition(Value n, Value first, int64_t tile) {
    return kb.add(LLVM::UDivOp::create(kb.b, kb.loc, first, kb.c32(tile)), n);
  }

  /// How many sequences begin at `position` or before.
  Value countUpTo(Value position, int64_t tile) {
    Value zero = kb.c32(0);
    // Raised offset so far, sequences that this lane counted.
    Value counted =
        kb.loop(zero, sequences, kLanes, {zero, zero},
                [&](Value base, ValueRange values) {
                  Value n = kb.add(base, lane);
                  Value raised = kb.smax(
                      values[0], load(kb.smin(n, kb.add(sequences, -1))));
                  for (int64_t distance = 1; distance < kLanes; distance *= 2)
                    raised = kb.smax(raised, kb.shuffleUp(raised, distance));
                  Value begin = getPosition(n, kb.smin(raised, tokens), tile);
                  Value isUpTo =
                      kb.bitAnd(kb.slt(n, sequences), kb.sge(position, begin));
                  return SmallVector<Value>{
                      kb.broadcast(raised, kLanes - 1),
                      kb.add(values[1], kb.select(isUpTo, kb.c32(1), zero))};
                })[1];
    for (int64_t mask = kLanes / 2; mask; mask /= 2)
      counted = kb.add(counted, kb.shuffleXor(counted, mask));
    return counted;
  }

private:
  /// The largest of the first `count` offsets and 0.
  Value raise(Value count) {
    Value raised = kb.loop(
        lane, count, kLanes, {kb.c32(0)}, [&](Value n, ValueRange values) {
          return SmallVector<Value>{kb.smax(values[0], load(n))};
        })[0];
    for (int64_t mask = kLanes / 2; mask; mask /= 2)
      raised = kb.smax(raised, kb.shuffleXor(raised, mask));
    return raised;
  }

  Value load(Value index) {
    return kb.load(kb.i32(), kb.at(pointer, kb.shl(kb.sext(index), 2)), 4);
  }

  KernelBuilder &kb;
  Value pointer, sequences, tokens, lane;
};

/// What a table of lengths per batch says, clamped to 0 .. size.
Value getLength(KernelBuilder &kb, KernelArguments &args, Value lengths,
                Value batch, Value size) {
  Value address = kb.at(args.pointer(kb, getLengthsTable(lengths)),
                        kb.shl(kb.sext(batch), 2));
  Value number = kb.load(kb.i32(), address, 4);
  return kb.smin(kb.smax(number, kb.c32(0)), size);
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
  if (isPacked(lengths)) {
    Tokens tokens = Offsets(kb, args, tensor, lengths).getTokens(batch);
    tokens.first = kb.broadcast(tokens.first);
    tokens.count = kb.broadcast(tokens.count);
    return tokens;
  }
  TokenAxes axes(false);
  Value size = getTokenCount(kb, args, tensor, axes);
  if (!lengths)
    return {axes, batch, Value(), size};
  return {axes, batch, Value(),
          kb.broadcast(getLength(kb, args, lengths, batch, size))};
}

RowRun attn::nvptx::emitRowRun(KernelBuilder &kb, KernelArguments &args,
                               Value tensor, const Tokens &tokens,
                               ValueRange lengths) {
  RowRun run{Value(), tokens.count};
  for (Value each : lengths) {
    if (!isPacked(each)) {
      Value size = getTokenCount(kb, args, tensor, tokens.axes);
      Value length = getLength(kb, args, each, tokens.batch, size);
      run.end = kb.smin(run.end, length);
      continue;
    }
    RowRun owned = Offsets(kb, args, tensor, each).getRun();
    Value first = kb.smax(kb.sub(owned.first, tokens.first), kb.c32(0));
    run.first = run.first ? kb.smax(run.first, first) : first;
    run.end = kb.smin(run.end, kb.sub(owned.end, tokens.first));
  }
  return run;
}

PackedTile attn::nvptx::emitPackedTile(KernelBuilder &kb, KernelArguments &args,
                                       Value tensor, Value lengths,
                                       int64_t tile, Value position) {
  Offsets offsets(kb, args, tensor, lengths);
  Value count = offsets.countUpTo(position, tile);
  Tokens tokens = offsets.getTokens(kb.smax(kb.add(count, -1), kb.c32(0)));
  Value begin = offsets.getPosition(tokens.batch, tokens.first, tile);
  Value row = kb.mul(kb.sub(position, begin), tile);
  // Before the first sequence there is nothing to do.
  return {tokens, kb.select(kb.eq(count, kb.c32(0)), tokens.count, row)};
}

Expr attn::nvptx::countPackedTiles(const NvvmTensors &tensors, Value tensor,
                                   Value lengths, int64_t tile) {
  Expr offsets = tensors.size(getLengthsTable(lengths), 0);
  Expr tiles = ceilDiv(tensors.size(tensor, TokenAxes(true).length()),
                       Expr::constant(tile));
  // One offset or none: no sequence, whose offsets and lengths one could read.
  Expr sequences = maximum(offsets - Expr::constant(1), Expr::constant(0));
  return (tiles + sequences) * minimum(sequences, Expr::constant(1));
}
