//===- SimKernel.h - Compile and run a GPU kernel in one process -*- C++
//-*-===//
//
// From text of stage `lowlevel` to a loaded sim image whose kernels run on the
// CTAs of device sim, without artifact and manifest.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_CODEGEN_SIM_SIMKERNEL_H
#define ATTN_TEST_CODEGEN_SIM_SIMKERNEL_H

#include "CPU/Arena.h"
#include "Sim/Grid.h"

#include <string>
#include <vector>

namespace simtest {

/// A loaded image; prints diagnostics to stderr.
class Image {
public:
  Image() = default;
  Image(const Image &) = delete;
  ~Image();

  /// Compiles the file at `path`; false after a diagnostic.
  bool load(const std::string &path);
  /// False, with a text on stdout, if there is no such kernel. The code is
  /// that for launch.strict.
  bool find(const std::string &kernel,
            attn::runtime::sim::KernelLaunch &launch) const;

private:
  void *library = nullptr;
};

/// The arguments of a launch. Values live in it.
class Arguments {
public:
  template <typename T>
  void add(T value) {
    values.emplace_back(sizeof(T), '\0');
    __builtin_memcpy(values.back().data(), &value, sizeof(T));
  }
  void addMap(const AttnSimTensorMap &map) { add(map); }
  void *const *get();

private:
  std::vector<std::string> values;
  std::vector<void *> pointers;
};

/// A row-major tensor of 16-bit elements, innermost size first, whose box rows
/// are 128 bytes with swizzle 128B.
AttnSimTensorMap mapOf(void *data, std::vector<int64_t> sizes,
                       std::vector<int32_t> box);

/// Runs on one thread; prints what went wrong.
bool run(attn::runtime::sim::KernelLaunch launch, Arguments &arguments,
         uint64_t seed);

uint16_t toBf16(float value);
float fromBf16(uint16_t bits);

} // namespace simtest

#endif // ATTN_TEST_CODEGEN_SIM_SIMKERNEL_H
