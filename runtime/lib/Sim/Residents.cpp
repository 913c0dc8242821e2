//===- Residents.cpp - CTAs that a worker runs at the same time -----------===//
//
// Which thread of which CTA runs next.
//
//===----------------------------------------------------------------------===//

#include "Residents.h"
#include "Cta.h"

#include <utility>

namespace attn::runtime::sim {
namespace {
/// Threads that poll this often while nothing else happens wait for ever.
constexpr uint64_t kMostIdleYields = 1 << 17;
/// Threads that poll do so this often before something happens beside them.
constexpr uint64_t kPatience = 4096;
/// Reads of memory since the last poll until the next is taken for one. A read
/// of what the thread has just read there counts as many.
constexpr uint32_t kMostLooks = 1 << 16, kLookAgain = 1 << 11;
} // namespace

void Residents::begin(Cta &first, Cta *second, uint64_t seed) {
  constexpr uint64_t kTurns[] = {1, 16, 1024, 0};
  ctas[0] = &first;
  ctas[1] = second;
  idleYields = left = 0;
  random.state = seed | 1;
  turn = kTurns[random.below(std::size(kTurns))];
}

bool Residents::changes(bool givesWay) {
  if (givesWay)
    return random.below(2);
  if (!turn || left-- > 0)
    return false;
  left = random.below(2 * turn);
  return true;
}

/// Takes one of the threads that can run, after what is due has happened; null
/// if there is none. \param wantsOne lets more happen, until there is one.
Thread *Cta::pickOwn(bool wantsOne) {
  if (!steps.isEmpty())
    letHappen(wantsOne);
  if (ready.isEmpty())
    return nullptr;
  thread = running = &ready.take(random);
  return running;
}

/// The same of this CTA and the other.
Thread *Cta::pickNext(bool givesWay) {
  Cta *first = this, *second = residents->otherThan(*this);
  if (!second)
    return pickOwn(/*wantsOne=*/true);
  if (residents->changes(givesWay))
    std::swap(first, second);
  for (bool wantsOne : {false, true})
    for (Cta *cta : {first, second})
      if (Thread *next = cta->live ? cta->pickOwn(wantsOne) : nullptr)
        return next;
  return nullptr;
}

/// Leaves the running thread, for `next` to go on; back when it is its turn.
void Cta::switchFrom(Thread &me, Thread &next, bool last) {
  residents->current = &next;
  switchTo(me.fiber, next.fiber, last);
}

void Cta::suspend(WaitList &list, const Wait &wait) {
  Thread &me = *running;
  me.wait = wait;
  list.push(me);
  Thread *next = pickNext();
  if (!next)
    reportDeadlock();
  if (next != &me) // What happened beside it may have woken it.
    switchFrom(me, *next);
}

void Cta::yield(int32_t site) {
  Thread &me = *running;
  me.wait = {WaitKind::kNothing, site, 0, 0};
  looks = 0;
  if (++residents->idleYields % kPatience == 0)
    for (Cta *cta : residents->ctas)
      if (cta && !cta->steps.isEmpty())
        cta->happen(cta->steps.take(/*any=*/true, cta->random));
  if (residents->idleYields > kMostIdleYields)
    reportDeadlock();
  ready.pushBehind(me);
  Thread *next = pickNext(/*givesWay=*/true);
  if (next != &me)
    switchFrom(me, *next);
}

/// A thread that reads again and again may wait for what somebody writes, so
/// others must get their turn.
void Cta::look(int32_t site, const char *address, AccessKind kind) {
  if (kind == AccessKind::kWrite) {
    residents->idleYields = 0;
    return;
  }
  Look &last = lastLooks[uint32_t(site) % kLooks];
  bool again = last.thread == running && last.address == address;
  last = {running, address};
  looks += again ? kLookAgain : 1;
  if (looks >= kMostLooks)
    yield(site);
}

void Cta::wake(WaitList &list) {
  residents->idleYields = 0;
  for (Thread *t = list.takeAll(); t; t = t->next) {
    t->wait = {};
    ready.push(*t);
  }
}

Cta *runToEnd(Cta &first, Cta *second, uint64_t seed) {
  Residents residents;
  residents.begin(first, second, seed);
  first.residents = &residents;
  if (second)
    second->residents = &residents;
  Thread *next = first.pickNext();
  residents.current = next;
  switchTo(residents.worker, next->fiber);
  for (Cta *cta : {&first, second})
    if (cta && cta->hasFailed())
      return cta;
  return nullptr;
}

} // namespace attn::runtime::sim
