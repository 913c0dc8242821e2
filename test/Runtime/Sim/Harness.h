//===- Harness.h - Kernels of device sim written by hand --------*- C++ -*-===//
//
// A test kernel is a function that does with AttnSimHost what compiled code
// would do. Its one argument is a pointer to whatever the test wants.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_RUNTIME_SIM_HARNESS_H
#define ATTN_TEST_RUNTIME_SIM_HARNESS_H

#include "../Unit/Check.h"
#include "CPU/Arena.h"
#include "Sim/Grid.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace simtest {

struct Shape {
  uint32_t threads = 32;
  uint32_t ctas = 1;
  int workers = 2;
  uint32_t sharedBytes = 65536;
  uint64_t seed = 0;
  bool strict = false;
  uint32_t launchRegisters = 0;
  attn::runtime::sim::CtaEvents *events = nullptr;
  const attn::runtime::sim::StepMemory *memory = nullptr;
  attn::runtime::sim::LaunchCounts *counts = nullptr;
};

/// Runs `kernel`, whose first argument points to `data`. Returns the message of
/// the failure, empty if all went well. Sites are numbered from 0: site N is
/// "test.opN at test.mlir:N:1".
std::string run(AttnSimKernel kernel, void *data, Shape shape = {});

/// What all threads of a kernel do.
using Body = std::function<void(AttnSimHost *)>;

/// Runs `body` in strict mode with 20 seeds. True if all fail with `finding` in
/// the message, or, where that is empty, none fails; prints what differs.
bool finds(const std::string &finding, const Body &body, Shape shape = {});

/// What the first argument of a kernel points to.
template <typename T>
T &dataOf(void *const *args) {
  return **static_cast<T **>(args[0]);
}

/// Whether `text` holds `part`; prints both if not.
bool holds(const std::string &text, const std::string &part);

/// Where byte `offset` of shared memory lies after a swizzle of `span` bytes:
/// the 16-byte chunks of row number r of 128 bytes are permuted. Written after
/// the figures of the PTX ISA, apart from the runtime's own formula.
uint32_t swizzled(uint32_t offset, uint32_t span);

/// Numbers that do not depend on the standard library.
class Numbers {
public:
  explicit Numbers(uint64_t seed) : state(seed * 2 + 1) {}
  /// From 0 to `bound` - 1.
  uint32_t below(uint32_t bound);

private:
  uint64_t state;
};

uint16_t toBf16(float value);
uint16_t toF16(float value);

} // namespace simtest

#endif // ATTN_TEST_RUNTIME_SIM_HARNESS_H
