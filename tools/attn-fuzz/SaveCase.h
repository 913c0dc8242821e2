//===- SaveCase.h - A failing case as files ---------------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNFUZZ_SAVECASE_H
#define ATTN_TOOLS_ATTNFUZZ_SAVECASE_H

#include "ProgramData.h"

namespace attn::fuzz {

/// Writes program.mlir, the arguments as .npy and fails.sh, which runs the
/// program, or the file it is given, and exits with 1 if the check fails: a
/// test for attn-reduce.
llvm::Error saveCase(const std::string &folder, const ProgramSpec &spec,
                     const std::string &device, const std::string &variant,
                     const Data &data);

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_SAVECASE_H
