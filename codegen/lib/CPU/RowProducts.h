//===- RowProducts.h - Products of few rows ---------------------*- C++ -*-===//
//
// Where a task has few rows, lanes of queries would stay empty. Its products
// have channels as lanes: K and V are read where they lie, a vector at a time,
// and serve a group of rows; logits are sums over lanes. Logits lie as
// elsewhere, a line of all rows per key, so that scores, masks and softmax are
// the same code. O is kept by rows.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_ROWPRODUCTS_H
#define ATTN_CODEGEN_CPU_ROWPRODUCTS_H

#include "FoldTask.h"

namespace attn::cpu {

/// Rows that a loaded vector of K or V serves.
constexpr int64_t kRowGroup = 4;

/// Elements from one row of q or O to the next.
int64_t getRowPitch(int64_t size);

/// task.queryRows = q * factor, or q as it is if the shape has row pairs, from
/// the elements of q at `rows`, i64 in scratch.
void emitRowPack(FoldTask &task, Value rows);

/// O of every row is multiplied by its element of task.tileMaxima.
void scaleRows(FoldTask &task);

class RowProducts {
public:
  RowProducts(FoldTask &task, const KeyStream &stream, Value firstKey);

  /// logits = K Q^T, and their maxima. Rows beyond the last key repeat it.
  void emitLogits();
  /// O += P V, with P from task.pairs.weights if the shape has row pairs.
  void emitValues();

private:
  /// Rows of a tile of K or V.
  struct Rows {
    RowView view;
    Value first, last; ///< Of the tile, and the last one that exists.
    int64_t size;      ///< Elements, with padding.
  };
  Rows getRows(const RowView &view, Value block, int64_t size, Value firstKey,
               Value keys);
  Value rowAt(const Rows &rows, Value key);
  llvm::SmallVector<Value> multiplyQueries(llvm::ArrayRef<Value> keys,
                                           Value firstRow);
  void multiplyChannels(llvm::ArrayRef<Value> keys, Value queries, Value d,
                        llvm::MutableArrayRef<Value> sums);
  void emitMaxima();
  /// Vectors of O and V from `channel` on, a group of rows from `firstRow` on.
  struct Block {
    Value channel;
    int64_t vectors;
    Value firstRow;
  };
  void addValues(const Block &block);
  Value valuesAt(const Block &block, Value key);
  void addKey(const Block &block, Value key, llvm::MutableArrayRef<Value> sums);
  void addKeyPair(const Block &block, Value key,
                  llvm::MutableArrayRef<Value> sums);

  FoldTask &task;
  KernelBuilder &kb;
  Rows keys, values;
  Rows nextKeys, nextValues; ///< Of the tile behind, which products fetch.
};

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_ROWPRODUCTS_H
