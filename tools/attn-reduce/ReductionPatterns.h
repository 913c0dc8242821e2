//===- ReductionPatterns.h - Simpler forms of attn ops ----------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNREDUCE_REDUCTIONPATTERNS_H
#define ATTN_TOOLS_ATTNREDUCE_REDUCTIONPATTERNS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace attn {

/// Lets mlir-reduce drop parts of folds, streams, masks and the function, each
/// only if the test still finds what is left interesting.
void registerReductionPatterns(mlir::DialectRegistry &registry);

} // namespace attn

#endif // ATTN_TOOLS_ATTNREDUCE_REDUCTIONPATTERNS_H
