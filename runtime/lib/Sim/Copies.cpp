//===- Copies.cpp - What TMA moves ----------------------------------------===//
//
// Tensor boxes and runs of bytes. Without strict mode they move at once; with
// it a load comes, and a store reads its source and then writes, some time
// later (Async.h).
//
// Source: PTX ISA, cp.async.bulk(.tensor), commit_group, wait_group.
//
//===----------------------------------------------------------------------===//

#include "Box.h"
#include "Cta.h"
#include "MbarrierState.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace attn::runtime::sim {
namespace {
constexpr uint32_t kTensorAlignment = 128, kBulkAlignment = 16;
} // namespace

uint32_t Cta::sharedOffset(int32_t site, const void *address, uint64_t bytes,
                           uint32_t alignment) {
  uint64_t offset = uint64_t(static_cast<const char *>(address) - shared);
  if (offset >= sharedBytes || bytes > sharedBytes - offset)
    fail(site,
         "%llu bytes at %p (shared offset %lld) are not in the %u bytes of "
         "shared memory of the CTA",
         (unsigned long long)bytes, address, (long long)offset, sharedBytes);
  if ((offset + skew) % alignment)
    fail(site, "shared address %llu is not a multiple of %u",
         (unsigned long long)offset + skew, alignment);
  return uint32_t(offset);
}

void Cta::checkTensorMap(int32_t site, const AttnSimTensorMap *map,
                         int32_t rank) {
  if (map->magic != ATTN_SIM_TENSOR_MAP_MAGIC)
    fail(site, "there is no tensor map at %p", (const void *)map);
  if (map->rank != rank)
    fail(site, "%d coordinates for a tensor map of rank %d", rank, map->rank);
}

/*--- Issue ------------------------------------------------------------------*/

CopyInFlight &Cta::newCopy(int32_t site, const char *address, uint32_t bytes,
                           uint32_t alignment, uint64_t *mbarrier) {
  auto isDone = [](const CopyInFlight &c) {
    return c.state == CopyInFlight::kDone;
  };
  auto found = std::find_if(copies.begin(), copies.end(), isDone);
  if (found == copies.end())
    found = copies.emplace(found);
  found->state = CopyInFlight::kIssued;
  AsyncCopy &copy = found->copy = {};
  copy.number = copyCount++;
  copy.site = site;
  copy.thread = numberOf(*running);
  copy.shared = sharedOffset(site, address, bytes, alignment);
  copy.bytes = bytes;
  copy.toShared = mbarrier;
  if (mbarrier) {
    mbarrierAt(site, mbarrier);
    copy.mbarrier = uint32_t(reinterpret_cast<char *>(mbarrier) - shared);
  }
  return *found;
}

/// Lets a copy begin: it happens now or, in strict mode, later.
void Cta::issue(CopyInFlight &flight) {
  const AsyncCopy &copy = flight.copy;
  uint32_t index = uint32_t(&flight - copies.data());
  if (events)
    events->copyIssues(copy);
  if (!launch->strict) {
    if (copy.toShared)
      return finishLoad(index);
    readStore(index);
    return finishStore(index);
  }
  if (!copy.toShared) {
    flight.group = asyncOf[copy.thread].storeGroups;
    return steps.add(AsyncStep::kReadStore, index, random);
  }
  checkReaders(copy);
  // The old bytes may go at any time from now on.
  std::memset(shared + copy.shared, 0xff, copy.bytes);
  steps.add(AsyncStep::kLoad, index, random);
}

void Cta::copyTensor(int32_t site, const char *address,
                     const AttnSimTensorMap *map, uint64_t *mbarrier,
                     int32_t rank, const int32_t *coordinates) {
  checkTensorMap(site, map, rank);
  CopyInFlight &flight = newCopy(site, address, Box(*map, coordinates).bytes(),
                                 kTensorAlignment, mbarrier);
  flight.copy.map = map;
  std::copy_n(coordinates, rank, flight.copy.coordinates);
  issue(flight);
}

void Cta::copyBulk(int32_t site, const char *address, char *global,
                   uint64_t *mbarrier, uint32_t bytes) {
  if (bytes % kBulkAlignment ||
      reinterpret_cast<uintptr_t>(global) % kBulkAlignment)
    fail(site, "%u bytes %s %p: expected multiples of %u", bytes,
         mbarrier ? "from" : "to", (void *)global, kBulkAlignment);
  CopyInFlight &flight =
      newCopy(site, address, bytes, kBulkAlignment, mbarrier);
  flight.copy.global = global;
  issue(flight);
}

/*--- Now or some time later -------------------------------------------------*/

