//===- Npy.h - Arrays in NumPy's file format --------------------*- C++ -*-===//
//
// Source: numpy/lib/format.py, versions 1.0 to 3.0. Little-endian, C order, and
// the types of AttnDtype but bf16, which NumPy does not have.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNRUN_NPY_H
#define ATTN_TOOLS_ATTNRUN_NPY_H

#include "HostTensor.h"

namespace attn::run {

/// Reads a file. Throws RunError that names the file.
HostTensor readNpy(const std::string &path);

/// The bytes of a file that holds `tensor`; bf16 is widened to f32.
std::string npyHeader(const HostTensor &tensor);

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_NPY_H
