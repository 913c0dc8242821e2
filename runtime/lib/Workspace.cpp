//===- Workspace.cpp - Where buffers and scratch lie ----------------------===//

#include "Workspace.h"
#include "Message.h"

#include <algorithm>

namespace attn::runtime {
namespace {
constexpr int64_t kAlignment = 64;

/// Rounds up to the alignment; false on overflow.
bool align(int64_t &bytes) {
  if (__builtin_add_overflow(bytes, kAlignment - 1, &bytes))
    return false;
  bytes -= bytes % kAlignment;
  return true;
}

AttnStatus place(const manifest::Buffer &buffer,
                 const manifest::Bindings &bindings, PlacedBuffer &placed,
                 int64_t &end, AttnMessage *message) {
  int64_t bytes = manifest::dtypeBytes(buffer.dtype);
  int64_t stride = 1;
  bool fits = true, isEmpty = false;
  for (size_t axis = buffer.shape.size(); axis-- > 0;) {
    auto size = manifest::evaluate(buffer.shape[axis], bindings);
    if (!size || *size < 0)
      return fail(message, ATTN_CONTRACT,
                  "buffer '%s': the size of axis %zu overflows or is negative "
                  "for these letters; use smaller sizes",
                  buffer.name.c_str(), axis);
    placed.sizes[axis] = *size;
    placed.strides[axis] = stride;
    // A tensor map takes no stride of 0, even of a tensor without elements.
    isEmpty |= *size == 0;
    fits &= !__builtin_mul_overflow(stride, *size ? *size : 1, &stride);
  }
  fits &= !__builtin_mul_overflow(bytes, stride, &bytes);
  if (isEmpty)
    bytes = 0;
  placed.offset = end;
  fits &= !__builtin_add_overflow(end, bytes, &end) && align(end);
  if (fits)
    return ATTN_OK;
  return fail(message, ATTN_CONTRACT,
              "buffer '%s': its size overflows 64 bits for these letters; use "
              "smaller sizes",
              buffer.name.c_str());
}
} // namespace

AttnStatus layOut(const manifest::Manifest &manifest,
                  const manifest::Plan &plan,
                  const manifest::Bindings &bindings, Layout &layout,
                  AttnMessage *message) {
  int64_t end = 0;
  for (size_t i = 0; i < plan.buffers.size(); ++i)
    if (AttnStatus status =
            place(plan.buffers[i], bindings, layout.buffers[i], end, message))
      return status;
  layout.scratchOffset = end;
  layout.scratchBytes = 0;
  for (const manifest::Step &step : plan.steps) {
    const manifest::Kernel *kernel =
        manifest::findKernel(manifest, plan.target, step.kernel);
    auto perThread =
        manifest::evaluate(kernel->scratchBytesPerThread, bindings);
    int64_t bytes = 0;
    if (!perThread || *perThread < 0 || *perThread % kAlignment ||
        __builtin_mul_overflow(*perThread, *bindings.threads, &bytes))
      return fail(message, ATTN_CONTRACT,
                  "kernel '%s': its scratch size overflows or is no multiple "
                  "of %lld bytes for these letters",
                  kernel->name.c_str(), (long long)kAlignment);
    layout.scratchBytes = std::max(layout.scratchBytes, bytes);
  }
  if (__builtin_add_overflow(end, layout.scratchBytes, &layout.bytes))
    return fail(message, ATTN_CONTRACT,
                "the workspace overflows 64 bits for these letters");
  return ATTN_OK;
}

} // namespace attn::runtime
