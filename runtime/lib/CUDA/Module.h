//===- Module.h - Kernels loaded on a GPU -----------------------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_CUDA_MODULE_H
#define ATTN_RUNTIME_LIB_CUDA_MODULE_H

#include "CUDA/CudaDevice.h"

namespace attn::runtime::cuda {

/// The code of one image or PTX file of an artifact.
class Module {
public:
  explicit Module(std::shared_ptr<CudaDevice> device)
      : device(std::move(device)) {}
  ~Module();
  Module(const Module &) = delete;
  Module &operator=(const Module &) = delete;

  /// Loads the image of a kernel. If the driver does not take it, or there is
  /// none, the driver compiles the kernel's PTX, and `warning` says so.
  AttnStatus load(const ArtifactState &artifact, const manifest::Kernel &kernel,
                  std::string &warning, AttnMessage *message);

  AttnStatus function(const std::string &name, CUfunction &function,
                      AttnMessage *message) const;

  /// The file that is loaded: one module serves all kernels of it.
  const std::string &file() const { return loadedFile; }

private:
  CUresult loadImage(const std::string &bytes);
  AttnStatus loadPtx(const ArtifactState &artifact,
                     const manifest::Kernel &kernel, const std::string &why,
                     std::string &warning, AttnMessage *message);

  std::shared_ptr<CudaDevice> device;
  CUmodule module = nullptr;
  std::string loadedFile;
};

} // namespace attn::runtime::cuda

#endif // ATTN_RUNTIME_LIB_CUDA_MODULE_H
