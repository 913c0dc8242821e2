//===- Outputs.cpp - Results into files, all or none ----------------------===//

#include "Outputs.h"
#include "Failure.h"
#include "Npy.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace attn::run {
namespace {
[[noreturn]] void cannotWrite(const std::string &path) {
  throw RunError("cannot write '" + path + "': " + std::strerror(errno));
}

bool writeText(std::FILE *file, const std::string &text) {
  return std::fwrite(text.data(), 1, text.size(), file) == text.size();
}

bool writeChunked(std::FILE *file, const HostTensor &tensor) {
  int64_t elements = tensor.elements();
  if (tensor.dtype != ATTN_BF16) {
    size_t bytes = size_t(elements * dtypeBytes(tensor.dtype));
    return std::fwrite(tensor.bytes.data(), 1, bytes, file) == bytes;
  }
  constexpr int64_t kChunk = 4096;
  float wide[kChunk];
  const uint16_t *from =
      reinterpret_cast<const uint16_t *>(tensor.bytes.data());
  for (int64_t first = 0; first < elements; first += kChunk) {
    size_t count = size_t(std::min(kChunk, elements - first));
    for (size_t i = 0; i < count; ++i)
      wide[i] = fromBF16(from[first + int64_t(i)]);
    if (std::fwrite(wide, sizeof(float), count, file) != count)
      return false;
  }
  return true;
}
} // namespace

/// For abandon.
static Outputs *living = nullptr;

Outputs::Outputs(const std::map<std::string, std::string> &named) {
  living = this;
  try {
    for (const auto &[name, path] : named) {
      struct stat info{};
      if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        cannotWrite(path);
      }
      if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
        files[name] = {path, ""}; // written to, not replaced
        continue;
      }
      std::string temporary = path + ".tmp-" + std::to_string(getpid()) + "-" +
                              std::to_string(files.size());
      File &file = files[name] = {path, temporary};
      int descriptor =
          open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
      if (descriptor < 0)
        cannotWrite(path);
      file.exists = true;
      close(descriptor);
    }
  } catch (...) {
    removeTemporaries();
    living = nullptr;
    throw;
  }
}

Outputs::~Outputs() {
  removeTemporaries();
  living = nullptr;
}

void Outputs::removeTemporaries() {
  for (auto &[name, file] : files)
    if (std::exchange(file.exists, false))
      unlink(file.temporary.c_str());
}

void Outputs::abandon() {
  if (living)
    living->removeTemporaries();
}

void Outputs::writeFile(const std::string &name,
                        const std::function<bool(std::FILE *)> &fill) {
  const File &entry = files.at(name);
  const std::string &path =
      entry.temporary.empty() ? entry.path : entry.temporary;
  std::FILE *file = std::fopen(path.c_str(), "wb");
  if (!file)
    cannotWrite(entry.path);
  bool good = fill(file);
  good &= std::fclose(file) == 0;
  if (!good)
    cannotWrite(entry.path);
}

void Outputs::write(const HostTensor &tensor) {
  writeFile(tensor.name, [&](std::FILE *file) {
    return writeText(file, npyHeader(tensor)) && writeChunked(file, tensor);
  });
}

void Outputs::write(const std::string &name, const std::string &text) {
  writeFile(name, [&](std::FILE *file) { return writeText(file, text); });
}

void Outputs::commit() {
  for (auto &[name, file] : files) {
    if (file.temporary.empty())
      continue;
    if (std::rename(file.temporary.c_str(), file.path.c_str()) != 0)
      cannotWrite(file.path);
    file.exists = false;
  }
}

} // namespace attn::run
