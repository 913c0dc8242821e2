//===- Workspace.h - Where buffers and scratch lie --------------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_WORKSPACE_H
#define ATTN_RUNTIME_LIB_WORKSPACE_H

#include "Signature.h"

namespace attn::runtime {

constexpr size_t kMostBuffers = 64; ///< The manifest checker's limit.

/// One buffer for the sizes of a launch.
struct PlacedBuffer {
  int64_t offset;
  int64_t sizes[ATTN_MAX_RANK];
  int64_t strides[ATTN_MAX_RANK];
};

/// Buffers one after the other, each at a multiple of 64 bytes, then the
/// scratch of the threads, which the steps of a plan share.
struct Layout {
  PlacedBuffer buffers[kMostBuffers];
  int64_t scratchOffset = 0;
  int64_t scratchBytes = 0;
  int64_t bytes = 0;
};

/// Computes the layout. Fails with the expression that overflows or is
/// negative.
AttnStatus layOut(const manifest::Manifest &manifest,
                  const manifest::Plan &plan,
                  const manifest::Bindings &bindings, Layout &layout,
                  AttnMessage *message);

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_WORKSPACE_H
