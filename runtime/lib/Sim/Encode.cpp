//===- Encode.cpp - Tensor maps of device sim -----------------------------===//
//
// Source of the rules: CUDA driver API, cuTensorMapEncodeTiled.
//
//===----------------------------------------------------------------------===//

#include "Encode.h"

#include <algorithm>

namespace attn::runtime::sim {
namespace {
constexpr int64_t kMostBox = 256, kMostElementStride = 8;
constexpr int64_t kAlignment = 16;
constexpr int64_t kMostSize = int64_t(1) << 32;
constexpr int64_t kMostStride = int64_t(1) << 40;

int swizzleBytes(const std::string &word) {
  return word == "128B" ? 128 : word == "64B" ? 64 : word == "32B" ? 32 : 0;
}
} // namespace

AttnStatus prepareTensorMap(const manifest::TensorMap &map,
                            manifest::Dtype dtype, const char *name,
                            size_t rank, AttnSimTensorMap &prepared,
                            AttnMessage *message) {
  prepared = {};
  size_t axes = map.box.size();
  if (axes < 1 || axes > kMostMapAxes || map.axes[0] + 1 != int64_t(rank))
    return fail(message, ATTN_INVALID_ARTIFACT,
                "tensor map of '%s': expected 1 to 5 axes, the last of the "
                "tensor first, but found %zu",
                name, axes);
  if (map.interleave != "none")
    return fail(message, ATTN_INVALID_ARTIFACT,
                "tensor map of '%s': device sim knows interleave none only but "
                "found %s",
                name, map.interleave.c_str());
  for (size_t i = 0; i < axes; ++i) {
    int64_t most = i ? kMostElementStride : 1;
    if (map.box[i] < 1 || map.box[i] > kMostBox || map.elementStrides[i] < 1 ||
        map.elementStrides[i] > most)
      return fail(message, ATTN_INVALID_ARTIFACT,
                  "tensor map of '%s': expected a box of 1 to %lld elements "
                  "and an element stride of 1 to %lld but found %lld and %lld "
                  "on axis %zu",
                  name, (long long)kMostBox, (long long)most,
                  (long long)map.box[i], (long long)map.elementStrides[i], i);
    prepared.box[i] = int32_t(map.box[i]);
    prepared.elementStrides[i] = uint8_t(map.elementStrides[i]);
  }
  prepared.magic = ATTN_SIM_TENSOR_MAP_MAGIC;
  prepared.rank = uint8_t(axes);
  prepared.elementBytes = uint8_t(manifest::dtypeBytes(dtype));
  prepared.swizzleBytes = uint8_t(swizzleBytes(map.swizzle));
  prepared.nanFill = map.oobFill != "none";
  int64_t inner = map.box[0] * prepared.elementBytes;
  if (inner % kAlignment ||
      (prepared.swizzleBytes && inner != prepared.swizzleBytes))
    return fail(
        message, ATTN_INVALID_ARTIFACT,
        "tensor map of '%s': its innermost box has %lld bytes, expected "
        "a multiple of %lld that is the span of the swizzle (%s)",
        name, (long long)inner, (long long)kAlignment, map.swizzle.c_str());
  return ATTN_OK;
}

AttnStatus placeTensorMap(const char *name, const MapPlace &place,
                          AttnSimTensorMap &placed, AttnMessage *message) {
  if (reinterpret_cast<uintptr_t>(place.data) % kAlignment)
    return fail(message, ATTN_CONTRACT,
                "tensor map of '%s': address %p is not a multiple of %lld",
                name, (void *)place.data, (long long)kAlignment);
  placed.base = place.data;
  for (int i = 0; i < place.rank; ++i) {
    placed.sizes[i] = place.sizes[i];
    placed.strides[i] =
        i ? place.strides[i] * placed.elementBytes : placed.elementBytes;
    bool fits = place.sizes[i] <= kMostSize;
    // The stride of an axis of size 1 is never used.
    if (i && place.sizes[i] > 1)
      fits &= placed.strides[i] > 0 && placed.strides[i] < kMostStride &&
              placed.strides[i] % kAlignment == 0;
    if (!fits)
      return fail(message, ATTN_CONTRACT,
                  "tensor map of '%s': axis %d, the innermost is 0, has size "
                  "%lld and stride %lld bytes; expected at most 2^32 and a "
                  "positive multiple of %lld below 2^40",
                  name, i, (long long)place.sizes[i],
                  (long long)placed.strides[i], (long long)kAlignment);
  }
  return ATTN_OK;
}

} // namespace attn::runtime::sim
