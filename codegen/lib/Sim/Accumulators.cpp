//===- Accumulators.cpp - Accumulators in flight, strict mode -------------===//

#include "Accumulators.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace attn::sim {
namespace {
int64_t floatsOf(Value accumulator) {
  auto type = dyn_cast<LLVM::LLVMStructType>(accumulator.getType());
  if (!type || type.getBody().size() < 4 ||
      !llvm::all_of(type.getBody(), [](Type t) { return t.isF32(); }))
    return 0;
  return int64_t(type.getBody().size());
}

/// Whether element 0 is a token, as ATTN_SIM_IS_TOKEN; and its bits.
std::pair<Value, Value> emitTokenTest(Value accumulator, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = accumulator.getLoc();
  Value first =
      LLVM::ExtractValueOp::create(b, loc, accumulator, ArrayRef<int64_t>{0});
  Value bits = LLVM::BitcastOp::create(b, loc, b.getI32Type(), first);
  // Tokens are TOKEN + 1 to TOKEN + TOKENS.
  Value offset = LLVM::SubOp::create(
      b, loc, bits, host.constant(loc, int32_t(ATTN_SIM_TOKEN + 1)));
  Value isToken =
      LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ult, offset,
                           host.constant(loc, int32_t(ATTN_SIM_TOKENS)));
  return {isToken, bits};
}

/// Splits before `op`: code that runs where `condition` holds, or where it does
/// not, goes where `emit` gets to stand. Then code goes before `op` again.
void emitIf(Operation *op, Value condition, llvm::function_ref<void()> then,
            llvm::function_ref<void()> otherwise, HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = op->getLoc();
  Block *before = op->getBlock(), *after = before->splitBlock(op);
  auto addBlock = [&](llvm::function_ref<void()> emit) {
    Block *block = b.createBlock(after);
    emit();
    LLVM::BrOp::create(b, loc, ValueRange(), after);
    return block;
  };
  Block *yes = addBlock(then);
  Block *no = otherwise ? addBlock(otherwise) : after;
  b.setInsertionPointToEnd(before);
  LLVM::CondBrOp::create(b, loc, condition, yes, ValueRange(), no,
                         ValueRange());
  b.setInsertionPoint(op);
}

/// What `accumulator` is before `op`, whether it is in flight or not.
Value emitValue(Operation *op, Value accumulator, unsigned index, bool last,
                HostCalls &host) {
  OpBuilder &b = host.builder;
  Location loc = op->getLoc();
  int64_t floats = floatsOf(accumulator);
  Value slot = host.slot("result" + std::to_string(index) + "of" +
                             std::to_string(floats),
                         floats * 4);
  auto [isToken, bits] = emitTokenTest(accumulator, host);
  emitIf(
      op, isToken,
      [&, bits = bits] {
        host.call(op, ATTN_SIM_FIELD(wgmmaResult), {},
                  {bits, slot, host.constant(loc, last)});
      },
      [&] { LLVM::StoreOp::create(b, loc, accumulator, slot); }, host);
  return LLVM::LoadOp::create(b, loc, accumulator.getType(), slot);
}

/// Whether `value` may be an accumulator in flight, as far as its origin tells.
bool mayBeInFlight(Value value) {
  Operation *origin = value.getDefiningOp();
  if (!origin)
    return !value.getParentBlock()->isEntryBlock();
  return isa<NVVM::WgmmaMmaAsyncOp, nvvm::WgmmaRaOp, nvvm::WgmmaFenceOp,
             LLVM::SelectOp, LLVM::FreezeOp>(origin);
}

/// The accumulator that `op` works on; null if it does not.
Value accumulatorOf(Operation *op) {
  if (!isa<LLVM::ExtractValueOp, LLVM::InsertValueOp, LLVM::StoreOp>(op))
    return {};
  Value value = isa<LLVM::InsertValueOp>(op)
                    ? cast<LLVM::InsertValueOp>(op).getContainer()
                    : op->getOperand(0);
  return floatsOf(value) && mayBeInFlight(value) ? value : Value();
}

/// The first use in every block.
struct Use {
  Operation *op;
  Value accumulator;
};

SmallVector<Use> collectUses(LLVM::LLVMFuncOp function) {
  SmallVector<Use> uses;
  llvm::DenseSet<std::pair<Block *, Value>> known;
  function.getBody().walk([&](Operation *op) {
    if (Value value = accumulatorOf(op))
      if (known.insert({op->getBlock(), value}).second)
        uses.push_back({op, value});
  });
  return uses;
}

void checkUse(Use use, bool waitsAreTied, HostCalls &host) {
  host.builder.setInsertionPoint(use.op);
  if (!waitsAreTied) {
    Value value = emitValue(use.op, use.accumulator, 0, /*last=*/false, host);
    Block *block = use.op->getBlock();
    use.accumulator.replaceUsesWithIf(value, [&](OpOperand &operand) {
      Operation *user = operand.getOwner();
      return user->getBlock() == block &&
             accumulatorOf(user) == use.accumulator;
    });
    return;
  }
  Location loc = use.op->getLoc();
  auto [isToken, bits] = emitTokenTest(use.accumulator, host);
  emitIf(
      use.op, isToken,
      [&, bits = bits] {
        Value none = LLVM::ZeroOp::create(
            host.builder, loc,
            LLVM::LLVMPointerType::get(host.builder.getContext()));
        host.call(use.op, ATTN_SIM_FIELD(wgmmaResult), {},
                  {bits, none, host.constant(loc, 0)});
      },
      nullptr, host);
}
} // namespace

Value giveAccumulator(Operation *op, Value accumulator, unsigned index,
                      HostCalls &host) {
  return emitValue(op, accumulator, index, /*last=*/true, host);
}

void checkAccumulators(LLVM::LLVMFuncOp function, HostCalls &host) {
  bool waitsAreTied = true;
  function.getBody().walk(
      [&](NVVM::WgmmaWaitGroupSyncOp) { waitsAreTied = false; });
  for (const Use &use : collectUses(function))
    checkUse(use, waitsAreTied, host);
}

} // namespace attn::sim
