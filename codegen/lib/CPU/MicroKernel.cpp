//===- MicroKernel.cpp - Products of a register tile ----------------------===//

#include "MicroKernel.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace attn::cpu;

namespace {

/// One register tile: `rows` x `product.vectors` accumulators.
class RegisterTile {
public:
  RegisterTile(KernelBuilder &kb, const Product &product, Value row,
               int64_t rows)
      : kb(kb), product(product), firstRow(row), rows(rows) {
    c = kb.floatAt(product.c, kb.mul(row, product.pitch));
    const BroadcastFactor &a = product.a;
    if (!a.rowStride) {
      rowPointers.push_back(kb.floatAt(a.pointer, row));
      return;
    }
    for (int64_t i = 0; i < rows; ++i)
      rowPointers.push_back(
          kb.floatAt(a.pointer, kb.mul(kb.add(row, i), a.rowStride)));
  }

  void emit() {
    if (product.beside)
      product.beside(firstRow, rows);
    SmallVector<Value> sums = load();
    int64_t even = product.depth / kUnroll * kUnroll;
    if (even > 0)
      sums = kb.loop(kb.i64(0), kb.i64(even), kUnroll, sums,
                     [&](Value k, ValueRange values) {
                       SmallVector<Value> result(values);
                       for (int64_t i = 0; i < kUnroll; ++i)
                         addColumn(kb.add(k, i), result);
                       return result;
                     });
    for (int64_t k = even; k < product.depth; ++k)
      addColumn(kb.i64(k), sums);
    store(sums);
  }

private:
  static constexpr int64_t kUnroll = 2;

  Value address(Value base, int64_t row, int64_t vector) {
    return kb.floatAt(base, row * product.pitch + vector * kb.variant.lanes);
  }

  SmallVector<Value> load() {
    SmallVector<Value> sums;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < product.vectors; ++j)
        sums.push_back(product.accumulate ? kb.loadFloats(address(c, i, j))
                                          : kb.splat(0.0f));
    return sums;
  }

  void store(ArrayRef<Value> sums) {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < product.vectors; ++j)
        kb.storeFloats(sums[i * product.vectors + j], address(c, i, j));
    for (int64_t j = 0; product.maxima && j < product.vectors; ++j) {
      Value pointer = address(product.maxima, 0, j);
      Value largest = kb.loadFloats(pointer);
      for (int64_t i = 0; i < rows; ++i)
        largest = kb.maxOr(sums[i * product.vectors + j], largest);
      kb.storeFloats(largest, pointer);
    }
  }

  /// sums += column k of A times row k of B.
  void addColumn(Value k, SmallVectorImpl<Value> &sums) {
    Value bRow = kb.floatAt(product.b, kb.mul(k, product.pitch));
    SmallVector<Value> row;
    for (int64_t j = 0; j < product.vectors; ++j)
      row.push_back(kb.loadFloats(address(bRow, 0, j)));
    Value column;
    if (!product.a.rowStride)
      column = kb.floatAt(rowPointers[0], kb.mul(k, product.a.columnStride));
    for (int64_t i = 0; i < rows; ++i) {
      Value pointer =
          column ? kb.floatAt(column, i) : kb.floatAt(rowPointers[i], k);
      Value x = kb.splat(kb.load(kb.f32Type(), pointer));
      for (int64_t j = 0; j < product.vectors; ++j) {
        Value &sum = sums[i * product.vectors + j];
        sum = kb.fma(x, row[j], sum);
      }
    }
  }

  KernelBuilder &kb;
  const Product &product;
  Value firstRow;
  int64_t rows;
  Value c;
  SmallVector<Value> rowPointers;
};

/// Rows of a register tile: as many accumulators as `variant` has for its
/// widest one, a power of two.
int64_t getTileRows(const VariantInfo &variant, int64_t vectors) {
  return llvm::bit_floor(
      static_cast<uint64_t>(variant.tileRows * variant.tileVectors / vectors));
}

} // namespace

void attn::cpu::emitProduct(KernelBuilder &kb, const Product &product) {
  int64_t tileRows = getTileRows(kb.variant, product.vectors);
  int64_t whole = product.rows / tileRows * tileRows;
  if (whole > 0)
    kb.loop(kb.i64(0), kb.i64(whole), tileRows, [&](Value row) {
      RegisterTile(kb, product, row, tileRows).emit();
    });
  if (whole < product.rows)
    RegisterTile(kb, product, kb.i64(whole), product.rows - whole).emit();
}
