//===- MapPlace.h - Tensors as tensor maps have them ------------*- C++ -*-===//
//
// The axes of a descriptor at a launch: those of the tensor, or of a grid whose
// points one of them counts. Both devices encode from here.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_MAPPLACE_H
#define ATTN_RUNTIME_LIB_MAPPLACE_H

#include "PlanProgram.h"

namespace attn::runtime {

constexpr int kMostMapAxes = 5;

/// Innermost first, in elements.
struct MapPlace {
  char *data;
  int rank = 0;
  int64_t sizes[kMostMapAxes], strides[kMostMapAxes];
};

/// Finds the tensor of `argument`, a tensor map. Fails where the points of its
/// grid are not as many as the elements of the axis.
AttnStatus placeMap(const StepLaunch &launch, const PlanArgument &argument,
                    MapPlace &place, AttnMessage *message);

/// A descriptor can be encoded, as far as alignment goes: address and strides
/// are multiples of 16 bytes.
bool isAligned(const MapPlace &place, manifest::Dtype dtype);

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_MAPPLACE_H
