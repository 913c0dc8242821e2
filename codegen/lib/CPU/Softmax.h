//===- Softmax.h - Online softmax of a group of lanes -----------*- C++ -*-===//

#ifndef ATTN_CODEGEN_CPU_SOFTMAX_H
#define ATTN_CODEGEN_CPU_SOFTMAX_H

#include "FoldTask.h"

namespace attn::cpu {

/// Sets maxima to the least finite number and sums and outT to 0.
void emitSoftmaxInit(FoldTask &task);

/// Raises the maximum of lanes that exceed it by more than 8 (by anything where
/// the state is a result), rescaling what was summed so far. `tileMaxima` are
/// the group's largest logits of this tile.
void emitRaise(FoldTask &task, LaneGroup group, ValueRange tileMaxima);

/// emitRaise; then turns `logits` into weights 2^(logit - maximum) and adds
/// them to the sums of `stream`.
void emitSoftmax(FoldTask &task, const KeyStream &stream, LaneGroup group,
                 ValueRange tileMaxima);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_SOFTMAX_H
