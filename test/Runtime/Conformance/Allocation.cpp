//===- Allocation.cpp - The launch path allocates nothing -----------------===//
//
// Counts every malloc of the process while a launch runs on the embedder's
// loop.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "../Allocations.h"

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
  long before = allocationCount();
  AttnStatus good = attnProgramLaunch(session.program, &launch, &message);
  launch.workspaceBytes = 0;
  AttnStatus bad = attnProgramLaunch(session.program, &launch, &message);
  long after = allocationCount();
  EXPECT(before > 0);
  EXPECT(good == ATTN_OK && bad == ATTN_CONTRACT);
  EXPECT(after == before);
  problem.check();
}
