//===- Exp2.h - The polynomial of 2^x for all targets -----------*- C++ -*-===//

#ifndef ATTN_CODEGEN_KERNEL_EXP2_H
#define ATTN_CODEGEN_KERNEL_EXP2_H

namespace attn {

/// 2^x on [-1/2, 1/2], the highest power first: minimax in relative error,
/// 9.2e-8, with 2^0 exact; 1.7e-7 with the rounding of its evaluation in f32.
inline constexpr float kExp2Coefficients[] = {
    0.0013264727f, 0.009671513f, 0.055507336f, 0.24022242f, 0.693147f, 1.0f};

} // namespace attn

#endif // ATTN_CODEGEN_KERNEL_EXP2_H
