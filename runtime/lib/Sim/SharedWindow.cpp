//===- SharedWindow.cpp - Shared memory of a CTA --------------------------===//

#include "SharedWindow.h"

#include <new>
#include <sys/mman.h>

#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

namespace attn::runtime::sim {

SharedWindow::SharedWindow() {
  mapped = mmap(nullptr, 2 * kBytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (mapped == MAP_FAILED)
    throw std::bad_alloc();
  uintptr_t address = reinterpret_cast<uintptr_t>(mapped);
  if ((address + 2 * kBytes) >> 32) {
    munmap(mapped, 2 * kBytes);
    throw std::bad_alloc();
  }
  aligned = reinterpret_cast<char *>((address + kBytes - 1) & ~(kBytes - 1));
}

SharedWindow::~SharedWindow() { munmap(mapped, 2 * kBytes); }

} // namespace attn::runtime::sim
