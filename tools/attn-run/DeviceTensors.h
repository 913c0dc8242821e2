//===- DeviceTensors.h - Tensors where a device reads them ------*- C++ -*-===//
//
// Devices of the host read a HostTensor in place. For one with memory of its
// own (cuda) this holds copies there, to be uploaded before a launch and
// downloaded after it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNRUN_DEVICETENSORS_H
#define ATTN_TOOLS_ATTNRUN_DEVICETENSORS_H

#include "HostTensor.h"

namespace attn::run {

class DeviceTensors {
public:
  /// The tensors and the device must outlive this. Throws RunError where the
  /// memory is not to be had.
  DeviceTensors(const AttnDevice *device, std::vector<HostTensor> &inputs,
                std::vector<HostTensor> &results, size_t workspaceBytes);
  ~DeviceTensors();
  DeviceTensors(const DeviceTensors &) = delete;
  DeviceTensors &operator=(const DeviceTensors &) = delete;

  /// What the host holds, results too, becomes what the device sees.
  void upload();
  /// Waits for the device and takes back everything it may have written.
  void download();
  /// On the default stream.
  AttnLaunch launch(uint64_t scheduleSeed, AttnSimMode simMode) const;

private:
  struct Copy {
    HostTensor *host;
    void *memory;
  };
  void place(std::vector<HostTensor> &tensors, std::vector<AttnTensor> &views);
  void release();

  const AttnDevice *device;
  bool isCopied;
  std::vector<Copy> copies;
  std::vector<AttnTensor> inputViews, resultViews;
  void *workspace = nullptr;
  size_t workspaceBytes;
};

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_DEVICETENSORS_H
