//===- HostCalls.cpp - Code that calls the simulated hardware -------------===//

#include "HostCalls.h"

using namespace mlir;

namespace attn::sim {

void HostCalls::enter(LLVM::LLVMFuncOp function) {
  entry = &function.getBody().front();
  host = entry->getArguments().back();
  slots.clear();
  chain = {};
}

/// The pointers in the host do not change while a thread looks at them, nor do
/// the numbers it reads.
Value HostCalls::loadField(Location loc, Value base, size_t offset, Type type) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value address = LLVM::GEPOp::create(
      builder, loc, pointer, builder.getI8Type(), base,
      ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(int32_t(offset))});
  return LLVM::LoadOp::create(builder, loc, type, address, /*alignment=*/0,
                              /*isVolatile=*/false, /*isNonTemporal=*/false,
                              /*isInvariant=*/true);
}

LLVM::CallOp HostCalls::callField(Location loc, size_t field, Type result,
                                  ValueRange arguments) {
  MLIRContext *context = builder.getContext();
  SmallVector<Value> operands = {
      loadField(loc, host, field, LLVM::LLVMPointerType::get(context))};
  llvm::append_range(operands, arguments);
  auto type = LLVM::LLVMFunctionType::get(
      result ? result : LLVM::LLVMVoidType::get(context),
      SmallVector<Type>(arguments.getTypes()));
  return LLVM::CallOp::create(builder, loc, type, operands);
}

Value HostCalls::callPlain(Location loc, size_t field, Type result,
                           ValueRange arguments) {
  return callField(loc, field, result, arguments).getResult();
}

LLVM::CallOp HostCalls::callDirect(Location loc, size_t field,
                                   ValueRange arguments) {
  SmallVector<Value> all = {host};
  llvm::append_range(all, arguments);
  return callField(loc, field, {}, all);
}

Value HostCalls::call(Operation *op, size_t field, Type result,
                      ValueRange arguments) {
  Location loc = op->getLoc();
  SmallVector<Value> all = {host, constant(loc, siteOf(op))};
  llvm::append_range(all, arguments);
  LLVM::CallOp call = callField(loc, field, result, all);
  return result ? call.getResult() : Value();
}

Value HostCalls::readHost(Location loc, size_t field) {
  return loadField(loc, host, field, builder.getI32Type());
}

Value HostCalls::readThread(Location loc, size_t field) {
  Value thread = loadField(loc, host, ATTN_SIM_FIELD(thread),
                           LLVM::LLVMPointerType::get(builder.getContext()));
  return loadField(loc, thread, field, builder.getI32Type());
}

void HostCalls::countBlock(Location loc, int32_t number) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value thread = loadField(loc, host, ATTN_SIM_FIELD(thread), pointer);
  Value counters =
      loadField(loc, thread, offsetof(AttnSimThread, blocks), pointer);
  Value counter =
      LLVM::GEPOp::create(builder, loc, pointer, builder.getI64Type(), counters,
                          ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(number)});
  Value count =
      LLVM::LoadOp::create(builder, loc, builder.getI64Type(), counter);
  count = LLVM::AddOp::create(builder, loc, count, constant(loc, 1, 64));
  LLVM::StoreOp::create(builder, loc, count, counter);
}

Value HostCalls::sharedAddress(Location loc, int64_t offset, Type type) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value base = loadField(loc, host, ATTN_SIM_FIELD(shared), pointer);
  Value address = LLVM::GEPOp::create(
      builder, loc, pointer, builder.getI8Type(), base,
      ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(int32_t(offset))});
  if (type == pointer)
    return address;
  return LLVM::AddrSpaceCastOp::create(builder, loc, type, address);
}

Value HostCalls::constant(Location loc, int64_t value, unsigned bits) {
  Type type = builder.getIntegerType(bits);
  return LLVM::ConstantOp::create(builder, loc, type,
                                  builder.getIntegerAttr(type, value));
}

Value HostCalls::generic(Value pointer) {
  auto type = cast<LLVM::LLVMPointerType>(pointer.getType());
  if (type.getAddressSpace() == 0)
    return pointer;
  return LLVM::AddrSpaceCastOp::create(
      builder, pointer.getLoc(),
      LLVM::LLVMPointerType::get(builder.getContext()), pointer);
}

Value HostCalls::orConstant(Location loc, Value value, int64_t otherwise) {
  return value ? value : constant(loc, otherwise);
}

Value HostCalls::slot(StringRef key, int64_t bytes) {
  Value &slot = slots[key];
  if (slot)
    return slot;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(entry);
  Location loc = entry->getParentOp()->getLoc();
  slot = LLVM::AllocaOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext()),
      builder.getI8Type(), constant(loc, bytes), /*alignment=*/64);
  return slot;
}

} // namespace attn::sim
