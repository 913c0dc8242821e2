//===- ReorderKernel.cpp - Kernels of attn.reorder and attn.restore -------===//
//
// A warp copies a row: lanes are neighbouring elements. CTAs of four warps take
// 64 slots of one head; heads in grid y, batch in grid z. The arithmetic from a
// slot to its token is the one of regions.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "attn/dialect/Attn/Layout.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;
using manifest::Expr;

namespace {

constexpr int64_t kThreads = 128, kWarps = kThreads / 32, kSlotsPerCta = 64;

class Reorder {
public:
  Reorder(Operation *op, KernelBuilder &kb, KernelArguments &args)
      : kb(kb), args(args), isRestore(isa<RestoreOp>(op)),
        tokens(isRestore ? op->getResult(0) : op->getOperand(0)),
        slots(isRestore ? op->getOperand(0) : op->getResult(0)),
        layout(op->getOperand(1).getDefiningOp<LayoutGridOp>()),
        type(cast<RankedTensorType>(tokens.getType())) {}

  void run() {
    Value thread = NVVM::ThreadIdXOp::create(kb.b, kb.loc, kb.i32());
    Value block = kb.sext(NVVM::BlockIdXOp::create(kb.b, kb.loc, kb.i32()));
    Value lane = kb.sext(kb.bitAnd(thread, 31));
    Value first =
        kb.add(kb.mul(block, kSlotsPerCta), kb.sext(kb.lshr(thread, 5)));
    Value end = kb.smin(kb.mul(kb.add(block, 1), kSlotsPerCta),
                        args.size(kb, slots, 2));
    SmallVector<Value> sizes = args.gridSizes(kb, layout);
    kb.loop(first, end, kWarps, [&](Value slot) {
      copyRow(
          slot,
          buildSlotToken(kb.b, kb.loc, layout, slot, sizes, Padding::Nothing),
          lane);
    });
    LLVM::ReturnOp::create(kb.b, kb.loc, ValueRange());
  }

  NvvmKernel getLaunch() {
    const NvvmTensors &tensors = args.getTensors();
    NvvmKernel kernel;
    kernel.grid = {
        ceilDiv(tensors.size(slots, 2), Expr::constant(kSlotsPerCta)),
        tensors.size(slots, 1), tensors.size(slots, 0)};
    kernel.block = {kThreads, 1, 1};
    return kernel;
  }

private:
  int64_t elementBytes() { return type.getElementTypeBitWidth() / 8; }

  /// Address of row `row` of the head at hand.
  Value getRow(Value tensor, Value row) {
    Value head = kb.sext(NVVM::BlockIdYOp::create(kb.b, kb.loc, kb.i32()));
    Value batch = kb.sext(NVVM::BlockIdZOp::create(kb.b, kb.loc, kb.i32()));
    Value offset = kb.add(kb.mul(batch, args.stride(kb, tensor, 0)),
                          kb.mul(head, args.stride(kb, tensor, 1)));
    offset = kb.add(offset, kb.mul(row, args.stride(kb, tensor, 2)));
    return kb.at(args.pointer(kb, tensor), kb.mul(offset, elementBytes()));
  }

  void copyRow(Value slot, const SlotToken &at, Value lane) {
    Value own = getRow(slots, slot), other = getRow(tokens, at.token);
    int64_t size = type.getRank() == 3 ? 1 : type.getShape().back();
    Type bits = kb.b.getIntegerType(type.getElementTypeBitWidth());
    for (int64_t d = 0; d < size; d += 32) {
      Value column = kb.add(lane, d);
      auto copy = [&] {
        Value offset = kb.mul(column, elementBytes());
        Value from = kb.at(isRestore ? own : other, offset);
        Value to = kb.at(isRestore ? other : own, offset);
        copyElement(from, to, at.exists, bits);
      };
      if (d + 32 <= size)
        copy();
      else
        kb.when(kb.slt(column, kb.c64(size)), copy);
    }
  }

  void copyElement(Value from, Value to, Value exists, Type bits) {
    auto move = [&] {
      kb.store(kb.load(bits, from, elementBytes()), to, elementBytes());
    };
    if (!exists)
      return move();
    kb.when(exists, move);
    if (!isRestore)
      kb.when(kb.bitXor(exists, kb.c1(true)),
              [&] { kb.store(kb.cst(bits, 0), to, elementBytes()); });
  }

  KernelBuilder &kb;
  KernelArguments &args;
  bool isRestore;
  Value tokens, slots;
  LayoutGridOp layout;
  RankedTensorType type;
};

} // namespace

NvvmKernel attn::nvptx::emitReorderKernel(Operation *op, KernelBuilder &kb,
                                          KernelArguments &args) {
  Reorder reorder(op, kb, args);
  reorder.run();
  return reorder.getLaunch();
}
