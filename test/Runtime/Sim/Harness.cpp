//===- Harness.cpp - Kernels of device sim written by hand ----------------===//

#include "Harness.h"

#include <cstring>

namespace simtest {
using namespace attn::runtime;

namespace {
constexpr uint32_t kSites = 8;

struct Table {
  Table() {
    for (uint32_t i = 0; i < kSites; ++i)
      for (std::string part : {"test.op" + std::to_string(i),
                               "test.mlir:" + std::to_string(i) + ":1"}) {
        offsets.push_back(uint32_t(text.size()));
        text += part + '\0';
      }
  }
  std::vector<uint32_t> offsets;
  std::string text;
};
} // namespace

std::string run(AttnSimKernel kernel, void *data, Shape shape) {
  static const Table table;
  static sim::CtaPool pool;
  AttnSimKernelInfo info = {};
  info.abi = ATTN_SIM_ABI;
  info.argumentCount = 1;
  info.siteCount = kSites;
  info.sharedAlignment = 1024;
  info.launchRegisters = shape.launchRegisters;
  info.sites = table.offsets.data();
  info.text = table.text.data();
  info.blockCount = 2; // One integer op, two of floats.
  static const uint32_t blocks[2 * ATTN_SIM_CLASSES] = {1, 0, 0, 0, 0, 0, 0,
                                                        0, 0, 0, 0, 0, 0, 2};
  info.blocks = blocks;
  if (shape.counts)
    shape.counts->begin(info, shape.threads);
  void *arguments[] = {&data};
  sim::KernelLaunch launch;
  launch.name = "test";
  launch.kernel = kernel;
  launch.info = &info;
  launch.arguments = arguments;
  launch.grid[0] = shape.ctas;
  launch.block[0] = shape.threads;
  launch.dynamicSharedBytes = shape.sharedBytes;
  launch.seed = shape.seed;
  launch.strict = shape.strict;
  launch.events = shape.events;
  launch.memory = shape.memory;
  launch.counts = shape.counts;
  RuntimeState runtime;
  runtime.threads = shape.workers;
  Arena arena(shape.workers);
  runtime.parallelFor = &Arena::parallelFor;
  runtime.pool = &arena;
  runtime.progress = [](void *, double) {};
  AttnMessage message{sizeof(AttnMessage), ""};
  return runGrid(runtime, pool, launch, &message) ? message.text : "";
}

bool finds(const std::string &finding, const Body &body, Shape shape) {
  auto kernel = [](void *const *args, AttnSimHost *host) {
    dataOf<const Body>(args)(host);
  };
  shape.strict = true;
  bool good = true;
  for (shape.seed = 0; shape.seed < 20; ++shape.seed) {
    std::string text = run(kernel, const_cast<Body *>(&body), shape);
    if (finding.empty() && !text.empty())
      std::printf("expected no finding but got '%s'\n", text.c_str());
    good &= finding.empty() ? text.empty() : holds(text, finding);
  }
  return good;
}

bool holds(const std::string &text, const std::string &part) {
  if (text.find(part) != std::string::npos)
    return true;
  std::printf("expected '%s' in '%s'\n", part.c_str(), text.c_str());
  return false;
}

uint32_t swizzled(uint32_t offset, uint32_t span) {
  if (!span)
    return offset;
  uint32_t chunk = offset / 16 % (span / 16), row = offset / 128;
  uint32_t moved = chunk ^ row % (span / 16);
  return offset - chunk * 16 + moved * 16;
}

uint32_t Numbers::below(uint32_t bound) {
  state = state * 6364136223846793005 + 1442695040888963407;
  return uint32_t((state >> 33) % bound);
}

uint16_t toBf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return uint16_t(bits >> 16); // The tests use values that fit.
}

uint16_t toF16(float value) {
  if (value == 0)
    return 0;
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  uint32_t exponent = (bits >> 23 & 255) - 127 + 15;
  return uint16_t(bits >> 31 << 15 | exponent << 10 | (bits >> 13 & 1023));
}

} // namespace simtest
