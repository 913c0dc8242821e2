//===- Elements.h - Loads, stores and transposes of tensor elements -*- C++
//-*-===//
//
// Kernels compute in f32. f16 and bf16 are widened when they are loaded and
// rounded once, to nearest even, when they are stored.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_ELEMENTS_H
#define ATTN_CODEGEN_CPU_ELEMENTS_H

#include "KernelBuilder.h"

namespace attn::cpu {

/// f32 of the element, or of `lanes` consecutive ones, at `pointer`.
Value loadElement(KernelBuilder &kb, Type element, Value pointer);
Value loadElements(KernelBuilder &kb, Type element, Value pointer);

/// f16 or bf16 as f32; other values as they are. Scalars and vectors.
Value widen(KernelBuilder &kb, Value value);

/// Stores f32 as `element`: a scalar or a vector.
void storeElements(KernelBuilder &kb, Value value, Type element, Value pointer);

/// f32 rounded to what `element` can hold, as f32.
Value roundTo(KernelBuilder &kb, Value value, Type element);

/// As many vectors as a vector has lanes, rows and columns exchanged.
llvm::SmallVector<Value> transpose(KernelBuilder &kb,
                                   llvm::ArrayRef<Value> rows);

/// Calls `body` with the first index of vectors that cover [0, size): the last
/// one overlaps the one before if `size` is not a multiple. size >= lanes.
void forEachVector(KernelBuilder &kb, int64_t size,
                   llvm::function_ref<void(Value)> body);

/// The same for any size: `body(index, isVector)`, element by element below one
/// vector.
void forEachPart(KernelBuilder &kb, int64_t size,
                 llvm::function_ref<void(Value, bool)> body);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_ELEMENTS_H
