//===- ReorderKernel.cpp - Kernels of attn.reorder and attn.restore -------===//
//
// A slot names its token, so both walk over slots: one reads a token's row into
// the slot, or zeros where it is padding, the other writes it back.
//
//===----------------------------------------------------------------------===//

#include "ReorderKernel.h"
#include "Elements.h"
#include "Sequences.h"
#include "SlotRows.h"

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

constexpr int64_t kSlotsPerTask = 256;

class Reorder {
public:
  Reorder(CallArguments &call, Operation *op)
      : call(call), kb(call.kb), isRestore(isa<RestoreOp>(op)),
        tokens(isRestore ? op->getResult(0) : op->getOperand(0)),
        slots(isRestore ? op->getOperand(0) : op->getResult(0)),
        layout(op->getOperand(1).getDefiningOp<LayoutGridOp>()),
        sizes(emitGridSizes(call, layout)) {}

  Value countTasks() {
    Value heads = kb.mul(call.size(slots, 0), call.size(slots, 1));
    return kb.mul(heads, countParts());
  }

  void emit(Value index) {
    Value parts = countParts();
    Value rest = kb.divide(index, parts);
    Value first = kb.mul(kb.remainder(index, parts), kSlotsPerTask);
    Value heads = call.size(slots, 1);
    Sequence sequence{kb.divide(rest, heads), Value(), Value()};
    Value head = kb.remainder(rest, heads);
    RowView ordered = emitRows(call, slots, sequence, head);
    RowView plain = emitRows(call, tokens, sequence, head);
    Value end = kb.min(kb.add(first, kSlotsPerTask), countSlots());
    kb.loop(first, end, 1, [&](Value slot) {
      SlotToken at =
          buildSlotToken(kb.b, kb.loc, layout, slot, sizes, Padding::Nothing);
      copy(ordered, plain, slot, at);
    });
  }

private:
  Value countSlots() { return buildNumSlots(kb.b, kb.loc, layout, sizes); }
  Value countParts() {
    return kb.divide(kb.add(countSlots(), kSlotsPerTask - 1),
                     kb.i64(kSlotsPerTask));
  }

  void copy(const RowView &ordered, const RowView &plain, Value slot,
            const SlotToken &at) {
    auto rowAt = [&](const RowView &view, Value row) {
      return kb.at(view.pointer, view.element, kb.mul(row, view.stride));
    };
    Value own = rowAt(ordered, slot), other = rowAt(plain, at.token);
    auto copyRow = [&] {
      forEachElement([&](Value d, Type type) {
        Value from = kb.at(isRestore ? own : other, plain.element, d);
        Value to = kb.at(isRestore ? other : own, plain.element, d);
        kb.store(kb.load(type, from, 1), to, 1);
      });
    };
    if (!at.exists)
      return copyRow();
    kb.when(at.exists, copyRow, [&] {
      if (isRestore)
        return;
      forEachElement([&](Value d, Type type) {
        Value zero =
            arith::ConstantOp::create(kb.b, kb.loc, kb.b.getZeroAttr(type));
        kb.store(zero, kb.at(own, plain.element, d), 1);
      });
    });
  }

  /// Calls `body` for parts of a row; numbers have one.
  void forEachElement(llvm::function_ref<void(Value, Type)> body) {
    auto type = cast<RankedTensorType>(tokens.getType());
    Type element = type.getElementType();
    int64_t size = type.getRank() == 3 ? 1 : type.getShape().back();
    forEachPart(kb, size, [&](Value d, bool isVector) {
      body(d, isVector ? kb.vectorOf(element) : element);
    });
  }

  CallArguments &call;
  KernelBuilder &kb;
  bool isRestore;
  Value tokens, slots;
  LayoutGridOp layout;
  SmallVector<Value> sizes;
};

} // namespace

Value attn::cpu::emitReorderCount(CallArguments &call, Operation *op) {
  return Reorder(call, op).countTasks();
}

void attn::cpu::emitReorderTask(CallArguments &call, Operation *op,
                                Value index) {
  Reorder(call, op).emit(index);
}
