//===- Counting.cpp - Functions of a Cta that count what they are asked ---===//

#include "Cta.h"

namespace attn::runtime::sim {
namespace {
CtaCounts &countsOf(AttnSimHost *host) {
  return static_cast<Cta *>(host)->counts;
}

void countTensor(AttnSimHost *host, const AttnSimTensorMap *map, bool isLoad) {
  if (map->magic == ATTN_SIM_TENSOR_MAP_MAGIC)
    countsOf(host).copy(*host->thread, *map, isLoad);
}

void wrapCopies(AttnSimHost &h) {
  h.tensorLoad = [](AttnSimHost *host, int32_t site, char *destination,
                    const AttnSimTensorMap *map, auto... rest) {
    countTensor(host, map, true);
    countsOf(host).plain.tensorLoad(host, site, destination, map, rest...);
  };
  h.tensorStore = [](AttnSimHost *host, int32_t site,
                     const AttnSimTensorMap *map, auto... rest) {
    countTensor(host, map, false);
    countsOf(host).plain.tensorStore(host, site, map, rest...);
  };
  h.bulkLoad = [](AttnSimHost *host, int32_t site, char *destination,
                  const char *source, uint64_t *barrier, uint32_t bytes) {
    countsOf(host).copy(*host->thread, bytes, true);
    countsOf(host).plain.bulkLoad(host, site, destination, source, barrier,
                                  bytes);
  };
  h.bulkStore = [](AttnSimHost *host, int32_t site, char *destination,
                   const char *source, uint32_t bytes) {
    countsOf(host).copy(*host->thread, bytes, false);
    countsOf(host).plain.bulkStore(host, site, destination, source, bytes);
  };
}

void wrapBarriers(AttnSimHost &h) {
  h.barrier = [](AttnSimHost *host, auto... rest) {
    countsOf(host).wait(*host->thread);
    countsOf(host).plain.barrier(host, rest...);
  };
  h.mbarrierWait = [](AttnSimHost *host, int32_t site, uint64_t *barrier,
                      uint32_t parity, uint32_t test) {
    if (!test)
      countsOf(host).wait(*host->thread);
    return countsOf(host).plain.mbarrierWait(host, site, barrier, parity, test);
  };
}

} // namespace

void CtaCounts::install(AttnSimHost &h) {
  plain = h;
  wrapCopies(h);
  wrapBarriers(h);
  h.access = [](AttnSimHost *host, int32_t site, const char *address,
                uint32_t bytes, int32_t kind, auto... rest) {
    countsOf(host).access(*host->thread, site, address, bytes, kind);
    countsOf(host).plain.access(host, site, address, bytes, kind, rest...);
  };
  h.wgmma = [](AttnSimHost *host, int32_t n, float *accumulator,
               const AttnSimProduct *products, int32_t count) {
    countsOf(host).multiply(*host->thread, n, products, count);
    return countsOf(host).plain.wgmma(host, n, accumulator, products, count);
  };
  h.tally = [](AttnSimHost *host, int32_t name, uint32_t n) {
    countsOf(host).tally(*host->thread, name, n);
  };
}

} // namespace attn::runtime::sim
