//===- Wgmma.cpp - The tensor core of one CTA -----------------------------===//

#include "Wgmma.h"
#include "Cta.h"

#include "CPU/Variants.h"

#include <cstring>

namespace attn::runtime::sim {

const WgmmaArithmetic *chooseWgmmaArithmetic() {
  VariantChoice choice =
      chooseVariant(detectCpuFeatures(), {"v3", "v4"}, nullptr, requestTiles);
  if (choice.variant.empty())
    return nullptr;
  return choice.variant == "v4" ? &kWgmmaV4 : &kWgmmaV3;
}

namespace {
/// A shared memory matrix descriptor. Offsets in bytes.
struct Descriptor {
  explicit Descriptor(uint64_t bits)
      : start(uint32_t(bits & 0x3fff) << 4),
        leading(uint32_t(bits >> 16 & 0x3fff) << 4),
        stride(uint32_t(bits >> 32 & 0x3fff) << 4),
        baseOffset(uint32_t(bits >> 49 & 7)) {
    constexpr uint32_t kSwizzles[4] = {0, 128, 64, 32};
    swizzleBytes = kSwizzles[bits >> 62];
  }

  uint32_t start, leading, stride, baseOffset, swizzleBytes;
};

/// Where the 16-byte chunks of an operand lie. Rows of `span` bytes in groups
/// of eight; without a swizzle the span is one chunk.
struct ChunkPlaces {
  ChunkPlaces(const Descriptor &d, bool isMnMajor) : d(d) {
    span = d.swizzleBytes ? d.swizzleBytes : 16;
    uint32_t chunks = span / 16;
    perSpan = isMnMajor ? chunks : 2;
    // Without a swizzle the two offsets of MN-major operands swap roles.
    bool swapped = isMnMajor && !d.swizzleBytes;
    groupStep = swapped ? d.leading : d.stride;
    spanStep = swapped ? d.stride : d.leading;
    chunkStep = d.swizzleBytes || isMnMajor ? 16 : d.leading;
  }

  /// \param line row (K-major) or k (MN-major); \param chunk along the other.
  uint32_t at(uint32_t line, uint32_t chunk) const {
    return swizzle(plain(line, chunk), d.swizzleBytes);
  }
  /// The same without the swizzle; grows with both.
  uint32_t plain(uint32_t line, uint32_t chunk) const {
    return d.start + line / 8 * groupStep + line % 8 * span +
           chunk / perSpan * spanStep + chunk % perSpan * chunkStep;
  }

