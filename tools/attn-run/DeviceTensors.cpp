//===- DeviceTensors.cpp - Tensors where a device reads them --------------===//

#include "DeviceTensors.h"
#include "Failure.h"

#include "attn/tools/Launch.h"

namespace attn::run {

DeviceTensors::DeviceTensors(const AttnDevice *device,
                             std::vector<HostTensor> &inputs,
                             std::vector<HostTensor> &results,
                             size_t workspaceBytes)
    : device(device), isCopied(attnDeviceHasOwnMemory(device)),
      workspaceBytes(workspaceBytes) {
  try {
    place(inputs, inputViews);
    place(results, resultViews);
    require(attnDeviceAllocate, device, workspaceBytes, &workspace);
  } catch (...) {
    release();
    throw;
  }
}

void DeviceTensors::place(std::vector<HostTensor> &tensors,
                          std::vector<AttnTensor> &views) {
  for (HostTensor &tensor : tensors) {
    views.push_back(tensor.view());
    if (!isCopied)
      continue;
    require(attnDeviceAllocate, device, tensor.bytes.size(),
            &views.back().data);
    copies.push_back({&tensor, views.back().data});
  }
}

DeviceTensors::~DeviceTensors() { release(); }

void DeviceTensors::release() {
  for (const Copy &copy : copies)
    attnDeviceFree(device, copy.memory);
  attnDeviceFree(device, workspace);
}

void DeviceTensors::upload() {
  for (const Copy &copy : copies)
    require(attnDeviceUpload, device, copy.memory,
            static_cast<const void *>(copy.host->bytes.data()),
            copy.host->bytes.size());
}

void DeviceTensors::download() {
  require(attnDeviceSynchronize, device, static_cast<void *>(nullptr));
  for (const Copy &copy : copies)
    require(attnDeviceDownload, device,
            static_cast<void *>(copy.host->bytes.data()),
            static_cast<const void *>(copy.memory), copy.host->bytes.size());
}

AttnLaunch DeviceTensors::launch(uint64_t scheduleSeed,
                                 AttnSimMode simMode) const {
  AttnLaunch launch =
      makeLaunch(inputViews, resultViews, workspace, workspaceBytes);
  launch.scheduleSeed = scheduleSeed;
  launch.simMode = simMode;
  return launch;
}

} // namespace attn::run
