//===- SharedWindow.h - Shared memory of a CTA ------------------*- C++ -*-===//
//
// 256 KiB below 4 GiB at a multiple of 256 KiB: a 32-bit shared address is the
// pointer itself, and its low 18 bits are what matrix descriptors hold.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_SHAREDWINDOW_H
#define ATTN_RUNTIME_LIB_SIM_SHAREDWINDOW_H

#include <cstddef>
#include <cstdint>

namespace attn::runtime::sim {

class SharedWindow {
public:
  static constexpr size_t kBytes = size_t(256) << 10;

  /// Throws std::bad_alloc where there is no room below 4 GiB.
  SharedWindow();
  SharedWindow(const SharedWindow &) = delete;
  ~SharedWindow();

  char *base() const { return aligned; }

private:
  void *mapped = nullptr;
  char *aligned = nullptr;
};

/// The address of a 16-byte chunk after the swizzle of TMA and wgmma: the index
/// of the chunk in its span (32, 64 or 128 bytes) is xored with bits 7 and up.
/// `bytes` 0: no swizzle.
inline uint32_t swizzle(uint32_t address, uint32_t bytes) {
  uint32_t mask = bytes < 32 ? 0 : bytes / 16 - 1;
  return address ^ ((address >> 7 & mask) << 4);
}

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_SHAREDWINDOW_H
