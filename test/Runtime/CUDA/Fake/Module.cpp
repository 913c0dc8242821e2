//===- Module.cpp - Code of the fake driver -------------------------------===//

#include "FakeDriver.h"
#include "Ptx.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <memory>
#include <sys/mman.h>
#include <unistd.h>

using namespace fake;

namespace {
struct Function {
  const FakeKernelInfo *info;
  FakeKernel kernel;
  std::string name;
  int dynamicSharedBytes = 48 << 10; ///< What is allowed.
};

/// A host object behind a handle, or kernels of real PTX; kernels are handed
/// out as Function.
struct Module {
  /// A handle that lives as long as the module.
  Function *add(Function function) {
    functions.push_back(std::make_unique<Function>(std::move(function)));
    return functions.back().get();
  }

  void *library;
  std::map<std::string, PtxKernel> kernels;
  std::vector<std::unique_ptr<Function>> functions;
};

constexpr const char *kPtxLog =
    "ptxas fatal   : a fake driver compiles PTX only with FAKE_CUDA_PTX";

/// The length of an ELF file is where its section headers end.
size_t elfBytes(const char *image) {
  uint64_t sections;
  uint16_t size, count;
  std::memcpy(&sections, image + 40, 8);
  std::memcpy(&size, image + 58, 2);
  std::memcpy(&count, image + 60, 2);
  return size_t(sections) + size_t(size) * count;
}

/// Null for a real cubin, which is an ELF file of another machine.
void *openImage(const char *image) {
  int file = memfd_create("cubin", 0);
  size_t bytes = elfBytes(image);
  if (file < 0 || write(file, image, bytes) != ssize_t(bytes))
    return nullptr;
  std::string path = "/proc/self/fd/" + std::to_string(file);
  return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); // the file stays open
}

void writeLog(unsigned count, int *options, void **values) {
  size_t room = 0;
  char *log = nullptr;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == 5)
      log = static_cast<char *>(values[i]);
    if (options[i] == 6)
      room = reinterpret_cast<size_t>(values[i]);
  }
  if (log && room)
    std::strncpy(log, kPtxLog, room);
}
} // namespace

FAKE_API cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                            int *options, void **values) {
  Call call("cuModuleLoadDataEx", Call::kContext | Call::kNotCaptured);
  auto *text = static_cast<const char *>(image);
  bool isElf = std::memcmp(text, "\177ELF", 4) == 0;
  call.with("form", isElf ? "cubin" : "ptx");
  if (call.refused()) {
    writeLog(count, options, values);
    return call.refusal();
  }
  const char *compiled = std::getenv("FAKE_CUDA_PTX");
  void *library = isElf      ? openImage(text)
                  : compiled ? dlopen(compiled, RTLD_NOW | RTLD_LOCAL)
                             : nullptr;
  if (library) {
    *module = new Module{library, {}, {}};
    return call.result(kSuccess);
  }
  std::map<std::string, PtxKernel> kernels;
  if (!isElf)
    kernels = kernelsOf(text);
  if (!kernels.empty()) {
    *module = new Module{nullptr, std::move(kernels), {}};
    return call.result(kSuccess);
  }
  writeLog(count, options, values);
  return call.result(isElf ? kInvalidImage : kInvalidPtx);
}

FAKE_API cuModuleUnload(void *module) {
  Call call("cuModuleUnload", Call::kContext | Call::kNotCaptured);
  if (call.refused())
    return call.refusal();
  if (static_cast<Module *>(module)->library)
    dlclose(static_cast<Module *>(module)->library);
  delete static_cast<Module *>(module);
  return call.result(kSuccess);
}

FAKE_API cuModuleGetFunction(void **function, void *module, const char *name) {
  Call call("cuModuleGetFunction", Call::kContext | Call::kNotCaptured);
  call.with("name", name);
  if (call.refused())
    return call.refusal();
  auto &from = *static_cast<Module *>(module);
  void *library = from.library;
  if (auto known = from.kernels.find(name); known != from.kernels.end()) {
    *function = from.add({&known->second.info, known->second.kernel, name});
    return call.result(kSuccess);
  }
  if (!library)
    return call.result(kNotFound);
  void *info = dlsym(library, (std::string(name) + "_info").c_str());
  void *kernel = dlsym(library, name);
  if (!info || !kernel)
    return call.result(kNotFound);
  *function = from.add({static_cast<const FakeKernelInfo *>(info),
                        reinterpret_cast<FakeKernel>(kernel), name});
  return call.result(kSuccess);
}

FAKE_API cuFuncGetAttribute(int *value, int attribute, void *function) {
  Call call("cuFuncGetAttribute", Call::kContext | Call::kNotCaptured);
  call.with("attribute", attribute);
  if (call.refused())
    return call.refusal();
  const FakeKernelInfo *info = static_cast<Function *>(function)->info;
  switch (attribute) {
  case 0:
    *value = info->maxThreads;
    return call.result(kSuccess);
  case 1:
    *value = info->staticSharedBytes;
    return call.result(kSuccess);
  case 3:
    *value = 0;
    return call.result(kSuccess);
  case 4:
    *value = 168;
    return call.result(kSuccess);
  default:
    return call.result(kInvalidValue);
  }
}

FAKE_API cuFuncSetAttribute(void *function, int attribute, int value) {
  Call call("cuFuncSetAttribute", Call::kContext | Call::kNotCaptured);
  auto *f = static_cast<Function *>(function);
  call.with("function", f->name).with("attribute", attribute);
  call.with("value", value);
  if (call.refused())
    return call.refusal();
  if (attribute != 8 ||
      value + f->info->staticSharedBytes > setting("FAKE_CUDA_SHARED", 232448))
    return call.result(kInvalidValue);
  f->dynamicSharedBytes = value;
  return call.result(kSuccess);
}

FAKE_API cuFuncGetParamInfo(void *function, size_t index, size_t *offset,
                            size_t *bytes) {
  Call call("cuFuncGetParamInfo", Call::kContext | Call::kNotCaptured);
  if (call.refused())
    return call.refusal();
  const FakeKernelInfo *info = static_cast<Function *>(function)->info;
  if (index >= size_t(info->parameters))
    return call.result(kInvalidValue);
  *offset = 0;
  *bytes = info->bytes[index];
  return call.result(kSuccess);
}

/// For Launch.cpp.
namespace fake {
const FakeKernelInfo &infoOf(void *function) {
  return *static_cast<Function *>(function)->info;
}
FakeKernel kernelOf(void *function) {
  return static_cast<Function *>(function)->kernel;
}
const std::string &nameOf(void *function) {
  return static_cast<Function *>(function)->name;
}
int dynamicSharedBytesOf(void *function) {
  return static_cast<Function *>(function)->dynamicSharedBytes;
}
} // namespace fake
