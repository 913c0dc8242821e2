//===- HostTable.cpp - What an image calls --------------------------------===//
//
// Thin: every entry of AttnSimHost is a member function of Cta.
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

#include <cmath>
#include <limits>

namespace attn::runtime::sim {
namespace {
Cta &cta(AttnSimHost *host) { return *static_cast<Cta *>(host); }

/// ex2.approx.ftz and lg2.approx.ftz flush what is subnormal.
float flushed(float x) {
  return std::fabs(x) < std::numeric_limits<float>::min() ? x * 0 : x;
}

void fillWarp(AttnSimHost &h) {
  h.shuffle = [](AttnSimHost *host, int32_t site, int32_t kind, uint32_t mask,
                 uint32_t value, uint32_t lane, uint32_t clamp) {
    return cta(host).shuffleLanes(site, kind, mask, value, lane, clamp);
  };
  h.vote = [](AttnSimHost *host, int32_t site, int32_t kind, uint32_t mask,
              uint32_t predicate) {
    return cta(host).voteLanes(site, kind, mask, predicate);
  };
  h.elect = [](AttnSimHost *host, int32_t site, uint32_t mask) {
    return cta(host).electLane(site, mask);
  };
  h.warpBarrier = [](AttnSimHost *host, int32_t site, uint32_t mask) {
    cta(host).meetWarp(site, mask);
  };
}

void fillBarriers(AttnSimHost &h) {
  h.barrier = [](AttnSimHost *host, int32_t site, uint32_t id,
                 uint32_t threads) {
    cta(host).meetBarrier(site, id, threads, /*sleep=*/true);
  };
  h.barrierArrive = [](AttnSimHost *host, int32_t site, uint32_t id,
                       uint32_t threads) {
    cta(host).meetBarrier(site, id, threads, /*sleep=*/false);
  };
  h.mbarrierInit = [](AttnSimHost *host, int32_t site, uint64_t *barrier,
                      uint32_t count) {
    cta(host).initMbarrier(site, barrier, count);
  };
  h.mbarrierInvalidate = [](AttnSimHost *host, int32_t site,
                            uint64_t *barrier) {
    cta(host).invalidateMbarrier(site, barrier);
  };
  h.mbarrierArrive = [](AttnSimHost *host, int32_t site, uint64_t *barrier,
                        uint32_t count, uint32_t bytes) {
    return cta(host).arriveMbarrier(site, barrier, count, bytes);
  };
  h.mbarrierComplete = [](AttnSimHost *host, int32_t site, uint64_t *barrier,
                          uint32_t bytes) {
    cta(host).completeMbarrier(site, barrier, bytes);
  };
  h.mbarrierWait = [](AttnSimHost *host, int32_t site, uint64_t *barrier,
                      uint32_t parity, uint32_t test) {
    return uint32_t(cta(host).waitMbarrier(site, barrier, parity, test));
  };
}

void fillCopies(AttnSimHost &h) {
  h.tensorLoad = [](AttnSimHost *host, int32_t site, char *destination,
                    const AttnSimTensorMap *map, uint64_t *barrier,
                    int32_t rank, int32_t mayLeave, int32_t c0, int32_t c1,
                    int32_t c2, int32_t c3, int32_t c4) {
    int32_t coordinates[5] = {c0, c1, c2, c3, c4};
    cta(host).checkBox(site, map, rank, mayLeave, coordinates,
                       AccessKind::kRead);
    cta(host).copyTensor(site, destination, map, barrier, rank, coordinates);
  };
  h.tensorStore = [](AttnSimHost *host, int32_t site,
                     const AttnSimTensorMap *map, const char *source,
                     int32_t rank, int32_t mayLeave, int32_t c0, int32_t c1,
                     int32_t c2, int32_t c3, int32_t c4) {
    int32_t coordinates[5] = {c0, c1, c2, c3, c4};
    cta(host).checkBox(site, map, rank, mayLeave, coordinates,
                       AccessKind::kWrite);
    cta(host).copyTensor(site, source, map, nullptr, rank, coordinates);
  };
  h.bulkLoad = [](AttnSimHost *host, int32_t site, char *destination,
                  const char *source, uint64_t *barrier, uint32_t bytes) {
    cta(host).checkBulk(site, source, bytes, AccessKind::kRead);
    cta(host).copyBulk(site, destination, const_cast<char *>(source), barrier,
                       bytes);
  };
  h.bulkStore = [](AttnSimHost *host, int32_t site, char *destination,
                   const char *source, uint32_t bytes) {
    cta(host).checkBulk(site, destination, bytes, AccessKind::kWrite);
    cta(host).copyBulk(site, source, destination, nullptr, bytes);
  };
}

void fillMatrices(AttnSimHost &h) {
  h.wgmma = [](AttnSimHost *host, int32_t n, float *accumulator,
               const AttnSimProduct *products, int32_t count) {
    cta(host).multiply(n, accumulator, products, count);
  };
  h.wgmmaResult = [](AttnSimHost *host, int32_t site, uint32_t token,
                     float *accumulator, uint32_t last) {
    cta(host).giveResult(site, token, accumulator, last);
  };
  h.wgmmaKeep = [](AttnSimHost *host, int32_t site, const uint32_t *registers,
                   uint32_t count) {
    cta(host).keepFragments(site, registers, count);
  };
}

void fillOrder(AttnSimHost &h) {
  h.setMaxRegisters = [](AttnSimHost *host, int32_t site, uint32_t registers,
                         uint32_t increase) {
    cta(host).setRegisters(site, registers, increase);
  };
  h.fence = [](AttnSimHost *host, int32_t site, int32_t kind) {
    cta(host).fenceMemory(site, kind);
  };
  h.commitGroup = [](AttnSimHost *host, int32_t site, int32_t group) {
    cta(host).commitGroup(site, group);
  };
  h.waitGroup = [](AttnSimHost *host, int32_t site, int32_t group,
                   uint32_t pending) {
    cta(host).waitGroup(site, group, pending);
  };
}

void fillAccess(AttnSimHost &h) {
  h.access = [](AttnSimHost *host, int32_t site, const char *address,
                uint32_t bytes, int32_t kind, uint32_t alignment,
                int32_t argument) {
    cta(host).accessMemory(site, address, bytes, AccessKind(kind), alignment,
                           argument);
  };
}

/// See Counting.cpp.
void ignoreTally(AttnSimHost *, int32_t, uint32_t) {}

void fillFunctions(AttnSimHost &h) {
  h.tally = ignoreTally;
  h.exp2 = [](float x) { return flushed(std::exp2(x)); }; // 1 near 0
  h.log2 = [](float x) { return std::log2(flushed(x)); };
  h.tanh = [](float x) { return std::tanh(x); };
  h.trap = [](AttnSimHost *host, int32_t site) {
    cta(host).fail(site, "the kernel gave up");
  };
}
} // namespace

void fillHostTable(AttnSimHost &host) {
  fillWarp(host);
  fillBarriers(host);
  fillCopies(host);
  fillMatrices(host);
  fillOrder(host);
  fillAccess(host);
  fillFunctions(host);
}

} // namespace attn::runtime::sim
