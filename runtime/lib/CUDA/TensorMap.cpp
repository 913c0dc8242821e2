//===- TensorMap.cpp - TMA descriptors ------------------------------------===//

#include "CUDA/TensorMap.h"

#include <algorithm>
#include <string_view>

namespace attn::runtime::cuda {
namespace {
using manifest::Dtype;

int dataTypeOf(Dtype dtype) {
  switch (dtype) {
  case Dtype::kF16:
    return kMapFloat16;
  case Dtype::kBF16:
    return kMapBFloat16;
  case Dtype::kF32:
    return kMapFloat32;
  case Dtype::kF64:
    return kMapFloat64;
  case Dtype::kI32:
    return kMapInt32;
  case Dtype::kI64:
    return kMapInt64;
  case Dtype::kI8:
  case Dtype::kBool:
    return kMapUint8;
  }
  return kMapUint8;
}

/// The place of a word in the driver's enumeration; the manifest checker knows
/// the same words.
int numberOf(std::string_view word,
             std::initializer_list<std::string_view> words) {
  return int(std::find(words.begin(), words.end(), word) - words.begin());
}

/// 16 where the driver wants the innermost extent of a box in whole chunks.
constexpr int64_t kChunkBytes = 16;
constexpr int64_t kMostBox = 256;

int64_t swizzleBytes(int swizzle) { return swizzle ? 16 << swizzle : 0; }
} // namespace

AttnStatus makeRecipe(const manifest::TensorMap &map, Dtype dtype,
                      const char *name, MapRecipe &recipe,
                      AttnMessage *message) {
  recipe.dataType = dataTypeOf(dtype);
  recipe.elementBytes = manifest::dtypeBytes(dtype);
  recipe.rank = int(map.box.size());
  for (int i = 0; i < recipe.rank; ++i) {
    recipe.box[i] = uint32_t(map.box[i]);
    recipe.elementStrides[i] = uint32_t(map.elementStrides[i]);
  }
  recipe.interleave = numberOf(map.interleave, {"none", "16B", "32B"});
  recipe.swizzle = numberOf(map.swizzle, {"none", "32B", "64B", "128B"});
  recipe.l2Promotion =
      numberOf(map.l2Promotion, {"none", "64B", "128B", "256B"});
  recipe.oobFill = numberOf(map.oobFill, {"none", "nan_request_zero_fma"});
  int64_t inner = recipe.box[0] * recipe.elementBytes;
  int64_t most = swizzleBytes(recipe.swizzle);
  if (recipe.interleave == 0 && (inner % kChunkBytes || (most && inner > most)))
    return fail(
        message, ATTN_INVALID_ARTIFACT,
        "tensor map of '%s': its innermost box has %lld bytes, expected "
        "a multiple of %lld, at most %lld with swizzle %s",
        name, (long long)inner, (long long)kChunkBytes,
        (long long)(most ? most : kMostBox * recipe.elementBytes),
        map.swizzle.c_str());
  return ATTN_OK;
}

CUresult encode(const Driver &driver, const MapRecipe &recipe,
                const MapPlace &place, CUtensorMap *map) {
  uint64_t sizes[kMostMapAxes], strides[kMostMapAxes];
  for (int i = 0; i < recipe.rank; ++i) {
    sizes[i] = uint64_t(std::max<int64_t>(place.sizes[i], 1));
    if (i > 0)
      strides[i - 1] = uint64_t(place.strides[i] * recipe.elementBytes);
  }
  return driver.tensorMapEncodeTiled(
      map, recipe.dataType, uint32_t(recipe.rank), place.data, sizes, strides,
      recipe.box, recipe.elementStrides, recipe.interleave, recipe.swizzle,
      recipe.l2Promotion, recipe.oobFill);
}

} // namespace attn::runtime::cuda
