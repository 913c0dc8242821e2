//===- KernelBuilder.h - The vocabulary of kernel code ----------*- C++ -*-===//
//
// A builder with a location and short names for what kernels consist of: i64
// arithmetic, pointers, vectors of queries, loops. All integers of kernel code
// are i64; addresses are !llvm.ptr with element offsets.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_KERNELBUILDER_H
#define ATTN_CODEGEN_CPU_KERNELBUILDER_H

#include "Variant.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

namespace attn::cpu {

using mlir::Location;
using mlir::OpBuilder;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;
using mlir::VectorType;

enum class CacheLevel { First, Second };

class KernelBuilder {
public:
  KernelBuilder(OpBuilder &builder, Location loc, const VariantInfo &variant)
      : b(builder), loc(loc), variant(variant) {}

  OpBuilder &b;
  Location loc;
  const VariantInfo &variant;

  // Types.
  Type i64Type() { return b.getI64Type(); }
  Type f32Type() { return b.getF32Type(); }
  Type ptrType() { return mlir::LLVM::LLVMPointerType::get(b.getContext()); }
  VectorType vectorOf(Type element);
  VectorType floats() { return vectorOf(f32Type()); }

  // i64 arithmetic; constants fold.
  Value i64(int64_t value);
  Value add(Value x, Value y);
  Value sub(Value x, Value y);
  Value mul(Value x, Value y);
  Value add(Value x, int64_t y) { return y ? add(x, i64(y)) : x; }
  Value mul(Value x, int64_t y) { return y == 1 ? x : mul(x, i64(y)); }
  Value divide(Value x, Value y); ///< Both 0 or more, y not 0.
  Value remainder(Value x, Value y);
  Value min(Value x, Value y);
  Value max(Value x, Value y);
  Value less(Value x, Value y); ///< Signed, i1.
  Value both(Value x, Value y); ///< i1.
  Value either(Value x, Value y);
  Value negate(Value x); ///< i1.
  Value select(Value condition, Value x, Value y);

  // Memory.
  Value at(Value pointer, Type element, Value index);
  Value at(Value pointer, Type element, int64_t index);
  Value floatAt(Value pointer, Value index) {
    return at(pointer, f32Type(), index);
  }
  Value floatAt(Value pointer, int64_t index) {
    return at(pointer, f32Type(), index);
  }
  Value load(Type type, Value pointer, unsigned alignment = 0);
  void store(Value value, Value pointer, unsigned alignment = 0);
  /// Fetches `size` elements from `row` on.
  void prefetch(Value row, Type element, int64_t size,
                CacheLevel level = CacheLevel::Second);
  Value loadFloats(Value pointer); ///< Aligned vector of scratch.
  void storeFloats(Value value, Value pointer);

  // Vectors of f32, one query per lane.
  Value f32(float value);
  Value splat(float value) { return splat(f32(value)); }
  Value splat(Value scalar);
  Value fma(Value x, Value y, Value z); ///< x * y + z
  Value addf(Value x, Value y);
  Value subf(Value x, Value y);
  Value mulf(Value x, Value y);
  /// The larger; `y` where one of them is NaN (vmaxps).
  Value maxOr(Value x, Value y);
  Value anyLane(Value lanes); ///< i1 of a vector of i1.

  // Control.
  using Body = llvm::function_ref<void(Value)>;
  using Step = llvm::function_ref<llvm::SmallVector<Value>(Value, ValueRange)>;
  void loop(Value from, Value to, int64_t step, Body body);
  llvm::SmallVector<Value> loop(Value from, Value to, int64_t step,
                                ValueRange inits, Step body);
  void when(Value condition, llvm::function_ref<void()> then,
            llvm::function_ref<void()> otherwise = nullptr);
  using Values = llvm::function_ref<llvm::SmallVector<Value>()>;
  llvm::SmallVector<Value> choose(Value condition, mlir::TypeRange types,
                                  Values then, Values otherwise);
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_KERNELBUILDER_H
