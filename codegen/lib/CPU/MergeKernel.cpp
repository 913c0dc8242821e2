//===- MergeKernel.cpp - The kernel of attn_tile.merge --------------------===//
//
// A normaliser of terms only: logits and sums with a row per lane, values with
// a channel per lane. Packed tokens are one run of rows.
//
//===----------------------------------------------------------------------===//

#include "MergeKernel.h"
#include "Elements.h"
#include "Terms.h"
#include "Variant.h"

#include "attn/dialect/Attn/AttendRules.h"

#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

class MergeTask {
public:
  MergeTask(CallArguments &call, Scratch &scratch, tile::MergeOp op,
            const TermRows &rows)
      : kb(call.kb), call(call), op(op), rows(rows),
        terms(call, scratch, rows) {
    for (Value state : op.getStates())
      terms.addState(state.getDefiningOp<StateOp>());
    if (op.getLse())
      lse = scratch.allocateFloats(rows.pitch);
  }

  void emit() {
    kb.loop(kb.i64(0), kb.i64(rows.pitch), kb.variant.lanes,
            [&](Value lane) { close(lane); });
    if (lse)
      storeLse();
    RowView out = emitRows(call, op.getOut(), rows.sequence, rows.head);
    auto type = cast<RankedTensorType>(op.getOut().getType());
    kb.loop(kb.i64(0), rows.count, 1, [&](Value row) {
      Value to = kb.at(out.pointer, out.element,
                       kb.mul(kb.add(rows.first, row), out.stride));
      forEachPart(kb, type.getShape().back(), [&](Value d, bool isVector) {
        Value zero = isVector ? kb.splat(0.0f) : kb.f32(0.0f);
        storeElements(kb, terms.addValues(zero, row, d), out.element,
                      kb.at(to, out.element, d));
      });
    });
  }

private:
  void close(Value lane) {
    Value none = kb.splat(-std::numeric_limits<float>::infinity());
    Value reference = emitReference(kb, terms.raise(lane, none));
    Value sum = terms.weigh(lane, reference, kb.splat(0.0f));
    if (lse)
      kb.storeFloats(emitLse(kb, reference, sum), kb.floatAt(lse, lane));
    terms.scale(lane, emitInverse(kb, sum));
  }

  void storeLse() {
    RowView to = emitRows(call, op.getLse(), rows.sequence, rows.head);
    kb.loop(kb.i64(0), rows.count, 1, [&](Value row) {
      kb.store(kb.load(kb.f32Type(), kb.floatAt(lse, row)),
               kb.floatAt(to.pointer, kb.add(rows.first, row)));
    });
  }

  KernelBuilder &kb;
  CallArguments &call;
  tile::MergeOp op;
  TermRows rows;
  Terms terms;
  Value lse; ///< Lanes of scratch, or null.
};

/// The rows of task `index`; there may be none where operands have lengths.
TermRows decode(CallArguments &call, tile::MergeOp op, Value index) {
  KernelBuilder &kb = call.kb;
  Value out = op.getOut();
  TokenAxes axes(cast<RankedTensorType>(out.getType()).getRank() == 3);
  int64_t size = op.getRows();
  Sequence sequence{{}, call.size(out, axes.length()), {}};
  Value tiles = emitTileCount(call, out, axes, size);
  Value rest = kb.divide(index, tiles);
  Value start = kb.mul(kb.remainder(index, tiles), size);
  Value heads = call.size(out, axes.head());
  if (axes.batch())
    sequence.batch = kb.divide(rest, heads);
  else
    sequence.first = kb.i64(0);
  RowRun run = emitRowRun(call, out, sequence, op.getOperandLengths());
  Value end = kb.min(kb.add(start, size), run.end);
  Value first = kb.max(start, run.first);
  return {sequence, kb.remainder(rest, heads), first, kb.sub(end, first),
          static_cast<int64_t>(llvm::alignTo(size, getLongestVector()))};
}

} // namespace

Value attn::cpu::emitMergeCount(CallArguments &call, tile::MergeOp op) {
  KernelBuilder &kb = call.kb;
  Value out = op.getOut();
  TokenAxes axes(cast<RankedTensorType>(out.getType()).getRank() == 3);
  Value count = kb.mul(call.size(out, axes.head()),
                       emitTileCount(call, out, axes, op.getRows()));
  return axes.batch() ? kb.mul(call.size(out, 0), count) : count;
}

void attn::cpu::emitMergeTask(CallArguments &call, Scratch &scratch,
                              tile::MergeOp op, Value index) {
  TermRows rows = decode(call, op, index);
  auto emit = [&] { MergeTask(call, scratch, op, rows).emit(); };
  if (op.getOperandLengths().empty())
    return emit();
  call.kb.when(call.kb.less(call.kb.i64(0), rows.count), emit);
}
