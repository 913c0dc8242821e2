//===- MapPlace.cpp - Tensors as tensor maps have them --------------------===//

#include "MapPlace.h"

#include <algorithm>

namespace attn::runtime {
namespace {

/// The axes of a grid in the place of `axis`. The stride of each is that of the
/// one inside of it, as often as that has points.
AttnStatus placeGrid(const StepLaunch &launch, const manifest::MapGrid &grid,
                     const char *name, int64_t size, int64_t stride,
                     MapPlace &place, AttnMessage *message) {
  int64_t points = 1;
  bool overflows = false;
  for (const manifest::Expr &expr : grid.sizes) {
    std::optional<int64_t> count = manifest::evaluate(expr, *launch.bindings);
    overflows |= !count || *count < 0 || place.rank == kMostMapAxes;
    if (overflows)
      break;
    place.sizes[place.rank] = *count;
    place.strides[place.rank++] = stride;
    overflows |=
        __builtin_mul_overflow(points, *count, &points) ||
        __builtin_mul_overflow(stride, std::max<int64_t>(*count, 1), &stride);
  }
  if (!overflows && points == size)
    return ATTN_OK;
  return fail(message, ATTN_CONTRACT,
              "kernel '%s': tensor map of '%s': axis %lld has %lld elements, "
              "expected as many as its grid has points, %lld%s",
              launch.name(), name, (long long)grid.axis, (long long)size,
              (long long)points, overflows ? " or more" : "");
}
} // namespace

AttnStatus placeMap(const StepLaunch &launch, const PlanArgument &argument,
                    MapPlace &place, AttnMessage *message) {
  const manifest::TensorMap &map = *argument.argument->map;
  TensorPlace tensor = launch.locate(argument);
  place.data = tensor.data;
  for (int64_t axis : map.axes) {
    int64_t size = tensor.sizes[axis], stride = tensor.strides[axis];
    if (map.grid && map.grid->axis == axis) {
      if (AttnStatus status =
              placeGrid(launch, *map.grid, argument.argument->tensor.c_str(),
                        size, stride, place, message))
        return status;
      continue;
    }
    place.sizes[place.rank] = size;
    place.strides[place.rank++] = stride;
  }
  return ATTN_OK;
}

bool isAligned(const MapPlace &place, manifest::Dtype dtype) {
  constexpr int64_t kAlignment = 16;
  int64_t bits = reinterpret_cast<int64_t>(place.data);
  for (int i = 1; i < place.rank; ++i)
    bits |= place.strides[i] * manifest::dtypeBytes(dtype);
  return bits % kAlignment == 0;
}

} // namespace attn::runtime
