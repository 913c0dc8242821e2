//===- MaskTiles.h - Masks at one launch, counted by tiles ------*- C++ -*-===//
//
// Puts side by side who sees whom (the reference, pair by pair) and what mask
// analysis says about tiles (TileClasses), for every stream of a program. One
// row is held at a time, so memory grows with the keys, not with the pairs.
//
//   auto masks = MaskTiles::create(input, routes, arguments);
//   masks->count(stream, b, h, {{64, 64}, true}, sink);
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_MASKTILES_H
#define ATTN_CODEGEN_MASKTILES_H

#include "attn/codegen/TileClasses.h"

namespace attn::reference {

/// A stream that a fold reads, at one launch.
struct MaskedStream {
  MaskedStream(unsigned fold, unsigned stream, mlir::Location location)
      : fold(fold), stream(stream), location(location) {}

  unsigned fold; ///< Among the attends, in program order.
  unsigned stream;
  mlir::Location location; ///< Of attn.stream.
  bool hasMask = false;
  bool perHead = false; ///< Else all heads see the same.
  int64_t heads = 0;    ///< Query heads.
  /// Of every sequence; reordered: slots, padding among them.
  std::vector<int64_t> queries, keys;
  /// The ops that the mask is made of, without and, or and not; each once.
  llvm::SmallVector<mlir::Operation *> conditions;

  std::vector<int64_t> pairs; ///< Of tokens, of every sequence.
};

/// A tile, cut off at the lengths. Its queries and keys are slots where they
/// are reordered.
struct CountedTile {
  Tile tile;
  TileClass scheduled; ///< What the route says.
  int64_t visible = 0; ///< Pairs, by the reference.
  uint64_t mixed = 0;  ///< Of a partial one, bit n: condition n holds for
                       ///< some of its pairs and not for others.
  int64_t padding = 0; ///< Rows without a token, which nobody misses.

  int64_t getPairs() const {
    return (tile.q1 - tile.q0 + 1 - padding) * (tile.k1 - tile.k0 + 1);
  }
};

struct TileShape {
  int64_t queries, keys;

  int64_t getPairs() const { return queries * keys; }
  bool operator==(const TileShape &other) const {
    return queries == other.queries && keys == other.keys;
  }
};

struct TileCount {
  TileShape tile;
  bool conditions = true; ///< Find out what mixes; costs a row per condition.
  /// Take the word of analysis for rows of which it calls all tiles empty.
  bool skipEmpty = false;
};

/// Gets the rows of a head in order, and after the last row of a tile the tiles
/// that begin at its first, by ascending keys.
struct TileSink {
  virtual ~TileSink() = default;
  /// `visible` has one byte per key, 0 or 1; `seen` is their sum. Rows that are
  /// padding are left out.
  virtual void row(int64_t i, llvm::ArrayRef<uint8_t> visible, int64_t seen) {}
  virtual void tiles(llvm::ArrayRef<CountedTile> tiles) = 0;
  /// Asked after every row of tiles.
  virtual bool wantsMore() const { return true; }
};

/// The masks of a function at one launch. Not thread-safe.
class MaskTiles {
public:
  /// `input` and `routes` are the same function at these two stages; both must
  /// outlive the result, as must the memory of those `arguments` that masks and
  /// lengths read. The others need sizes only.
  static llvm::Expected<MaskTiles> create(mlir::func::FuncOp input,
                                          mlir::func::FuncOp routes,
                                          llvm::ArrayRef<Tensor> arguments);
  MaskTiles(MaskTiles &&);
  ~MaskTiles();

  llvm::ArrayRef<MaskedStream> getStreams() const;

  /// Counts what head `h` of sequence `b` sees of `stream`, one of
  /// getStreams(). An error if analysis calls a tile empty that is not, or
  /// full.
  llvm::Error count(const MaskedStream &stream, int64_t b, int64_t h,
                    const TileCount &request, TileSink &sink);

  struct Implementation;

private:
  explicit MaskTiles(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

/// Arguments of `function` that masks and lengths read.
llvm::SmallVector<unsigned> getMaskArguments(mlir::func::FuncOp function);

} // namespace attn::reference

#endif // ATTN_CODEGEN_MASKTILES_H
