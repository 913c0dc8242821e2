//===- Attend.h - A program as a list of attends ----------------*- C++ -*-===//
//
// What is left of a function after compilation. Values are numbered: first the
// arguments, then `out` and `lse` of every attend.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_ATTEND_H
#define ATTN_CODEGEN_LIB_REFERENCE_ATTEND_H

#include "Fold.h"
#include "Mask.h"

namespace attn::reference {

struct Attend {
  explicit Attend(mlir::Location location) : location(location) {}

  mlir::Location location;
  unsigned q = 0, k = 0, v = 0, out = 0, lse = 0; ///< Values.
  llvm::SmallVector<unsigned> captures;           ///< Values.
  Dtype type = Dtype::F32;                        ///< Of q, k, v and out.
  double scale = 1;
  Mask mask;
  llvm::SmallVector<MaskTable> maskTables;
  std::optional<RegionProgram<double>> exactScore;
  std::optional<RegionProgram<float>> unfusedScore;
  bool outIsOperand = false, lseIsOperand = false; ///< Of another attend.
};

struct Program::Implementation {
  unsigned arguments = 0;
  std::vector<Attend> attends;
  std::vector<unsigned> results; ///< Values.
};

/// Sizes of one attend at one launch.
struct FoldSizes {
  int64_t b, hq, hk, lq, lk, d, dv;
};

/// Checks that the operands of `attend` fit together.
llvm::Expected<FoldSizes> getSizes(const Attend &attend,
                                   llvm::ArrayRef<Tensor> values,
                                   llvm::ArrayRef<Tensor> arguments);

/// Visible pairs of one query head, over all batches.
double countPairs(const Attend &attend, const FoldSizes &sizes,
                  llvm::ArrayRef<Tensor> arguments, const Host &host);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_ATTEND_H
