//===- MergeKernel.cpp - One attention from several -----------------------===//
//
// A warp per row: every lane knows the weights, lanes take channels in turn.
// CTAs of as many warps as the op has rows; heads in grid y, batch in grid z.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "Terms.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;
using manifest::Expr;

namespace {

class Merge {
public:
  Merge(tile::MergeOp op, KernelBuilder &kb, KernelArguments &args)
      : op(op), kb(kb), args(args),
        tokens{getAxes(op), NVVM::BlockIdZOp::create(kb.b, kb.loc, kb.i32()),
               Value(), Value()},
        head(NVVM::BlockIdYOp::create(kb.b, kb.loc, kb.i32())) {
    if (!tokens.axes.batch())
      tokens.first = kb.c32(0);
  }

  static TokenAxes getAxes(tile::MergeOp op) {
    return TokenAxes(cast<RankedTensorType>(op.getOut().getType()).getRank() ==
                     3);
  }

  void emit() {
    Value thread = NVVM::ThreadIdXOp::create(kb.b, kb.loc, kb.i32());
    Value x = NVVM::BlockIdXOp::create(kb.b, kb.loc, kb.i32());
    Value row = kb.add(kb.mul(x, op.getRows()), kb.lshr(thread, 5));
    // The axes of the states; they are those of `out`.
    Value states = op.getStates().front().getDefiningOp<StateOp>().getValues();
    tokens.count = kb.trunc(args.size(kb, states, tokens.axes.length()));
    RowRun rows = emitRowRun(kb, args, states, tokens, op.getOperandLengths());
    if (rows.first)
      row = kb.add(row, rows.first);
    kb.when(kb.slt(row, rows.end),
            [&] { emitRow(row, kb.bitAnd(thread, 31)); });
    LLVM::ReturnOp::create(kb.b, kb.loc, ValueRange());
  }

private:
  void emitRow(Value row, Value lane) {
    Terms terms(kb, args);
    for (Value state : op.getStates())
      terms.addState(state.getDefiningOp<StateOp>(), tokens, head, row);
    ClosedRow closed = terms.close(Value(), Value());
    if (Value lse = op.getLse())
      kb.when(kb.eq(lane, kb.c32(0)), [&] {
        kb.store(closed.lse, tokens.getRow(kb, args, lse, head, row), 4);
      });
    auto type = cast<RankedTensorType>(op.getOut().getType());
    Value out = tokens.getRow(kb, args, op.getOut(), head, row);
    Value channels = kb.c32(type.getShape().back());
    kb.loop(lane, channels, 32, [&](Value channel) {
      Value value = kb.fmul(terms.addValues(Value(), channel), closed.inverse);
      kb.storeFloat(value, out, type.getElementType(), channel);
    });
  }

  tile::MergeOp op;
  KernelBuilder &kb;
  KernelArguments &args;
  Tokens tokens;
  Value head;
};

} // namespace

NvvmKernel attn::nvptx::emitMergeKernel(tile::MergeOp op, KernelBuilder &kb,
                                        KernelArguments &args) {
  Merge(op, kb, args).emit();
  NvvmKernel kernel;
  const NvvmTensors &tensors = args.getTensors();
  TokenAxes axes = Merge::getAxes(op);
  Value values = op.getStates().front().getDefiningOp<StateOp>().getValues();
  auto getSize = [&](unsigned axis) { return tensors.size(values, axis); };
  kernel.grid = {ceilDiv(getSize(axes.length()), Expr::constant(op.getRows())),
                 getSize(axes.head()),
                 axes.batch() ? getSize(0) : Expr::constant(1)};
  kernel.block = {static_cast<int64_t>(32 * op.getRows()), 1, 1};
  return kernel;
}
