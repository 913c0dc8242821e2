//===- Nesting.h - How deep the brackets of a program go --------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_ARTIFACT_NESTING_H
#define ATTN_CODEGEN_LIB_ARTIFACT_NESTING_H

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace attn {

/// The first bracket of `text` that stands in `most` others or more. Brackets
/// in strings and comments do not count.
std::optional<size_t> findDeepNesting(llvm::StringRef text, int most);

} // namespace attn

#endif // ATTN_CODEGEN_LIB_ARTIFACT_NESTING_H
