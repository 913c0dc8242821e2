//===- AmxTiles.h - Tile registers in kernel code ---------------*- C++ -*-===//
//
// A tile register holds 16 rows of 64 bytes: 16 x 16 f32 sums or 16 x 32 bf16.
// The second factor of a product is in pairs: row i of it holds, for each of 16
// columns, elements 2i and 2i + 1 of the inner dimension. There are eight
// registers, and no more tiles may be alive at once.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_CPU_AMXTILES_H
#define ATTN_CODEGEN_CPU_AMXTILES_H

#include "KernelBuilder.h"

namespace attn::cpu {

using mlir::Operation;

constexpr int64_t kTileRows = 16;      ///< Of every tile.
constexpr int64_t kTileDepth = 32;     ///< bf16 elements of a row.
constexpr int64_t kTileElements = 512; ///< bf16 elements of a tile.

/// bf16 elements of `pointer` + `index`.
Value halfAt(KernelBuilder &kb, Value pointer, Value index);
Value halfAt(KernelBuilder &kb, Value pointer, int64_t index);

/// Emits operations of the amx dialect. Pitches are elements from row to row.
class AmxTiles {
public:
  explicit AmxTiles(KernelBuilder &kb) : kb(kb) {}

  Value zeroSums();
  Value loadSums(Value pointer, int64_t pitch);
  void storeSums(Value tile, Value pointer, int64_t pitch);
  Value loadHalves(Value pointer, Value pitch);
  /// The same of what is read once in a while: it leaves the first-level cache
  /// to the rest (tileloaddt1).
  Value streamHalves(Value pointer, Value pitch);
  /// sums + a b
  Value multiply(Value a, Value b, Value sums);

private:
  Operation *createLoad(Value pointer, Value pitch);
  Type sumsType();
  Type halvesType();
  Value memoryAt(Value pointer, Type element);
  Value index(Value value);

  KernelBuilder &kb;
};

/// The amx dialect has no streaming load: turns those that streamHalves marked
/// into calls of the intrinsic. What is left of the dialect lowers by itself.
void lowerStreamedTiles(mlir::ModuleOp module);

} // namespace attn::cpu

#endif // ATTN_CODEGEN_CPU_AMXTILES_H
