//===- CudaDevice.h - One GPU -----------------------------------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_CUDA_CUDADEVICE_H
#define ATTN_RUNTIME_LIB_CUDA_CUDADEVICE_H

#include "CUDA/Driver.h"
#include "Device.h"

namespace attn::runtime::cuda {

/// A GPU and its primary context, which it shares with frameworks that use the
/// CUDA runtime: their pointers and streams are valid here.
class CudaDevice : public Device,
                   public std::enable_shared_from_this<CudaDevice> {
public:
  explicit CudaDevice(std::shared_ptr<const Driver> driver)
      : driver(std::move(driver)) {}
  ~CudaDevice() override;

  AttnStatus open(const std::string &ordinal, AttnMessage *message);

  AttnStatus prepare(const std::shared_ptr<RuntimeState> &runtime,
                     const std::shared_ptr<const ArtifactState> &artifact,
                     size_t entry, std::unique_ptr<Program> &program,
                     AttnMessage *message) override;
  bool hasOwnMemory() const override { return true; }
  AttnStatus allocate(size_t bytes, void **memory,
                      AttnMessage *message) override;
  void free(void *memory) override;
  AttnStatus upload(void *to, const void *from, size_t bytes,
                    AttnMessage *message) override;
  AttnStatus download(void *to, const void *from, size_t bytes,
                      AttnMessage *message) override;
  AttnStatus synchronize(void *stream, AttnMessage *message) override;
  std::string description() const override;

  /// "sm_90", from the compute capability.
  std::string architecture() const;
  /// Whether code for a target ("sm_90a", "sm_90") runs here.
  bool runs(const std::string &target) const;

  /// Remembers a kernel's name for `failed`.
  void noteLaunch(const std::string &kernel);
  /// Fails with an error that work on the GPU left behind. Which kernel it was
  /// the driver does not say: the last one launched is named.
  AttnStatus failed(CUresult result, const char *what, AttnMessage *message);

  std::shared_ptr<const Driver> driver;
  CUcontext context = nullptr;
  std::string name;
  int multiprocessors = 0;
  int sharedBytesPerBlock = 0; ///< With the attribute raised.

private:
  AttnStatus chooseOrdinal(const std::string &text, AttnMessage *message);
  AttnStatus readAttributes(AttnMessage *message);

  CUdevice device = 0;
  bool retained = false;
  int major = 0, minor = 0;
  std::mutex mutex; ///< Guards `lastKernel`.
  char lastKernel[128] = "";
};

} // namespace attn::runtime::cuda

#endif // ATTN_RUNTIME_LIB_CUDA_CUDADEVICE_H
