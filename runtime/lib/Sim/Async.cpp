//===- Async.cpp - What happens beside the threads ------------------------===//

#include "Async.h"
#include "Cta.h"

#include <algorithm>

namespace attn::runtime::sim {

void AsyncSteps::begin(Random &random) {
  steps.clear();
  picks = 0;
  nextDue = kNever;
  latency = Latency(random.below(kLong + 1));
}

void AsyncSteps::add(AsyncStep::Kind kind, uint32_t index, Random &random) {
  constexpr uint64_t kSoon = 16, kDelays[] = {1, 64, 4096};
  uint64_t due = kNever;
  if (latency == kShort)
    due = picks + random.below(kSoon);
  else if (latency == kMixed)
    if (uint64_t choice = random.below(std::size(kDelays) + 1);
        choice < std::size(kDelays))
      due = picks + random.below(kDelays[choice]);
  steps.push_back({kind, index, due});
  nextDue = std::min(nextDue, due);
}

AsyncStep AsyncSteps::takeAt(size_t place) {
  AsyncStep step = steps[place];
  steps[place] = steps.back();
  steps.pop_back();
  nextDue = kNever;
  for (const AsyncStep &other : steps)
    nextDue = std::min(nextDue, other.due);
  return step;
}

AsyncStep AsyncSteps::take(bool any, Random &random) {
  size_t place = size_t(random.below(steps.size()));
  if (!any)
    place = size_t(std::min_element(steps.begin(), steps.end(),
                                    [](const AsyncStep &a, const AsyncStep &b) {
                                      return a.due < b.due;
                                    }) -
                   steps.begin());
  return takeAt(place);
}

void AsyncSteps::drop(AsyncStep::Kind kind, uint32_t index) {
  for (size_t i = 0; i < steps.size(); ++i)
    if (steps[i].kind == kind && steps[i].index == index) {
      takeAt(i);
      return;
    }
}

void Cta::happen(const AsyncStep &step) {
  switch (step.kind) {
  case AsyncStep::kLoad:
    finishLoad(step.index);
    break;
  case AsyncStep::kReadStore:
    readStore(step.index);
    break;
  case AsyncStep::kStore:
    finishStore(step.index);
    break;
  case AsyncStep::kProducts:
    continueProducts(step.index);
    break;
  }
}

/// Lets happen what is due and, with `wantsOne`, where nobody can run,
/// something, if there is.
void Cta::letHappen(bool wantsOne) {
  while (!steps.isEmpty() && steps.isDue())
    happen(steps.take(/*any=*/false, random));
  while (wantsOne && ready.isEmpty() && !steps.isEmpty())
    happen(steps.take(/*any=*/true, random));
}

} // namespace attn::runtime::sim
