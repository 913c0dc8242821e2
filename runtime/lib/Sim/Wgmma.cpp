//===- Wgmma.cpp - The tensor core of one CTA -----------------------------===//

#include "Wgmma.h"
#include "Cta.h"

#include "CPU/Variants.h"

#include <cstring>

namespace attn::runtime::sim {

const WgmmaArithmetic *chooseWgmmaArithmetic() {
  VariantChoice choice =
      chooseVariant(detectCpuFeatures(), {"v3", "v4"}, nullptr);
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
    uint32_t address = d.start + line / 8 * groupStep + line % 8 * span +
                       chunk / perSpan * spanStep + chunk % perSpan * chunkStep;
    return swizzle(address, d.swizzleBytes);
  }

  const Descriptor &d;
  uint32_t span, perSpan, groupStep, spanStep, chunkStep;
};
} // namespace

/// Copies an operand of k16 from shared memory, chunk by chunk.
void Cta::gatherOperand(int32_t site, uint64_t bits, bool isMnMajor,
                        int32_t rows, char *chunks) {
  Descriptor descriptor(bits);
  if (descriptor.baseOffset)
    fail(site, "descriptor 0x%016llx has base offset %u, expected 0",
         (unsigned long long)bits, descriptor.baseOffset);
  ChunkPlaces places(descriptor, isMnMajor);
  uint32_t lines = isMnMajor ? kMmaK : uint32_t(rows);
  uint32_t perLine = isMnMajor ? uint32_t(rows) / 8 : kMmaK / 8;
  for (uint32_t line = 0; line < lines; ++line)
    for (uint32_t chunk = 0; chunk < perLine; ++chunk) {
      uint32_t offset = places.at(line, chunk);
      if (offset + 16 > sharedBytes)
        fail(site,
             "descriptor 0x%016llx reaches shared offset %u, the CTA has %u "
             "bytes",
             (unsigned long long)bits, offset, sharedBytes);
      std::memcpy(chunks, shared + offset, 16);
      chunks += 16;
    }
}

const float *Cta::decodeB(const WgmmaCall &call, int32_t site) {
  size_t index = size_t((call.descriptorB * 0x9e3779b97f4a7c15) >> 59);
  WgmmaUnit::CachedB &entry = unit->cache[index % WgmmaUnit::kCachedTiles];
  gatherOperand(site, call.descriptorB, call.format & ATTN_SIM_WGMMA_B_MN,
                call.n, unit->chunks);
  size_t bytes = size_t(call.n) * kMmaK * 2;
  if (entry.descriptor != call.descriptorB || entry.n != call.n ||
      entry.format != call.format ||
      std::memcmp(entry.chunks, unit->chunks, bytes) != 0) {
    entry.descriptor = call.descriptorB;
    entry.n = call.n;
    entry.format = call.format;
    std::memcpy(entry.chunks, unit->chunks, bytes);
    unit->arithmetic->unpackB(reinterpret_cast<uint16_t *>(entry.chunks),
                              call.n, call.format, entry.unpacked.values);
  }
  return entry.unpacked.values;
}

static bool operator==(const WgmmaCall &a, const WgmmaCall &b) {
  return a.n == b.n && a.format == b.format && a.scaleD == b.scaleD &&
         a.aInRegisters == b.aInRegisters && a.descriptorA == b.descriptorA &&
         a.descriptorB == b.descriptorB;
}

void Cta::multiply(int32_t site, const WgmmaCall &call, float *accumulator,
                   const uint32_t *a) {
  uint32_t id = running->warp / 4;
  Warpgroup &group = warpgroups[id];
  uint32_t index = running->warp % 4 * kWarpThreads + running->lane;
  if (group.arrived == 0) {
    group.site = site;
    group.call = call;
  } else if (group.site != site || !(group.call == call)) {
    Site other(*launch->info, group.site);
    fail(site,
         "comes with descriptors 0x%016llx, 0x%016llx, scale-d %d while other "
         "threads of the warpgroup are at %s at %s with 0x%016llx, 0x%016llx, "
         "scale-d %d",
         (unsigned long long)call.descriptorA,
         (unsigned long long)call.descriptorB, call.scaleD, other.op,
         other.location, (unsigned long long)group.call.descriptorA,
         (unsigned long long)group.call.descriptorB, group.call.scaleD);
  }
  group.accumulators[index] = accumulator;
  group.fragments[index] = a;
  if (++group.arrived < kWarpgroupThreads) {
    suspend(group.waiting, {WaitKind::kWgmma, site, id, 0});
    return;
  }
  group.arrived = 0;
  const float *b = decodeB(call, site);
  if (call.aInRegisters) {
    unit->arithmetic->unpackFragments(group.fragments, call.format, unit->a);
  } else {
    gatherOperand(site, call.descriptorA, call.format & ATTN_SIM_WGMMA_A_MN,
                  kMmaRows, unit->chunks);
    unit->arithmetic->unpackA(reinterpret_cast<uint16_t *>(unit->chunks),
                              call.format, unit->a);
  }
  unit->arithmetic->multiply(group.accumulators, unit->a, b, call.n,
                             !call.scaleD);
  wake(group.waiting);
}

} // namespace attn::runtime::sim
