//===- FoldSizes.h - Sizes of one fold at one launch ------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_FOLDSIZES_H
#define ATTN_CODEGEN_LIB_REFERENCE_FOLDSIZES_H

#include "Program.h"

namespace attn::reference {

struct StreamSizes {
  int64_t hk = 0;
  int64_t tokens = 0; ///< Lk, packed T.
  Sequences keys;
};

struct FoldSizes {
  int64_t b = 0, hq = 0; ///< Sequences and heads.
  int64_t tokens = 0;    ///< Lq, packed T.
  int64_t d = 0, dv = 0; ///< A merge has no d.
  bool isPacked = false;
  Sequences queries;
  std::vector<TokenRange> rows; ///< That exist, of each sequence.
  std::vector<StreamSizes> streams;

  /// Rows that exist, over sequences and heads.
  int64_t getRowCount() const;

  /// The shape of a result.
  llvm::SmallVector<int64_t> getShape(bool hasChannels) const;
};

/// The key head that query head `h` reads.
int64_t getKeyHead(const Stream &stream, const FoldSizes &sizes,
                   const StreamSizes &streamSizes, int64_t h);

/// Checks that the operands of `fold` fit together.
llvm::Expected<FoldSizes> getSizes(const Fold &fold,
                                   llvm::ArrayRef<Tensor> values,
                                   llvm::ArrayRef<Tensor> arguments);

/// Visible pairs of one stream, over sequences and query heads.
llvm::Expected<double> countPairs(const Stream &stream, const FoldSizes &sizes,
                                  const StreamSizes &streamSizes,
                                  llvm::ArrayRef<Tensor> arguments,
                                  const Host &host);

/// Visible pairs of all streams.
llvm::Expected<double> countPairs(const Fold &fold, const FoldSizes &sizes,
                                  llvm::ArrayRef<Tensor> arguments,
                                  const Host &host);

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_FOLDSIZES_H
