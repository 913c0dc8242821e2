//===- Number.h - Element types: rounding, reading, writing -----*- C++ -*-===//
//
// Rounding is to nearest, ties to even, done once from float64.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_NUMBER_H
#define ATTN_CODEGEN_LIB_REFERENCE_NUMBER_H

#include "attn/codegen/Reference.h"

namespace attn::reference {

/// Bytes of one element.
int64_t getBytes(Dtype dtype);

/// Type of the elements of tensors of `type`; an unsupported one is not legal
/// in a program.
std::optional<Dtype> getDtype(mlir::Type element);

/// `value` rounded to a floating-point type; F64 and integers leave it alone.
double roundTo(Dtype dtype, double value);
float roundTo(Dtype dtype, float value);

/// Bits of a value of a floating-point type, zero-extended.
uint64_t encodeFloat(Dtype dtype, double value);
double decodeFloat(Dtype dtype, uint64_t bits);

double loadFloat(const Tensor &tensor, int64_t offset);
int64_t loadInteger(const Tensor &tensor, int64_t offset);
void storeFloat(const Tensor &tensor, int64_t offset, double value);

/// Reads `n` elements from `offset` on along the last axis. Exact for f16, bf16
/// and f32.
void loadRow(const Tensor &tensor, int64_t offset, int64_t n, float *row);

/// Offset of an element whose leading indices are given and the rest 0.
int64_t getOffset(const Tensor &tensor, llvm::ArrayRef<int64_t> indices);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_NUMBER_H
