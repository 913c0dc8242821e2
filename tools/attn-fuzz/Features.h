//===- Features.h - What a random program has -------------------*- C++ -*-===//
//
// Names of everything that is drawn, so that a log tells what its programs
// covered and a test can demand all of it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNFUZZ_FEATURES_H
#define ATTN_TOOLS_ATTNFUZZ_FEATURES_H

#include "ProgramData.h"

namespace attn::fuzz {

/// One word each.
llvm::ArrayRef<llvm::StringLiteral> getFeatureNames();

/// Those that the program has, and the memory of its tensors.
std::vector<std::string> findFeatures(const ProgramSpec &spec,
                                      const Data &data);

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_FEATURES_H
