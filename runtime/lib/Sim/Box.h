//===- Box.h - A box of a tensor, as TMA moves it ---------------*- C++ -*-===//
//
// Source: PTX ISA, "Tensors" and cp.async.bulk.tensor.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_BOX_H
#define ATTN_RUNTIME_LIB_SIM_BOX_H

#include "attn/manifest/SimAbi.h"

#include <cstdint>

namespace attn::runtime::sim {

/// Elements of a box on `axis`: every elementStrides-th of those it spans.
inline uint32_t countSteps(const AttnSimTensorMap &map, int axis) {
  uint32_t step = map.elementStrides[axis];
  return (uint32_t(map.box[axis]) + step - 1) / step;
}

/// A box as rows of its innermost axis, one after the other in shared memory.
class Box {
public:
  Box(const AttnSimTensorMap &map, const int32_t *origin);

  uint32_t bytes() const { return rows * rowBytes; }

  /// Copies the box from the tensor, and fill where it lies outside, to
  /// `tile`, whose address in the shared window is `address`: swizzles depend
  /// on it.
  void load(char *tile, uint32_t address) const;
  /// Copies the part of `tile` that lies in the tensor there.
  void store(const char *tile, uint32_t address) const;

private:
  /// Where byte 0 of a row would lie in global memory; null if the row lies
  /// outside the tensor.
  char *row(uint32_t index) const;
  /// Where the chunk at `offset` of the box lies in the tile.
  uint32_t place(uint32_t address, uint32_t offset) const;

  const AttnSimTensorMap &map;
  const int32_t *origin;
  uint32_t rowBytes = 0;
  uint32_t rows = 1;
  uint32_t first = 0, last = 0; ///< Bytes of a row that are in the tensor.
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_BOX_H
