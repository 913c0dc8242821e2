//===- Module.cpp - Kernels loaded on a GPU -------------------------------===//
//
// Happens in prepare: reading, hashing and compiling may take long.
//
//===----------------------------------------------------------------------===//

#include "CUDA/Module.h"

#include "ReadFile.h"

#include <algorithm>

namespace attn::runtime::cuda {
namespace {
constexpr size_t kLogBytes = 4096;

const manifest::Image *findImage(const ArtifactState &artifact,
                                 const std::string &file) {
  for (const manifest::Image &image : artifact.manifest.images)
    if (image.file == file)
      return &image;
  return nullptr;
}

/// PTX is listed among the images, with a hash, or only named by its kernel.
AttnStatus readPtx(const ArtifactState &artifact, const std::string &file,
                   std::string &text, AttnMessage *message) {
  if (const manifest::Image *image = findImage(artifact, file))
    return artifact.read(file, image->sha256, text, message);
  if (artifact.inFolder)
    return readFile(artifact.source + "/" + file, SIZE_MAX, text, message);
  auto found = artifact.files.find(file);
  if (found == artifact.files.end())
    return fail(message, ATTN_INVALID_ARTIFACT,
                "%s: the file '%s' that the manifest names is missing",
                artifact.source.c_str(), file.c_str());
  text = found->second;
  return ATTN_OK;
}

/// The first lines of the driver's log, which may end in NUL or not.
std::string trimmed(const std::string &log) {
  std::string text = log.substr(0, std::min(log.find('\0'), size_t(600)));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text.empty() ? "no log" : text;
}

/// Failures that have nothing to do with the form of the code.
bool isFinal(CUresult result) {
  return result == kOutOfMemory || isSticky(result);
}

AttnStatus failToLoad(const Driver &driver, CUresult result,
                      const std::string &file, AttnMessage *message) {
  return failWith(driver, result,
                  result == kOutOfMemory ? ATTN_OUT_OF_MEMORY
                                         : ATTN_DEVICE_ERROR,
                  ("cannot load '" + file + "'").c_str(), message);
}
} // namespace

Module::~Module() {
  if (!module)
    return;
  CurrentContext current(*device->driver, device->context);
  device->driver->moduleUnload(module);
}

CUresult Module::loadImage(const std::string &bytes) {
  return device->driver->moduleLoadData(&module, bytes.data(), 0, nullptr,
                                        nullptr);
}

AttnStatus Module::loadPtx(const ArtifactState &artifact,
                           const manifest::Kernel &kernel,
                           const std::string &why, std::string &warning,
                           AttnMessage *message) {
  std::string text, log(kLogBytes, '\0');
  if (AttnStatus status = readPtx(artifact, *kernel.ptx, text, message))
    return status;
  int options[] = {kJitErrorLogBuffer, kJitErrorLogBufferSizeBytes};
  void *values[] = {log.data(), reinterpret_cast<void *>(kLogBytes - 1)};
  CUresult result =
      device->driver->moduleLoadData(&module, text.c_str(), 2, options, values);
  const Driver &driver = *device->driver;
  if (result == kSuccess) {
    loadedFile = *kernel.ptx;
    warning += (warning.empty() ? "" : "; ") + why + "; the driver compiled " +
               *kernel.ptx +
               " instead, whose registers and spills nobody has checked";
    return ATTN_OK;
  }
  module = nullptr;
  if (isFinal(result))
    return failToLoad(driver, result, *kernel.ptx, message);
  return fail(message, ATTN_DEVICE_UNAVAILABLE,
              "%s, and the driver (CUDA %d.%d) cannot compile '%s' either: %s: "
              "%s%s",
              why.c_str(), driver.version / 1000, driver.version % 1000 / 10,
              kernel.ptx->c_str(), ErrorText(driver, result).text,
              trimmed(log).c_str(),
              result == kUnsupportedPtxVersion
                  ? "; the driver is too old for it, update the driver"
                  : "");
}

AttnStatus Module::load(const ArtifactState &artifact,
                        const manifest::Kernel &kernel, std::string &warning,
                        AttnMessage *message) {
  const Driver &driver = *device->driver;
  CurrentContext current(driver, device->context);
  if (current.result() != kSuccess)
    return failWith(driver, current.result(), ATTN_DEVICE_UNAVAILABLE,
                    "cannot use the GPU", message);
  std::string why = "the artifact has no image of kernel '" + kernel.name +
                    "' (it was made without ptxas)";
  loadedFile = kernel.image.value_or(kernel.ptx.value_or(""));
  if (kernel.image) {
    std::string bytes;
    if (AttnStatus status = artifact.read(
            *kernel.image, findImage(artifact, *kernel.image)->sha256, bytes,
            message))
      return status;
    CUresult result = loadImage(bytes);
    if (result == kSuccess)
      return ATTN_OK;
    module = nullptr;
    if (isFinal(result))
      return failToLoad(driver, result, *kernel.image, message);
    why = "the driver (CUDA " + std::to_string(driver.version / 1000) + "." +
          std::to_string(driver.version % 1000 / 10) + ") refused " +
          *kernel.image + " (" + ErrorText(driver, result).text +
          ") made by ptxas " +
          artifact.manifest.compiler.ptxas.value_or("of unknown version");
  }
  if (!kernel.ptx)
    return fail(message, ATTN_DEVICE_UNAVAILABLE,
                "%s, and it has no PTX that the driver could compile; compile "
                "the program again%s",
                why.c_str(), kernel.image ? " or update the driver" : "");
  return loadPtx(artifact, kernel, why, warning, message);
}

AttnStatus Module::function(const std::string &name, CUfunction &function,
                            AttnMessage *message) const {
  CUresult result =
      device->driver->moduleGetFunction(&function, module, name.c_str());
  if (result == kSuccess)
    return ATTN_OK;
  if (result == kNotFound)
    return fail(message, ATTN_INVALID_ARTIFACT,
                "%s: expected the kernel '%s' but found none",
                loadedFile.c_str(), name.c_str());
  return failWith(*device->driver, result, ATTN_INVALID_ARTIFACT,
                  ("cannot find kernel '" + name + "'").c_str(), message);
}

} // namespace attn::runtime::cuda
