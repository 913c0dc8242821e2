//===- LowerFunction.cpp - GPU code becomes host code ---------------------===//

#include "LowerFunction.h"
#include "Accesses.h"
#include "Accumulators.h"
#include "Bf16Bits.h"
#include "OpTable.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attn::sim {
namespace {

/// Intrinsics that x86 code needs no library for.
bool isPlainIntrinsic(Operation *op) {
  return isa<
      LLVM::FMAOp, LLVM::FMulAddOp, LLVM::FAbsOp, LLVM::SqrtOp, LLVM::MaxNumOp,
      LLVM::MinNumOp, LLVM::MaximumOp, LLVM::MinimumOp, LLVM::CopySignOp,
      LLVM::FFloorOp, LLVM::FCeilOp, LLVM::FTruncOp, LLVM::RintOp,
      LLVM::RoundEvenOp, LLVM::NearbyintOp, LLVM::SMaxOp, LLVM::SMinOp,
      LLVM::UMaxOp, LLVM::UMinOp, LLVM::AbsOp, LLVM::CtPopOp,
      LLVM::CountLeadingZerosOp, LLVM::CountTrailingZerosOp, LLVM::ByteSwapOp,
      LLVM::BitReverseOp, LLVM::FshlOp, LLVM::FshrOp, LLVM::SAddWithOverflowOp,
      LLVM::SSubWithOverflowOp, LLVM::SMulWithOverflowOp,
      LLVM::UAddWithOverflowOp, LLVM::USubWithOverflowOp,
      LLVM::UMulWithOverflowOp, LLVM::AssumeOp, LLVM::ExpectOp, LLVM::IsFPClass,
      LLVM::MemcpyOp, LLVM::MemsetOp, LLVM::MemmoveOp, LLVM::vector_reduce_fadd,
      LLVM::vector_reduce_fmax, LLVM::vector_reduce_fmin,
      LLVM::vector_reduce_add, LLVM::vector_reduce_or, LLVM::vector_reduce_and,
      LLVM::vector_reduce_smax, LLVM::vector_reduce_smin>(op);
}

/// Where `op` runs only under a predicate: that operand.
Value getPredicate(Operation *op) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<NVVM::MBarrierInitOp, NVVM::MBarrierArriveExpectTxOp,
            NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp,
            NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp, NVVM::PrefetchOp>(
          [](auto found) { return found.getPredicate(); })
      .Default(Value());
}

class FunctionLowering {
public:
  FunctionLowering(LLVM::LLVMFuncOp function, const SharedLayout &layout,
                   HostCalls &host, BlockCounts &blocks)
      : function(function), layout(layout), host(host), blocks(blocks) {}

  LogicalResult run() {
    host.enter(function);
    if (host.strict)
      blocks.addBlocks(function);
    SmallVector<Operation *> all;
    function.getBody().walk([&](Operation *op) { all.push_back(op); });
    if (host.strict)
      checkAccumulators(function, host);
    bool good = true;
    for (Operation *op : all)
      good &= succeeded(lower(op));
    if (!good)
      return failure();
    if (host.strict)
      blocks.emitCounters(host);
    return replaceBf16ByBits(function);
  }

private:
  LogicalResult lower(Operation *op) {
    host.builder.setInsertionPoint(op);
    if (host.strict)
      tellAccess(op, host);
    if (auto address = dyn_cast<LLVM::AddressOfOp>(op))
      return lowerAddress(address);
    if (auto call = dyn_cast<LLVM::CallOp>(op))
      return lowerCall(call);
    if (const OpTable::Handler *handler = OpTable::get().find(op))
      return lowerWith(*handler, op);
    StringRef name = op->getName().getStringRef();
    if (isa<LLVM::LLVMDialect>(op->getDialect()) &&
        (!name.starts_with("llvm.intr.") || isPlainIntrinsic(op)))
      return success();
    return op->emitError() << "device sim does not know '" << name
                           << "'; add it to the table of codegen/lib/Sim";
  }

  LogicalResult lowerWith(const OpTable::Handler &handler, Operation *op) {
    if (Value predicate = getPredicate(op))
      guard(op, predicate);
    FailureOr<OpTable::Results> results = handler(op, host);
    if (failed(results))
      return failure();
    op->replaceAllUsesWith(*results);
    op->erase();
    return success();
  }

  /// Moves `op`, which has no result that is used, into a block of its own.
  void guard(Operation *op, Value predicate) {
    Block *before = op->getBlock();
    Block *inside = before->splitBlock(op);
    Block *after = inside->splitBlock(op->getNextNode());
    OpBuilder &b = host.builder;
    b.setInsertionPointToEnd(before);
    LLVM::CondBrOp::create(b, op->getLoc(), predicate, inside, ValueRange(),
                           after, ValueRange());
    b.setInsertionPointToEnd(inside);
    LLVM::BrOp::create(b, op->getLoc(), ValueRange(), after);
    b.setInsertionPoint(op);
  }

  LogicalResult lowerAddress(LLVM::AddressOfOp op) {
    if (cast<LLVM::LLVMPointerType>(op.getType()).getAddressSpace() != 3)
      return success();
    std::optional<int64_t> offset = layout.getOffset(op.getGlobalName());
    if (!offset)
      return op.emitError() << "expected a shared variable '"
                            << op.getGlobalName() << "' in the gpu.module";
    op.replaceAllUsesWith(
        host.sharedAddress(op.getLoc(), *offset, op.getType()));
    op->erase();
    return success();
  }

  /// Functions of the module take the host as their last argument.
  LogicalResult lowerCall(LLVM::CallOp op) {
    std::optional<StringRef> callee = op.getCallee();
    auto module = function->getParentOfType<ModuleOp>();
    std::string name =
        (callee.value_or("") + (host.strict ? kStrictSuffix : "")).str();
    auto target =
        callee ? module.lookupSymbol<LLVM::LLVMFuncOp>(name) : nullptr;
    if (!target) // Only functions with a body were copied.
      return op.emitError() << "device sim can not call "
                            << (callee ? ("'" + *callee + "'").str()
                                       : std::string("through a pointer"))
                            << "; expected a function of the same gpu.module";
    SmallVector<Value> operands(op.getArgOperands());
    operands.push_back(function.getBody().front().getArguments().back());
    auto call =
        LLVM::CallOp::create(host.builder, op.getLoc(), target, operands);
    op.replaceAllUsesWith(call);
    op->erase();
    return success();
  }

  LLVM::LLVMFuncOp function;
  const SharedLayout &layout;
  HostCalls &host;
  BlockCounts &blocks;
};

} // namespace

LogicalResult lowerFunction(LLVM::LLVMFuncOp function,
                            const SharedLayout &layout, HostCalls &host,
                            BlockCounts &blocks) {
  return FunctionLowering(function, layout, host, blocks).run();
}

} // namespace attn::sim
