//===- Allocation.cpp - The launch path allocates nothing -----------------===//
//
// Counts every malloc of the process while a launch runs on the embedder's
// loop (oneTBB has memory of its own).
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ATTN_SANITIZED
#endif
#endif

#ifndef ATTN_SANITIZED
#include <atomic>

static std::atomic<long> allocations{0};

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

using namespace conformance;

static void inlineFor(void *, int64_t n, AttnTask task, void *context) {
  for (int64_t i = 0; i < n; ++i)
    task(context, i, 0);
}

CONFORMANCE_TEST(launching_allocates_nothing, kCpuOnly) {
  AttnRuntimeOptions options = withThreads(1);
  options.parallelFor = &inlineFor;
  Session session(fixture, "main", &options);
  Problem problem(2, 30, 20);
  AttnLaunch launch = problem.prepare(session);
  AttnMessage message{sizeof(AttnMessage), {0}};
  long before = allocations;
  AttnStatus good = attnProgramLaunch(session.program, &launch, &message);
  launch.workspaceBytes = 0;
  AttnStatus bad = attnProgramLaunch(session.program, &launch, &message);
  long after = allocations;
  EXPECT(before > 0);
  EXPECT(good == ATTN_OK && bad == ATTN_CONTRACT);
  EXPECT(after == before);
  problem.check();
}
#endif
