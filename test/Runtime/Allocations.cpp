//===- Allocations.cpp - How often memory was asked for -------------------===//
//
// Functions of the C library are replaced; those of a sanitizer, which must
// stay, call a hook.
//
//===----------------------------------------------------------------------===//

#include "Allocations.h"

#include <atomic>
#include <cstddef>

static std::atomic<long> allocations{0};

long allocationCount() { return allocations; }

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#include <sanitizer/allocator_interface.h>

// The hooks run inside the sanitizer, which must not watch them.
#define ATTN_UNSEEN __attribute__((disable_sanitizer_instrumentation))
ATTN_UNSEEN static void onAllocation(const volatile void *, size_t) {
  __atomic_fetch_add(reinterpret_cast<long *>(&allocations), 1,
                     __ATOMIC_RELAXED);
}
ATTN_UNSEEN static void onRelease(const volatile void *) {}
static const int installed =
    __sanitizer_install_malloc_and_free_hooks(&onAllocation, &onRelease);
#else
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t bytes) {
  ++allocations;
  return __libc_malloc(bytes);
}
void *calloc(size_t count, size_t bytes) {
  ++allocations;
  return __libc_calloc(count, bytes);
}
void *realloc(void *memory, size_t bytes) {
  ++allocations;
  return __libc_realloc(memory, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) {
  ++allocations;
  return __libc_memalign(alignment, bytes);
}
}
#endif
