//===- Placement.cpp - A tensor with strides and guards on a device -------===//

#include "Placement.h"
#include "Failure.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace attn::pack {
namespace {
constexpr int64_t kGuardBytes = 1024; ///< A multiple of every alignment.
constexpr int64_t kGap = 8;           ///< Unowned elements after a row.
} // namespace

Placement::Placement(const AttnDevice *device, const run::HostTensor &tensor,
                     bool isTransposed)
    : device(device), dtype(tensor.dtype),
      elementBytes(run::dtypeBytes(tensor.dtype)), sizes(tensor.sizes),
      strides(tensor.sizes.size()) {
  std::vector<size_t> order(sizes.size()); // innermost first
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = order.size() - 1 - i;
  bool isMoved = isTransposed && sizes.size() == 4;
  if (isMoved)
    std::swap(order[1], order[2]);
  int64_t stride = 1;
  for (size_t axis : order) {
    strides[axis] = stride;
    stride *= std::max<int64_t>(1, sizes[axis]);
    if (isMoved && axis == order[0])
      stride += kGap;
  }
  image.assign(size_t(stride * elementBytes + 2 * kGuardBytes), char(0xff));
  run::require(attnDeviceAllocate, device, image.size(), &memory);
}

Placement::Placement(Placement &&other) noexcept
    : device(other.device), dtype(other.dtype),
      elementBytes(other.elementBytes), sizes(std::move(other.sizes)),
      strides(std::move(other.strides)), image(std::move(other.image)),
      memory(std::exchange(other.memory, nullptr)) {}

Placement::~Placement() { attnDeviceFree(device, memory); }

/// body(byte offset in the image, index of the element).
template <typename Body>
void Placement::forEachElement(Body body) const {
  int64_t total = 1;
  for (int64_t size : sizes)
    total *= size;
  int64_t inner = sizes.empty() ? 1 : sizes.back();
  for (int64_t row = 0; inner && row < total / inner; ++row) {
    int64_t offset = 0, rest = row;
    for (size_t axis = sizes.size() - (sizes.empty() ? 0 : 1); axis-- > 0;) {
      offset += rest % sizes[axis] * strides[axis];
      rest /= sizes[axis];
    }
    body(kGuardBytes + offset * elementBytes, row * inner * elementBytes,
         inner * elementBytes);
  }
}

void Placement::upload(const char *values) {
  std::fill(image.begin(), image.end(), char(0xff));
  if (values)
    forEachElement([&](int64_t to, int64_t from, int64_t bytes) {
      std::memcpy(image.data() + to, values + from, size_t(bytes));
    });
  run::require(attnDeviceUpload, device, memory,
               static_cast<const void *>(image.data()), image.size());
}

bool Placement::download(char *values) {
  std::vector<char> found(image.size());
  run::require(attnDeviceDownload, device, static_cast<void *>(found.data()),
               static_cast<const void *>(memory), found.size());
  forEachElement([&](int64_t from, int64_t to, int64_t bytes) {
    std::memcpy(values + to, found.data() + from, size_t(bytes));
    std::memcpy(found.data() + from, image.data() + from, size_t(bytes));
  });
  return found == image;
}

AttnTensor Placement::view() const {
  return {static_cast<char *>(memory) + kGuardBytes, sizes.data(),
          strides.data(), int32_t(sizes.size()), dtype};
}

} // namespace attn::pack
