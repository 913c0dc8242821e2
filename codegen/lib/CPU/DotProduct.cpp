//===- DotProduct.cpp - Products of pairs of bf16 -------------------------===//

#include "DotProduct.h"
#include "AmxTiles.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

/// Rows of a register tile; with three columns 24 accumulators, 3 vectors of B
/// and a broadcast are 28 of 32 registers.
constexpr int64_t kRows = 8;

/// Pairs that a step of the inner loop takes.
constexpr int64_t kStep = 4;

/// kRows rows of C from `row` on.
class DotTile {
public:
  DotTile(KernelBuilder &kb, const PairProduct &product, Value row)
      : kb(kb), product(product),
        c(kb.floatAt(product.c, kb.mul(row, product.pitch))) {
    Value tileRows = kb.i64(kTileRows);
    const PairFactor &from = product.a;
    a = halfAt(kb, from.pointer,
               kb.add(kb.mul(kb.divide(row, tileRows), from.rowStep),
                      kb.mul(kb.remainder(row, tileRows), from.pitch)));
  }

  void emit() {
    SmallVector<Value> sums =
        kb.loop(kb.i64(0), kb.i64(product.depth), 1, load(),
                [&](Value k, ValueRange values) {
                  return kb.loop(kb.i64(0), kb.i64(kTileRows), kStep, values,
                                 [&](Value pair, ValueRange inner) {
                                   SmallVector<Value> next(inner);
                                   addStep(k, pair, next);
                                   return next;
                                 });
                });
    for (auto [i, sum] : llvm::enumerate(sums))
      kb.storeFloats(sum, sumsAt(i));
  }

private:
  Value sumsAt(int64_t i) {
    return kb.floatAt(c, i / product.columns * product.pitch +
                             i % product.columns * kTileRows);
  }

  SmallVector<Value> load() {
    SmallVector<Value> sums;
    for (int64_t i = 0; i < kRows * product.columns; ++i)
      sums.push_back(product.accumulate ? kb.loadFloats(sumsAt(i))
                                        : kb.splat(0.0f));
    return sums;
  }

  /// kStep pairs from number `pair` of chunk `k` on.
  void addStep(Value k, Value pair, SmallVectorImpl<Value> &sums) {
    Value column =
        halfAt(kb, a, kb.add(kb.mul(k, product.a.depthStep), kb.mul(pair, 2)));
    Value row =
        halfAt(kb, product.b,
               kb.add(kb.mul(k, product.depthStep), kb.mul(pair, kTileDepth)));
    for (int64_t i = 0; i < kStep; ++i)
      addPair(halfAt(kb, column, 2 * i), halfAt(kb, row, i * kTileDepth), sums);
  }

  void addPair(Value column, Value row, SmallVectorImpl<Value> &sums) {
    SmallVector<Value> second;
    for (int64_t j = 0; j < product.columns; ++j)
      second.push_back(loadPairs(kb, halfAt(kb, row, j * kTileElements),
                                 kTileDepth * sizeof(int16_t)));
    for (int64_t i = 0; i < kRows; ++i) {
      Value first =
          splatPair(kb, halfAt(kb, column, kb.mul(product.a.pitch, i)));
      for (int64_t j = 0; j < product.columns; ++j) {
        Value &sum = sums[i * product.columns + j];
        sum = addPairs(kb, first, second[j], sum);
      }
    }
  }

  KernelBuilder &kb;
  const PairProduct &product;
  Value a, c; ///< Of row 0.
};

} // namespace

static VectorType getPairsType(KernelBuilder &kb) {
  return VectorType::get({kTileDepth}, kb.b.getBF16Type());
}

Value attn::cpu::loadPairs(KernelBuilder &kb, Value pointer,
                           unsigned alignment) {
  return kb.load(getPairsType(kb), pointer, alignment);
}

Value attn::cpu::splatPair(KernelBuilder &kb, Value pointer) {
  Value bits = kb.splat(kb.load(kb.b.getI32Type(), pointer));
  return LLVM::BitcastOp::create(kb.b, kb.loc, getPairsType(kb), bits);
}

Value attn::cpu::addPairs(KernelBuilder &kb, Value x, Value y, Value sum) {
  auto name = kb.b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps.512");
  return LLVM::CallIntrinsicOp::create(kb.b, kb.loc, kb.floats(), name,
                                       ValueRange{sum, x, y})
      .getResult(0);
}

void attn::cpu::emitDotProduct(KernelBuilder &kb, const PairProduct &product) {
  kb.loop(kb.i64(0), kb.i64(product.rows * kTileRows), kRows,
          [&](Value row) { DotTile(kb, product, row).emit(); });
}
