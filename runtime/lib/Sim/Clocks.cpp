//===- Clocks.cpp - What is ordered before what ---------------------------===//

#include "Clocks.h"

#include <algorithm>

namespace attn::runtime::sim {
namespace {
using Numbers = std::vector<uint32_t>;

void raiseTo(Numbers &numbers, const Numbers &least) {
  if (numbers.size() < least.size())
    numbers.resize(least.size());
  for (size_t i = 0; i < least.size(); ++i)
    numbers[i] = std::max(numbers[i], least[i]);
}

void raiseAt(Numbers &numbers, Agent agent, uint32_t least) {
  if (numbers.size() <= agent)
    numbers.resize(size_t(agent) + 1);
  numbers[agent] = std::max(numbers[agent], least);
}

bool isSame(const Clock &a, const Clock &b) {
  return a.seen == b.seen && a.fenced == b.fenced;
}

/// One clock of a group of threads.
struct Share {
  ClockRef clock;
  size_t holders;
  size_t thread; ///< One of them.
};

/// Clocks that differ in nothing become one.
std::vector<Share> sharesOf(std::vector<Actor> &threads, size_t first,
                            size_t count) {
  std::vector<Share> shares;
  for (size_t i = first; i < first + count; ++i) {
    ClockRef &clock = threads[i].known;
    auto found =
        std::find_if(shares.begin(), shares.end(), [&](const Share &s) {
          return s.clock == clock || isSame(*s.clock, *clock);
        });
    if (found == shares.end()) {
      shares.push_back({clock, 1, i});
      continue;
    }
    clock = found->clock;
    ++found->holders;
  }
  return shares;
}
} // namespace

/*--- Gathering --------------------------------------------------------------*/

void Gathering::clear() {
  clock = {};
  last = nullptr;
}

void Gathering::add(const ClockRef &known) {
  if (known == last)
    return;
  last = known;
  raiseTo(clock.seen, known->seen);
  raiseTo(clock.fenced, known->fenced);
}

void Gathering::raise(Agent agent, uint32_t number) {
  raiseAt(clock.seen, agent, number);
}

void Gathering::release(Actor &actor, Agent self) {
  add(actor.known);
  raiseAt(clock.seen, self, actor.own);
  raiseAt(clock.fenced, self, actor.ownFenced);
  ++actor.own;
}

/*--- ClockFactory -----------------------------------------------------------*/

void ClockFactory::clear() {
  nothing = std::make_shared<Clock>();
  made.assign(kRemembered, Made());
}

ClockFactory::Made &ClockFactory::find(const ClockRef &a, const ClockRef &b,
                                       uint64_t key) {
  uint64_t hash = reinterpret_cast<uintptr_t>(a.get()) * 0x9e3779b97f4a7c15 ^
                  reinterpret_cast<uintptr_t>(b.get()) * 0xbf58476d1ce4e5b9 ^
                  key * 0x94d049bb133111eb;
  Made &entry = made[(hash >> 32) % kRemembered];
  if (entry.a != a || entry.b != b || entry.key != key)
    entry = {a, b, key, nullptr};
  return entry;
}

ClockRef ClockFactory::join(const ClockRef &a, const ClockRef &b) {
  if (a == b)
    return a;
  Made &entry = find(a, b, 0);
  if (!entry.result) {
    auto joined = std::make_shared<Clock>(*a);
    raiseTo(joined->seen, b->seen);
    raiseTo(joined->fenced, b->fenced);
    // Threads that know the same should share a clock.
    if (isSame(*joined, *b))
      entry.result = b;
    else if (isSame(*joined, *a))
      entry.result = a;
    else
      entry.result = std::move(joined);
  }
  return entry.result;
}

ClockRef ClockFactory::fence(const ClockRef &a) {
  Made &entry = find(a, nullptr, 1);
  if (!entry.result) {
    auto fenced = std::make_shared<Clock>(*a);
    fenced->fenced = fenced->seen;
    entry.result = std::move(fenced);
  }
  return entry.result;
}

ClockRef ClockFactory::raise(const ClockRef &a, Agent agent, uint32_t number) {
  if (agent < a->seen.size() && a->seen[agent] >= number)
    return a;
  uint64_t key = uint64_t(number) << 32 | uint64_t(agent) << 2 | 2;
  Made &entry = find(a, nullptr, key);
  if (!entry.result) {
    auto raised = std::make_shared<Clock>(*a);
    raiseAt(raised->seen, agent, number);
    entry.result = std::move(raised);
  }
  return entry.result;
}

/// A clock that only one thread has says nothing of the thread itself, which
/// knows all that it has done.
Viewer ClockFactory::meet(std::vector<Actor> &threads, size_t first,
                          size_t count) {
  const Actor &one = threads[first];
  auto isShared = [&](const Actor &a) { return a.known == one.known; };
  if (std::all_of(threads.begin() + ptrdiff_t(first),
                  threads.begin() + ptrdiff_t(first + count), isShared))
    return {one.known.get()};
  std::vector<Share> shares = sharesOf(threads, first, count);
  if (shares.size() == 1)
    return {one.known.get()};
  size_t agents = 0;
  for (const Share &s : shares)
    agents = std::max(agents, s.clock->seen.size());
  met.seen.assign(agents, UINT32_MAX);
  met.fenced.assign(agents, UINT32_MAX);
  for (const Share &s : shares) {
    Viewer view{s.clock.get()};
    for (size_t i = 0; i < agents; ++i)
      if (s.holders > 1 || s.thread != i) {
        met.seen[i] = std::min(met.seen[i], view.seen(Agent(i)));
        met.fenced[i] = std::min(met.fenced[i], view.fenced(Agent(i)));
      }
  }
  return {&met};
}

} // namespace attn::runtime::sim
