//===- TileClasses.h - What a route says about tiles ------------*- C++ -*-===//
//
// Evaluates what mask analysis proved (bounds, `classify`) and its predicate of
// one pair (`visible`), so that a test can compare both with every pair.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_TILECLASSES_H
#define ATTN_CODEGEN_TILECLASSES_H

#include "attn/codegen/Reference.h"
#include "attn/dialect/Attn/Attn.h"

namespace attn::reference {

enum class TileClass { Empty, Partial, Full };

/// Rows q0 .. q1 and keys k0 .. k1 of a sequence, both ends included.
struct Tile {
  int64_t q0, q1, k0, k1;
};

/// A route at one launch. Not thread-safe.
class TileClasses {
public:
  /// `route` must outlive the result, `arguments` are those of its function.
  static llvm::Expected<TileClasses> create(RouteOp route,
                                            llvm::ArrayRef<Tensor> arguments,
                                            int64_t queries, int64_t keys);
  TileClasses(TileClasses &&);
  ~TileClasses();

  llvm::Expected<TileClass> classify(int64_t b, int64_t h, const Tile &tile);

  /// The predicate of one pair.
  llvm::Expected<bool> isVisible(int64_t b, int64_t h, int64_t i, int64_t j);

private:
  struct Regions;
  TileClasses(RouteOp route, int64_t keys);

  RouteOp route;
  int64_t keys;
  std::unique_ptr<Regions> regions;
};

} // namespace attn::reference

#endif // ATTN_CODEGEN_TILECLASSES_H
