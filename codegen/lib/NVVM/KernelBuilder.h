//===- KernelBuilder.h - Scalars, memory and control flow -------*- C++ -*-===//
//
// The words kernels are written in: llvm ops on i1, i32, i64, f32 and pointers,
// at one insertion point. Blocks end where control flow says so.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_KERNELBUILDER_H
#define ATTN_CODEGEN_LIB_NVVM_KERNELBUILDER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attn::nvptx {

using mlir::Block;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

/// Address spaces.
inline constexpr unsigned kGlobal = 1, kShared = 3, kSharedCluster = 7;

class KernelBuilder {
public:
  KernelBuilder(mlir::OpBuilder builder, mlir::Location loc)
      : b(builder), loc(loc) {}

  Type i1() { return b.getI1Type(); }
  Type i32() { return b.getI32Type(); }
  Type i64() { return b.getI64Type(); }
  Type f32() { return b.getF32Type(); }
  Type pointer(unsigned space) {
    return mlir::LLVM::LLVMPointerType::get(b.getContext(), space);
  }
  /// Struct of `count` f32: the registers of an accumulator.
  Type accumulator(unsigned count);

  Value cst(Type type, int64_t value);
  Value c32(int64_t value) { return cst(i32(), value); }
  Value c64(int64_t value) { return cst(i64(), value); }
  Value c1(bool value) { return cst(i1(), value); }
  Value cf(float value);

  Value add(Value x, Value y);
  Value add(Value x, int64_t y) { return y ? add(x, cst(x.getType(), y)) : x; }
  Value sub(Value x, Value y);
  Value mul(Value x, Value y);
  Value mul(Value x, int64_t y);
  Value bitAnd(Value x, Value y);
  Value bitAnd(Value x, int64_t y) { return bitAnd(x, cst(x.getType(), y)); }
  Value bitOr(Value x, Value y);
  Value bitXor(Value x, Value y);
  Value shl(Value x, int64_t y);
  Value lshr(Value x, int64_t y);
  Value compare(mlir::LLVM::ICmpPredicate predicate, Value x, Value y);
  Value eq(Value x, Value y) {
    return compare(mlir::LLVM::ICmpPredicate::eq, x, y);
  }
  Value slt(Value x, Value y) {
    return compare(mlir::LLVM::ICmpPredicate::slt, x, y);
  }
  Value sge(Value x, Value y) {
    return compare(mlir::LLVM::ICmpPredicate::sge, x, y);
  }
  Value select(Value c, Value x, Value y);
  Value smin(Value x, Value y);
  Value smax(Value x, Value y);
  Value sext(Value x);  ///< i32 to i64.
  Value trunc(Value x); ///< i64 to i32.

  Value fadd(Value x, Value y);
  Value fmul(Value x, Value y);
  Value fneg(Value x);
  Value fma(Value x, Value y, Value z);
  Value fmax(Value x, Value y);
  Value ex2(Value x);
  /// Horner's scheme, the coefficient of the highest power first.
  Value polynomial(llvm::ArrayRef<float> coefficients, Value x);

  /// Two values rounded to `element` (f16 or bf16) as one i32, `low` below.
  Value packPair(Type element, Value low, Value high);

  /// The bits of an f16 or bf16, i16, as f32.
  Value widen(Value bits, Type element);
  /// Element `index`, i32, of an array of f32, f16 or bf16, as f32.
  Value loadFloat(Value array, Type element, Value index);
  /// f32 to element `index`, i32, rounded to nearest even.
  void storeFloat(Value value, Value array, Type element, Value index);

  /// `base` plus bytes.
  Value at(Value base, Value bytes);
  Value at(Value base, int64_t bytes);
  Value load(Type type, Value pointer, unsigned align);
  void store(Value value, Value pointer, unsigned align);

  llvm::SmallVector<Value> unpack(Value accumulator);
  Value pack(llvm::ArrayRef<Value> elements);

  /// Value of lane `lane ^ mask`.
  Value shuffleXor(Value value, int64_t mask);
  /// Value of lane `lane - distance`, of the lane itself where there is none.
  Value shuffleUp(Value value, int64_t distance);
  /// Value of lane 0, or of `lane`: what a warp agrees on.
  Value broadcast(Value value, int64_t lane = 0) {
    return broadcast(value, c32(lane));
  }
  Value broadcast(Value value, Value lane);

  /// `predicate` holds in some lane of the warp.
  Value any(Value predicate);

  /// Adds to what device sim reports as `name`.
  void tally(llvm::StringRef name, Value n);

  /// What this thread stored to shared memory is seen by wgmma and TMA of
  /// whoever meets it afterwards.
  void proxyFence();
  /// `threads` threads meet at named barrier `id`, i32.
  void meet(Value id, int64_t threads);

  /// A block behind the current one, with arguments of `types`.
  Block *block(mlir::TypeRange types = {});
  void enter(Block *target) { b.setInsertionPointToEnd(target); }
  void br(Block *target, ValueRange args = {});
  void condBr(Value condition, Block *ifTrue, ValueRange trueArgs,
              Block *ifFalse, ValueRange falseArgs);
  /// Runs `body` where `condition` holds and goes on behind.
  void when(Value condition, llvm::function_ref<void()> body);
  /// for (i = first; i < end; i += step) body(i).
  void loop(Value first, Value end, int64_t step,
            llvm::function_ref<void(Value)> body);
  /// The same with values = body(i, values); gives the values.
  llvm::SmallVector<Value>
  loop(Value first, Value end, int64_t step, llvm::ArrayRef<Value> values,
       llvm::function_ref<llvm::SmallVector<Value>(Value, ValueRange)> body);

  mlir::OpBuilder b;
  mlir::Location loc;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_KERNELBUILDER_H
