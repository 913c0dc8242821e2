//===- Device.h - What a built-in device can do -----------------*- C++ -*-===//
//
// A Device makes programs and owns the memory they run on. The devices of the
// host (cpu, sim, those of plug-ins) run on plain memory, which is what the
// base class does; a device with memory of its own overrides all of it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_DEVICE_H
#define ATTN_RUNTIME_LIB_DEVICE_H

#include "State.h"

namespace attn::runtime {

class Device {
public:
  virtual ~Device();

  virtual AttnStatus
  prepare(const std::shared_ptr<RuntimeState> &runtime,
          const std::shared_ptr<const ArtifactState> &artifact, size_t entry,
          std::unique_ptr<Program> &program, AttnMessage *message) = 0;

  /// Whether tensors must lie in memory from `allocate`.
  virtual bool hasOwnMemory() const { return false; }
  /// `bytes` > 0; at a multiple of 256 bytes.
  virtual AttnStatus allocate(size_t bytes, void **memory,
                              AttnMessage *message);
  virtual void free(void *memory);
  /// Host to device and back; the copy is complete on return.
  virtual AttnStatus upload(void *to, const void *from, size_t bytes,
                            AttnMessage *message);
  virtual AttnStatus download(void *to, const void *from, size_t bytes,
                              AttnMessage *message);
  /// Waits for all work on a stream and says if any of it failed.
  virtual AttnStatus synchronize(void *stream, AttnMessage *message);
  /// One line for people: model, driver; empty for the host.
  virtual std::string description() const { return {}; }
};

/// A device that is a function making programs, on the host's memory.
class HostDevice : public Device {
public:
  HostDevice(PrepareFunction function, const AttnPlugin *plugin)
      : function(function), plugin(plugin) {}

  AttnStatus prepare(const std::shared_ptr<RuntimeState> &runtime,
                     const std::shared_ptr<const ArtifactState> &artifact,
                     size_t entry, std::unique_ptr<Program> &program,
                     AttnMessage *message) override {
    return function(runtime, plugin, artifact, entry, program, message);
  }

private:
  PrepareFunction function;
  const AttnPlugin *plugin;
};

/// Opens the device "cuda" or "cuda:N"; `ordinal` is empty or "N".
AttnStatus openCuda(const std::string &ordinal, std::shared_ptr<Device> &device,
                    AttnMessage *message);

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_DEVICE_H
