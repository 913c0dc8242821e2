//===- Ptx.h - Parameters of kernels from real PTX --------------*- C++ -*-===//

#ifndef ATTN_TEST_RUNTIME_CUDA_FAKE_PTX_H
#define ATTN_TEST_RUNTIME_CUDA_FAKE_PTX_H

#include "FakeKernel.h"

#include <map>
#include <string>
#include <vector>

namespace fake {

struct PtxKernel {
  std::vector<size_t> bytes;
  FakeKernelInfo info;
  FakeKernel kernel;
};

/// The kernels of a PTX text by name; none if it has no .entry.
std::map<std::string, PtxKernel> kernelsOf(const std::string &text);

} // namespace fake

#endif // ATTN_TEST_RUNTIME_CUDA_FAKE_PTX_H
