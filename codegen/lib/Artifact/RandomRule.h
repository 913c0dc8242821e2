//===- RandomRule.h - How attn-run draws an argument ------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_ARTIFACT_RANDOMRULE_H
#define ATTN_CODEGEN_LIB_ARTIFACT_RANDOMRULE_H

#include "attn/dialect/Attn/Attn.h"

#include <string>

namespace attn {

/// The manifest's form of `rule`, the `attn.random` of `argument`: "lengths"
/// becomes "lengths<X>" or, packed, "offsets<X>", X the letter or size of the
/// token axis that the first op to take the lengths counts on.
mlir::FailureOr<std::string> getRandomRule(mlir::BlockArgument argument,
                                           llvm::StringRef rule);

} // namespace attn

#endif // ATTN_CODEGEN_LIB_ARTIFACT_RANDOMRULE_H
