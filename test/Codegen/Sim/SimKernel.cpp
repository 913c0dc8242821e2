//===- SimKernel.cpp - Compile and run a GPU kernel in one process --------===//

#include "SimKernel.h"

#include "attn/codegen/Sim.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

#include <cstring>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

namespace simtest {
using attn::runtime::sim::KernelLaunch;

Image::~Image() {
  if (library)
    dlclose(library);
}

bool Image::load(const std::string &path) {
  mlir::DialectRegistry registry;
  attn::registerSimCodegen(registry);
  mlir::MLIRContext context(registry);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler diagnostics(sources, &context);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(path, sources, &context);
  if (!module)
    return false;
  mlir::FailureOr<std::string> bytes = attn::compileSimImage(*module);
  if (mlir::failed(bytes))
    return false;
  int file = memfd_create("sim.so", 0);
  if (write(file, bytes->data(), bytes->size()) != ssize_t(bytes->size()))
    return false;
  std::string name = "/proc/self/fd/" + std::to_string(file);
  library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  close(file);
  if (!library)
    std::printf("cannot load the image: %s\n", dlerror());
  return library;
}

bool Image::find(const std::string &kernel, KernelLaunch &launch) const {
  const char *suffix = launch.strict ? "_sim_strict" : "_sim";
  void *code = dlsym(library, (kernel + suffix).c_str());
  void *info = dlsym(library, (kernel + "_sim_info").c_str());
  if (!code || !info) {
    std::printf("no kernel '%s'\n", kernel.c_str());
    return false;
  }
  launch.name = static_cast<const AttnSimKernelInfo *>(info)->text;
  launch.kernel = reinterpret_cast<AttnSimKernel>(code);
  launch.info = static_cast<const AttnSimKernelInfo *>(info);
  std::memcpy(launch.block, launch.info->block, sizeof launch.block);
  return true;
}

void *const *Arguments::get() {
  pointers.clear();
  for (std::string &value : values)
    pointers.push_back(value.data());
  return pointers.data();
}

AttnSimTensorMap mapOf(void *data, std::vector<int64_t> sizes,
                       std::vector<int32_t> box) {
  AttnSimTensorMap map = {};
  map.base = static_cast<char *>(data);
  map.magic = ATTN_SIM_TENSOR_MAP_MAGIC;
  map.rank = uint8_t(sizes.size());
  map.elementBytes = 2;
  map.swizzleBytes = 128;
  int64_t stride = 2;
  for (size_t i = 0; i < sizes.size(); ++i) {
    map.sizes[i] = sizes[i];
    map.strides[i] = stride;
    map.box[i] = box[i];
    map.elementStrides[i] = 1;
    stride *= sizes[i];
  }
  return map;
}

bool run(KernelLaunch launch, Arguments &arguments, uint64_t seed) {
  attn::runtime::RuntimeState runtime;
  runtime.parallelFor = [](void *, int64_t n, AttnTask task, void *context) {
    for (int64_t i = 0; i < n; ++i)
      task(context, i, 0);
  };
  runtime.progress = [](void *, double) {};
  static attn::runtime::sim::CtaPool pool;
  launch.arguments = arguments.get();
  launch.seed = seed;
  AttnMessage message{sizeof(AttnMessage), ""};
  if (!runGrid(runtime, pool, launch, &message))
    return true;
  std::printf("%s\n", message.text);
  return false;
}

uint16_t toBf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float fromBf16(uint16_t bits) {
  uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, 4);
  return value;
}

} // namespace simtest