void Cta::finishLoad(uint32_t index) {
  CopyInFlight &flight = copies[index];
  const AsyncCopy &copy = flight.copy;
  if (copy.map)
    Box(*copy.map, copy.coordinates)
        .load(shared + copy.shared, copy.shared + skew);
  else
    std::memcpy(shared + copy.shared, copy.global, copy.bytes);
  flight.state = CopyInFlight::kDone;
  if (events)
    events->copyLands(copy);
  blamed = &threads[copy.thread];
  completeMbarrier(copy.site,
                   reinterpret_cast<uint64_t *>(shared + copy.mbarrier),
                   copy.bytes);
  blamed = nullptr;
}

void Cta::readStore(uint32_t index) {
  CopyInFlight &flight = copies[index];
  const AsyncCopy &copy = flight.copy;
  flight.staged.assign(shared + copy.shared, shared + copy.shared + copy.bytes);
  flight.state = CopyInFlight::kRead;
  if (events)
    events->copyLands(copy);
  if (launch->strict)
    steps.add(AsyncStep::kStore, index, random);
}

void Cta::finishStore(uint32_t index) {
  CopyInFlight &flight = copies[index];
  const AsyncCopy &copy = flight.copy;
  if (copy.map)
    Box(*copy.map, copy.coordinates)
        .store(flight.staged.data(), copy.shared + skew);
  else
    std::memcpy(copy.global, flight.staged.data(), copy.bytes);
  flight.state = CopyInFlight::kDone;
}

/*--- Groups of stores -------------------------------------------------------*/

/// What the running thread has stored but for the last `pending` groups is
/// read, and written unless `readOnly`, when this returns.
void Cta::waitStores(uint32_t pending, bool readOnly) {
  uint32_t me = numberOf(*running);
  ThreadAsync &async = asyncOf[me];
  uint32_t over = async.storeGroups > pending ? async.storeGroups - pending : 0;
  async.storesRead = std::max(async.storesRead, over);
  for (uint32_t i = 0; i < copies.size(); ++i) {
    const CopyInFlight &c = copies[i];
    if (c.state == CopyInFlight::kDone || c.copy.toShared ||
        c.copy.thread != me || c.group >= over)
      continue;
    if (c.state == CopyInFlight::kIssued) {
      steps.drop(AsyncStep::kReadStore, i);
      readStore(i);
    }
    if (!readOnly) {
      steps.drop(AsyncStep::kStore, i);
      finishStore(i);
    }
  }
}

/// A thread that ends must have waited until its stores are read.
void Cta::checkStores(const Thread &thread) {
  const ThreadAsync &async = asyncOf[numberOf(thread)];
  for (const CopyInFlight &c : copies)
    if (c.state != CopyInFlight::kDone && !c.copy.toShared &&
        c.copy.thread == numberOf(thread) && c.group >= async.storesRead)
      fail(c.copy.site, "its thread ends without a cp.async.bulk.wait_group "
                        "behind it: shared memory may go before it is read");
}

/*--- Copies and products ----------------------------------------------------*/

void Cta::failCopy(int32_t site, uint32_t offset, const AsyncCopy &copy) {
  Site origin(*launch->info, copy.site);
  MbarrierState s(*reinterpret_cast<const uint64_t *>(shared + copy.mbarrier));
  const MbarrierWatch &watch = mbarrierWatch[copy.mbarrier / 8];
  char wait[200] = "nobody has waited there";
  if (watch.thread != ~0u) {
    Site last(*launch->info, watch.site);
    std::snprintf(wait, sizeof wait,
                  "the last wait there, %s at %s by thread %u, was for parity "
                  "%u in phase %u",
                  last.op, last.location, watch.thread, watch.parity,
                  watch.phase);
  }
  fail(site,
       "reads shared offset %u, which %s at %s of thread %u has not filled: "
       "its mbarrier at shared offset %u is in phase %u, of parity %u; %s",
       offset, origin.op, origin.location, copy.thread, copy.mbarrier,
       watch.phases, s.phase(), wait);
}

/// What a product reads must have come.
void Cta::checkOperands(const AttnSimProduct &product, int32_t n) {
  for (const CopyInFlight &c : copies) {
    if (c.state == CopyInFlight::kDone || !c.copy.toShared)
      continue;
    uint32_t offset = 0;
    if (reads(product, n, c.copy.shared, c.copy.bytes, offset))
      failCopy(product.site, offset, c.copy);
  }
}

/// What a load overwrites must have been read.
void Cta::checkReaders(const AsyncCopy &copy) {
  for (size_t id = 0; id < warpgroups.size(); ++id) {
    WarpgroupProducts &unit = warpgroupProducts[id];
    for (uint32_t number = unit.over; number != unit.issued; ++number) {
      const Chain &chain = unit.chain(number);
      for (const AttnSimProduct &product : chain.products) {
        uint32_t offset = 0;
        if (!reads(product, chain.n, copy.shared, copy.bytes, offset))
          continue;
        Site reader(*launch->info, product.site);
        fail(copy.site,
             "overwrites shared offset %u, which %s at %s of warpgroup %zu, in "
             "flight, reads",
             offset, reader.op, reader.location, id);
      }
    }
  }
}

} // namespace attn::runtime::sim