  Descriptor d;
  uint32_t span, perSpan, groupStep, spanStep, chunkStep;
};
} // namespace

/// Calls `visit` with the shared offset of every 16-byte chunk of an operand
/// of k16.
template <typename Visit>
void Cta::forEachChunk(int32_t site, uint64_t bits, bool isMnMajor,
                       int32_t rows, Visit visit) {
  Descriptor descriptor(bits);
  if (descriptor.baseOffset)
    fail(site, "descriptor 0x%016llx has base offset %u, expected 0",
         (unsigned long long)bits, descriptor.baseOffset);
  ChunkPlaces places(descriptor, isMnMajor);
  uint32_t lines = isMnMajor ? kMmaK : uint32_t(rows);
  uint32_t perLine = isMnMajor ? uint32_t(rows) / 8 : kMmaK / 8;
  for (uint32_t line = 0; line < lines; ++line)
    for (uint32_t chunk = 0; chunk < perLine; ++chunk) {
      uint32_t address = places.at(line, chunk);
      if (address < skew || address - skew + 16 > sharedBytes)
        fail(site,
             "descriptor 0x%016llx reaches shared offset %d, the CTA has %u "
             "bytes",
             (unsigned long long)bits, int32_t(address - skew), sharedBytes);
      visit(address - skew);
    }
}

/// Whether an operand has a chunk in `bytes` at `range`, and where. Its hull
/// without the swizzle, which stays in 128 bytes, tells mostly.
bool Cta::touches(int32_t site, uint64_t bits, bool isMnMajor, int32_t rows,
                  uint32_t range, uint32_t bytes, uint32_t &offset) {
  uint32_t lines = isMnMajor ? kMmaK : uint32_t(rows);
  uint32_t perLine = isMnMajor ? uint32_t(rows) / 8 : kMmaK / 8;
  ChunkPlaces places(Descriptor(bits), isMnMajor);
  uint32_t low = places.plain(0, 0) & ~127u;
  uint32_t high = places.plain(lines - 1, perLine - 1) | 127;
  if (high < range + skew || low >= range + skew + bytes)
    return false;
  bool found = false;
  forEachChunk(site, bits, isMnMajor, rows, [&](uint32_t chunk) {
    if (found || chunk + 16 <= range || chunk >= range + bytes)
      return;
    found = true;
    offset = chunk;
  });
  return found;
}

bool Cta::reads(const AttnSimProduct &product, int32_t n, uint32_t range,
                uint32_t bytes, uint32_t &offset) {
  if (!(product.format & ATTN_SIM_WGMMA_A_FRAGMENT) &&
      touches(product.site, product.descriptorA,
              product.format & ATTN_SIM_WGMMA_A_MN, kMmaRows, range, bytes,
              offset))
    return true;
  return touches(product.site, product.descriptorB,
                 product.format & ATTN_SIM_WGMMA_B_MN, n, range, bytes, offset);
}

/// Copies an operand from shared memory, chunk by chunk.
void Cta::gatherOperand(int32_t site, uint64_t bits, bool isMnMajor,
                        int32_t rows, char *chunks) {
  forEachChunk(site, bits, isMnMajor, rows, [&](uint32_t offset) {
    std::memcpy(chunks, shared + offset, 16);
    chunks += 16;
  });
}

/// Tells what `product` reads in shared memory. A warp reads 16 rows of A:
/// two of every eight chunks if A is MN-major.
void Cta::tellProduct(const AttnSimProduct &product, uint32_t warpgroup,
                      int32_t n, bool endsChain) {
  constexpr uint32_t kWarpChunks = kMmaRows / 4 * kMmaK / 8;
  uint32_t chunks[4 * kWarpChunks + kMostMmaColumns * kMmaK / 8], count = 0;
  bool inMemory = !(product.format & ATTN_SIM_WGMMA_A_FRAGMENT);
  bool isMnMajor = product.format & ATTN_SIM_WGMMA_A_MN;
  auto addA = [&](uint32_t offset) {
    uint32_t at = isMnMajor
                      ? count % 8 / 2 * kWarpChunks + count / 8 * 2 + count % 2
                      : count;
    chunks[at] = offset;
    ++count;
  };
  if (inMemory)
    forEachChunk(product.site, product.descriptorA, isMnMajor, kMmaRows, addA);
  forEachChunk(product.site, product.descriptorB,
               product.format & ATTN_SIM_WGMMA_B_MN, n,
               [&](uint32_t offset) { chunks[count++] = offset; });
  events->productIssues({product.site, warpgroup, chunks, count,
                         inMemory ? kWarpChunks : 0, endsChain});
}

const float *Cta::decodeB(const AttnSimProduct &product, int32_t n) {
  size_t index = size_t((product.descriptorB * 0x9e3779b97f4a7c15) >> 59);
  WgmmaUnit::CachedB &entry = unit->cache[index % WgmmaUnit::kCachedTiles];
  int32_t format = product.format & (ATTN_SIM_WGMMA_BF16 | ATTN_SIM_WGMMA_B_MN |
                                     ATTN_SIM_WGMMA_B_NEGATE);
  gatherOperand(product.site, product.descriptorB, format & ATTN_SIM_WGMMA_B_MN,
                n, unit->chunks);
  size_t bytes = size_t(n) * kMmaK * 2;
  if (entry.descriptor != product.descriptorB || entry.n != n ||
      entry.format != format ||
      std::memcmp(entry.chunks, unit->chunks, bytes) != 0) {
    entry.descriptor = product.descriptorB;
    entry.n = n;
    entry.format = format;
    std::memcpy(entry.chunks, unit->chunks, bytes);
    unit->arithmetic->unpackB(reinterpret_cast<uint16_t *>(entry.chunks), n,
                              format, entry.unpacked.values);
  }
  return entry.unpacked.values;
}

/// All threads of a warpgroup must say the same as the first that came.
void Cta::compareProducts(const Warpgroup &group,
                          const AttnSimProduct *products) {
  for (int32_t i = 0; i < group.count; ++i) {
    const AttnSimProduct &mine = products[i], &other = group.first[i];
    if (mine.site == other.site && mine.format == other.format &&
        mine.descriptorA == other.descriptorA &&
        mine.descriptorB == other.descriptorB)
      continue;
    Site site(*launch->info, other.site);
    fail(mine.site,
         "comes with descriptors 0x%016llx and 0x%016llx while another thread "
         "of the warpgroup is at %s at %s with 0x%016llx and 0x%016llx",
         (unsigned long long)mine.descriptorA,
         (unsigned long long)mine.descriptorB, site.op, site.location,
         (unsigned long long)other.descriptorA,
         (unsigned long long)other.descriptorB);
  }
}

void Cta::computeProduct(const AttnSimProduct &product, int32_t n,
                         float *const *accumulators,
                         const uint32_t *const *fragments) {
  const WgmmaArithmetic &arithmetic = *unit->arithmetic;
  if (product.format & ATTN_SIM_WGMMA_A_FRAGMENT) {
    arithmetic.unpackFragments(fragments, product.format, unit->a);
  } else {
    gatherOperand(product.site, product.descriptorA,
                  product.format & ATTN_SIM_WGMMA_A_MN, kMmaRows, unit->chunks);
    arithmetic.unpackA(reinterpret_cast<uint16_t *>(unit->chunks),
                       product.format, unit->a);
  }
  arithmetic.multiply(accumulators, unit->a, decodeB(product, n), n,
                      product.format & ATTN_SIM_WGMMA_CLEAR);
}

template <typename Last>
void Cta::meetProducts(int32_t n, float *accumulator,
                       const AttnSimProduct *products, int32_t length,
                       Last last) {
  uint32_t id = running->warp / 4;
  Warpgroup &group = warpgroups[id];
  uint32_t index = running->warp % 4 * kWarpThreads + running->lane;
  if (group.arrived == 0) {
    group.n = n;
    group.count = length;
    group.first = products;
  }
  compareProducts(group, products);
  group.accumulators[index] = accumulator;
  group.products[index] = products;
  if (++group.arrived < kWarpgroupThreads) {
    suspend(group.waiting, {WaitKind::kWgmma, products->site, id, 0});
    return;
  }
  group.arrived = 0;
  last(group);
  wake(group.waiting);
}

void Cta::multiply(int32_t n, float *accumulator,
                   const AttnSimProduct *products, int32_t length) {
  if (launch->strict) {
    uint32_t id = running->warp / 4;
    beginProducts(products->site);
    meetProducts(n, accumulator, products, length,
                 [&](Warpgroup &group) { startChain(id, group); });
    return;
  }
  meetProducts(n, accumulator, products, length, [&](Warpgroup &group) {
    for (int32_t p = 0; p < group.count; ++p) {
      const uint32_t *fragments[kWarpgroupThreads];
      for (int32_t i = 0; i < kWarpgroupThreads; ++i)
        fragments[i] = group.products[i][p].a;
      computeProduct(group.products[0][p], group.n, group.accumulators,
                     fragments);
    }
  });
}

} // namespace attn::runtime::sim
