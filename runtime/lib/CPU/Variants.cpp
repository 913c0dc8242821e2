//===- Variants.cpp - Which CPU image runs here ---------------------------===//
//
// Source: Intel SDM volume 2, CPUID leaves 1 and 7; volume 1, section 13.3
// (XCR0: bits 1-2 SSE and AVX, 5-7 AVX-512, 17-18 AMX).
//
//===----------------------------------------------------------------------===//

#include "Variants.h"

#include <algorithm>
#include <array>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace attn::runtime {
namespace {
constexpr std::array<const char *, 14> kFeatureNames = {
    "AVX",      "AVX2",     "FMA",         "F16C",
    "BMI2",     "AVX512F",  "AVX512BW",    "AVX512DQ",
    "AVX512VL", "AVX512CD", "AVX512-BF16", "full-rate VDPBF16PS",
    "AMX-TILE", "AMX-BF16"};
enum Feature {
  kAvx,
  kAvx2,
  kFma,
  kF16c,
  kBmi2,
  kAvx512f,
  kAvx512bw,
  kAvx512dq,
  kAvx512vl,
  kAvx512cd,
  kAvx512Bf16,
  kFastBf16, ///< As many VDPBF16PS as FMA: AMD's. Others do half as many.
  kPairTile,
  kAmxBf16
};

constexpr CpuFeatures bit(Feature feature) { return CpuFeatures(1) << feature; }

struct Variant {
  const char *name;
  CpuFeatures needs;
  CpuFeatures wants; ///< Else it is slower than the one before; runs if forced.
};

constexpr CpuFeatures kV3 =
    bit(kAvx) | bit(kAvx2) | bit(kFma) | bit(kF16c) | bit(kBmi2);
constexpr CpuFeatures kTiles = bit(kPairTile) | bit(kAmxBf16);
constexpr CpuFeatures kV4 = kV3 | bit(kAvx512f) | bit(kAvx512bw) |
                            bit(kAvx512dq) | bit(kAvx512vl) | bit(kAvx512cd);

/// From the least to the most demanding.
constexpr std::array<Variant, 4> kVariants = {{
    {"v3", kV3, 0},
    {"v4", kV4, 0},
    {"v4bf16", kV4 | bit(kAvx512Bf16), bit(kFastBf16)},
    {"amx", kV4 | kTiles, 0},
}};

std::string names(CpuFeatures features) {
  std::string text;
  for (size_t i = 0; i < kFeatureNames.size(); ++i)
    if (features >> i & 1)
      text += (text.empty() ? "" : ", ") + std::string(kFeatureNames[i]);
  return text;
}

std::string joined(const std::vector<std::string> &words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

VariantChoice forcedChoice(CpuFeatures machine,
                           const std::vector<std::string> &available,
                           const std::string &forced) {
  auto same = [&](const Variant &v) { return forced == v.name; };
  auto found = std::find_if(kVariants.begin(), kVariants.end(), same);
  if (found == kVariants.end())
    return {"", "ATTN_CPU: expected one of v3, v4, v4bf16, amx but found '" +
                    forced + "'"};
  CpuFeatures missing = found->needs & ~machine;
  if (missing)
    return {"", "ATTN_CPU=" + forced + ": this machine lacks " +
                    names(missing) + "; unset ATTN_CPU to use what it has"};
  if (std::find(available.begin(), available.end(), forced) == available.end())
    return {"", "ATTN_CPU=" + forced + ": the artifact has no variant '" +
                    forced + "', only " + joined(available)};
  return {forced, "forced by ATTN_CPU=" + forced};
}
} // namespace

CpuFeatures cpuFeature(const std::string &name) {
  for (size_t i = 0; i < kFeatureNames.size(); ++i)
    if (name == kFeatureNames[i])
      return CpuFeatures(1) << i;
  return 0;
}

CpuFeatures detectCpuFeatures() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0, b7 = 0, d7 = 0, a71 = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1)) // OSXSAVE
    return 0;
  unsigned c1 = c, xcr0 = 0, high = 0;
  __asm__("xgetbv" : "=a"(xcr0), "=d"(high) : "c"(0));
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    b7 = b;
    d7 = d;
    if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d))
      a71 = a;
  }
  CpuFeatures found = 0;
  auto add = [&](Feature feature, unsigned word, int position, unsigned saved) {
    if ((word >> position & 1) && (xcr0 & saved) == saved)
      found |= bit(feature);
  };
  constexpr unsigned kYmm = 0x6, kZmm = 0xe6, kTile = 0x60000;
  add(kAvx, c1, 28, kYmm);
  add(kFma, c1, 12, kYmm);
  add(kF16c, c1, 29, kYmm);
  add(kAvx2, b7, 5, kYmm);
  add(kBmi2, b7, 8, 0);
  add(kAvx512f, b7, 16, kZmm);
  add(kAvx512dq, b7, 17, kZmm);
  add(kAvx512cd, b7, 28, kZmm);
  add(kAvx512bw, b7, 30, kZmm);
  add(kAvx512vl, b7, 31, kZmm);
  add(kAvx512Bf16, a71, 5, kZmm);
  if (__get_cpuid(0, &a, &b, &c, &d) && b == signature_AMD_ebx &&
      d == signature_AMD_edx && c == signature_AMD_ecx)
    found |= bit(kFastBf16);
  add(kAmxBf16, d7, 22, kTile);
  add(kPairTile, d7, 24, kTile);
  return found;
#else
  return 0;
#endif
}

bool requestTiles() {
#if defined(__x86_64__) && defined(SYS_arch_prctl)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

namespace {
VariantChoice bestChoice(CpuFeatures machine,
                         const std::vector<std::string> &available) {
  CpuFeatures missing = kV3 & ~machine;
  for (auto variant = kVariants.rbegin(); variant != kVariants.rend();
       ++variant) {
    bool has = std::find(available.begin(), available.end(), variant->name) !=
               available.end();
    if (!has)
      continue;
    missing = variant->needs & ~machine;
    if (missing || variant->wants & ~machine)
      continue;
    return {variant->name, std::string("the best of ") + joined(available) +
                               " for this machine, which has " +
                               names(machine)};
  }
  return {"", "no variant of the artifact (" + joined(available) +
                  ") runs on this machine, which lacks " + names(missing)};
}
} // namespace

VariantChoice chooseVariant(CpuFeatures machine,
                            const std::vector<std::string> &available,
                            const char *forced,
                            const std::function<bool()> &request) {
  bool isForced = forced && *forced;
  VariantChoice choice = isForced ? forcedChoice(machine, available, forced)
                                  : bestChoice(machine, available);
  if (choice.variant != "amx" || request())
    return choice;
  constexpr const char *kRefused =
      "the operating system refused this process the AMX tiles "
      "(ARCH_REQ_XCOMP_PERM)";
  if (isForced)
    return {"", std::string("ATTN_CPU=amx: ") + kRefused +
                    "; unset ATTN_CPU to use what it has"};
  choice = bestChoice(machine & ~kTiles, available);
  choice.text += std::string("; ") + kRefused;
  return choice;
}

} // namespace attn::runtime
