//===- Placement.h - A tensor with strides and guards on a device -*- C++
//-*-===//
//
// Dense values of the host become a tensor in the device's memory with the
// layout that a case asks for. Everything around and between its elements holds
// 0xff bytes, which are NaN: a kernel that reads what the tensor does not own
// gives NaN, one that writes there is found out.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_GPU_PLACEMENT_H
#define ATTN_TOOLS_GPU_PLACEMENT_H

#include "HostTensor.h"

namespace attn::pack {

class Placement {
public:
  /// `isTransposed`: [B, H, L, D] lies as [B, L, H, D + 8]; other ranks are
  /// dense.
  Placement(const AttnDevice *device, const run::HostTensor &tensor,
            bool isTransposed);
  ~Placement();
  Placement(Placement &&other) noexcept;
  Placement(const Placement &) = delete;

  /// Copies the values to the device; a null `values` leaves 0xff everywhere.
  void upload(const char *values);
  /// Copies them back, dense. False if something else was written too.
  bool download(char *values);
  AttnTensor view() const;

private:
  template <typename Body>
  void forEachElement(Body body) const;

  const AttnDevice *device;
  AttnDtype dtype;
  int64_t elementBytes;
  std::vector<int64_t> sizes, strides;
  std::vector<char> image; ///< All bytes, guards included, as on the device.
  void *memory = nullptr;
};

} // namespace attn::pack

#endif // ATTN_TOOLS_GPU_PLACEMENT_H
