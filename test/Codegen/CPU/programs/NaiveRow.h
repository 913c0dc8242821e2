//===- NaiveRow.h - One row of attention, as the definition says -*- C++-*-===//

#ifndef ATTN_TEST_CODEGEN_CPU_NAIVEROW_H
#define ATTN_TEST_CODEGEN_CPU_NAIVEROW_H

#include "NaiveRegion.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Tile/Tile.h"

#include "mlir/IR/Builders.h"

namespace attn::test {

/// A row of a fold or a merge in float64, and by the unfused program in f32.
class NaiveRow {
public:
  NaiveRow(mlir::Operation *op, const TensorMap &tensors);

  void compute(const NaiveTokens &tokens, int64_t head, int64_t i);

  double lse, maximum;
  std::vector<double> out, unfused;
  std::vector<double> mass; ///< Per stream.
  double largestLogit, largestValue;
  /// Largest sum of |scale q k| over channels: what rounding of a logit is
  /// relative to.
  double largestProduct;
  int64_t numSummands; ///< Keys, states and the sink.
  bool hasTerms;       ///< States or a sink.

private:
  /// One summand of the normaliser: a key, a state or the sink.
  struct Summand {
    double logit;
    float narrow;            ///< The logit in f32.
    double count = 1;        ///< What it adds to the sum at weight 1.
    int stream = -1;         ///< Of a key.
    const Tensor *values;    ///< Null: 0.
    std::vector<int64_t> at; ///< Of channel 0.
  };

  void addKeys(unsigned position, const NaiveTokens &queries, int64_t head,
               int64_t i);
  void addTerms(const NaiveTokens &tokens, int64_t head, int64_t i);
  void finish();
  void addValues(double sum, float sum32, float maximum32);
  double applyScore(double logit, llvm::ArrayRef<int64_t> pair,
                    NaiveLengths lengths);
  mlir::Attribute index(int64_t value) { return builder.getIndexAttr(value); }

  tile::FoldOp fold; ///< Or null: a merge.
  llvm::SmallVector<mlir::Value> states;
  const TensorMap &tensors;
  mlir::Builder builder;
  int64_t valueSize;
  mlir::Type element; ///< Of out.
  std::vector<Summand> summands;
};

} // namespace attn::test

#endif // ATTN_TEST_CODEGEN_CPU_NAIVEROW_H
