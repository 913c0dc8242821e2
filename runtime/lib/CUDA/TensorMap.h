//===- TensorMap.h - TMA descriptors ----------------------------*- C++ -*-===//
//
// The words of a manifest's TensorMap become the driver's numbers in prepare;
// per launch only base, sizes and strides are filled in and the descriptor is
// encoded, which is arithmetic of the host and may happen during capture.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_CUDA_TENSORMAP_H
#define ATTN_RUNTIME_LIB_CUDA_TENSORMAP_H

#include "CUDA/Driver.h"
#include "MapPlace.h"
#include "attn/manifest/Manifest.h"

namespace attn::runtime::cuda {

/// A TensorMap that is ready but for what a launch gives.
struct MapRecipe {
  int dataType = 0;
  int64_t elementBytes = 0;
  int rank = 0;
  uint32_t box[kMostMapAxes];
  uint32_t elementStrides[kMostMapAxes];
  int interleave = 0, swizzle = 0, l2Promotion = 0, oobFill = 0;
};

/// Translates, and checks what the driver would refuse at every launch and the
/// manifest's own check does not know. `name` is the tensor's, for messages.
AttnStatus makeRecipe(const manifest::TensorMap &map, manifest::Dtype dtype,
                      const char *name, MapRecipe &recipe,
                      AttnMessage *message);

/// Encodes a descriptor. An axis of size 0, which the driver refuses, counts
/// as 1: no kernel loads from an empty tensor.
CUresult encode(const Driver &driver, const MapRecipe &recipe,
                const MapPlace &place, CUtensorMap *map);

} // namespace attn::runtime::cuda

#endif // ATTN_RUNTIME_LIB_CUDA_TENSORMAP_H
