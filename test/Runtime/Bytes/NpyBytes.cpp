//===- NpyBytes.cpp - Damaged .npy files ----------------------------------===//

#include "Bytes.h"

#include "Failure.h"
#include "Npy.h"

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace attn::run;

namespace bytes {
namespace {

std::string fileOf(AttnDtype dtype, std::vector<int64_t> sizes) {
  HostTensor tensor = makeTensor("t", dtype, std::move(sizes));
  std::memset(tensor.bytes.data(), 1, tensor.bytes.size());
  return npyHeader(tensor) +
         std::string(tensor.bytes.data(), tensor.bytes.size());
}

/// The same with a length of four bytes, as version 2 and 3 have it.
std::string asVersion(char version, const std::string &file) {
  return file.substr(0, 6) + version + file.substr(7, 3) +
         std::string(2, '\0') + file.substr(10);
}

class Npy : public Format {
public:
  Npy() : descriptor(memfd_create("mutant", 0)) {
    demand(descriptor >= 0, "can not make a file in memory");
    path = "/proc/self/fd/" + std::to_string(descriptor);
    files = {fileOf(ATTN_F32, {2, 3}),     fileOf(ATTN_F16, {1, 2, 3, 4}),
             fileOf(ATTN_F64, {}),         fileOf(ATTN_I8, {17}),
             fileOf(ATTN_I32, {0, 5}),     fileOf(ATTN_I64, {3}),
             fileOf(ATTN_BOOL, {1, 1, 9}), fileOf(ATTN_BF16, {2, 2})};
    files.push_back(asVersion(2, files[0]));
    files.push_back(asVersion(3, files[1]));
  }
  ~Npy() override { close(descriptor); }

  const std::vector<std::string> &corpus() const override { return files; }

  bool accepts(const std::string &mutant, size_t) override {
    demand(ftruncate(descriptor, 0) == 0 &&
               pwrite(descriptor, mutant.data(), mutant.size(), 0) ==
                   ssize_t(mutant.size()),
           "can not write the file in memory");
    try {
      checkTensor(readNpy(path), mutant);
      return true;
    } catch (const RunError &error) {
      demand(std::strstr(error.what(), path.c_str()),
             std::string("does not name the file: ") + error.what());
      return false;
    }
  }

private:
  /// What was read is what a header written for it says, and the data.
  static void checkTensor(const HostTensor &tensor, const std::string &mutant) {
    size_t bytes = size_t(tensor.elements() * dtypeBytes(tensor.dtype));
    demand(tensor.bytes.size() == bytes, "has another size than its shape");
    demand(mutant.size() >= bytes &&
               (bytes == 0 || std::memcmp(mutant.data() + mutant.size() - bytes,
                                          tensor.bytes.data(), bytes) == 0),
           "has other data than the file");
    demand(npyHeader(tensor).size() % 64 == 0, "has no header");
  }

  int descriptor;
  std::string path;
  std::vector<std::string> files;
};

} // namespace

std::unique_ptr<Format> makeNpy() { return std::make_unique<Npy>(); }

} // namespace bytes
