//===- Image.cpp - A loaded shared object ---------------------------------===//
//
// The object is opened once, hashed and mapped through its descriptor, so what
// was checked is what runs. The dynamic linker knows libraries by path: a path
// in /proc names a descriptor, and as long as that stays open no other file can
// have the same. (Loading DIR.attn/cpu.so by its own path would silently return
// the old code after the folder was written again.)
//
//===----------------------------------------------------------------------===//

#include "Image.h"
#include "ReadFile.h"

#include "attn/manifest/Sha256.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace attn::runtime {
namespace {
bool writeAll(int descriptor, const std::string &bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = write(descriptor, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    done += size_t(count);
  }
  return true;
}

/// A file without a name that holds an image from memory.
int memoryFile(const ArtifactState &artifact, const std::string &name,
               AttnStatus &status, AttnMessage *message) {
  auto found = artifact.files.find(name);
  if (found == artifact.files.end()) {
    status = fail(message, ATTN_INVALID_ARTIFACT,
                  "%s: the file '%s' that the manifest names is missing",
                  artifact.source.c_str(), name.c_str());
    return -1;
  }
  int descriptor = memfd_create(name.c_str(), MFD_CLOEXEC);
  if (descriptor >= 0 && writeAll(descriptor, found->second))
    return descriptor;
  status =
      fail(message, ATTN_INTERNAL, "cannot make a file in memory for '%s': %s",
           name.c_str(), std::strerror(errno));
  if (descriptor >= 0)
    close(descriptor);
  return -1;
}

int folderFile(const ArtifactState &artifact, const std::string &name,
               AttnStatus &status, AttnMessage *message) {
  std::string path = artifact.source + "/" + name;
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    status = fail(message, ATTN_INVALID_ARTIFACT, "cannot open '%s': %s",
                  path.c_str(), std::strerror(errno));
  return descriptor;
}
} // namespace

Image::Image(Image &&other) noexcept
    : library(std::exchange(other.library, nullptr)),
      descriptor(std::exchange(other.descriptor, -1)) {}

Image &Image::operator=(Image &&other) noexcept {
  std::swap(library, other.library);
  std::swap(descriptor, other.descriptor);
  return *this;
}

Image::~Image() {
  if (library)
    dlclose(library);
  if (descriptor >= 0)
    close(descriptor);
}

AttnStatus Image::load(const ArtifactState &artifact,
                       const manifest::Image &image, AttnMessage *message) {
  AttnStatus status = ATTN_OK;
  descriptor = artifact.inFolder
                   ? folderFile(artifact, image.file, status, message)
                   : memoryFile(artifact, image.file, status, message);
  if (descriptor < 0)
    return status;
  std::string bytes;
  if (!readAll(descriptor, bytes))
    return fail(message, ATTN_INVALID_ARTIFACT, "cannot read '%s/%s': %s",
                artifact.source.c_str(), image.file.c_str(),
                std::strerror(errno));
  std::string hash = manifest::sha256Hex(bytes);
  if (hash != image.sha256)
    return fail(message, ATTN_INVALID_ARTIFACT,
                "%s/%s: its SHA-256 is %s, the manifest says %s; the file is "
                "damaged or of another artifact, compile the program again",
                artifact.source.c_str(), image.file.c_str(), hash.c_str(),
                image.sha256.c_str());
  std::string path =
      "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(descriptor);
  library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library)
    return ATTN_OK;
  const char *why = dlerror();
  return fail(message, ATTN_INVALID_ARTIFACT, "cannot load '%s/%s': %s",
              artifact.source.c_str(), image.file.c_str(),
              why ? why : "unknown reason");
}

void *Image::symbol(const std::string &name) const {
  return dlsym(library, name.c_str());
}

} // namespace attn::runtime
