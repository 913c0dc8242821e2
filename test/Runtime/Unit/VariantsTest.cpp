//===- VariantsTest.cpp - Which CPU image runs ----------------------------===//

#include "CPU/Variants.h"
#include "Check.h"

#include <initializer_list>

using namespace attn::runtime;

namespace {
CpuFeatures machine(std::initializer_list<const char *> names) {
  CpuFeatures features = 0;
  for (const char *name : names)
    features |= cpuFeature(name);
  return features;
}

/// Tiles are given.
VariantChoice choose(CpuFeatures machine,
                     const std::vector<std::string> &available,
                     const char *forced) {
  return chooseVariant(machine, available, forced, [] { return true; });
}

bool has(const std::string &text, const char *part) {
  return text.find(part) != std::string::npos;
}
/// AVX512-BF16 alone does not make v4bf16 the best: it must be fast.
void testPairs(CpuFeatures skylake) {
  const std::vector<std::string> all = {"v3", "v4", "v4bf16", "amx"};
  CpuFeatures cooper = skylake | machine({"AVX512-BF16"});
  CpuFeatures zen4 = cooper | machine({"full-rate VDPBF16PS"});
  CHECK(choose(zen4, all, nullptr).variant == "v4bf16");
  CHECK(has(choose(zen4, all, nullptr).text, "full-rate VDPBF16PS"));
  CHECK(choose(zen4, {"v3", "v4"}, nullptr).variant == "v4");
  CHECK(choose(zen4, all, "v4").variant == "v4");
  CHECK(choose(cooper, all, nullptr).variant == "v4");
  CHECK(choose(cooper, all, "v4bf16").variant == "v4bf16");
  CHECK(has(choose(skylake, all, "v4bf16").text,
            "this machine lacks AVX512-BF16;"));
  CHECK(
      choose(zen4 | machine({"AMX-TILE", "AMX-BF16"}), all, nullptr).variant ==
      "amx");
}

/// What amx needs besides CPUID: the operating system's permission, asked for
/// only where it is chosen.
void testTiles(CpuFeatures sapphire) {
  const std::vector<std::string> all = {"v3", "v4", "amx"};
  int asked = 0;
  auto refuse = [&] {
    ++asked;
    return false;
  };
  CHECK(choose(sapphire, all, nullptr).variant == "amx");
  CHECK(choose(sapphire, all, "amx").variant == "amx");
  CHECK(chooseVariant(sapphire, all, "v4", refuse).variant == "v4");
  for (const char *part : {"AMX-TILE", "AMX-BF16", "AVX512BW"}) {
    CpuFeatures less = sapphire & ~cpuFeature(part);
    CHECK(chooseVariant(less, all, nullptr, refuse).variant ==
          (std::string(part) == "AVX512BW" ? "v3" : "v4"));
    CHECK(has(chooseVariant(less, all, "amx", refuse).text,
              ("ATTN_CPU=amx: this machine lacks " + std::string(part) + ";")
                  .c_str()));
  }
  CHECK(asked == 0);
  VariantChoice refused = chooseVariant(sapphire, all, nullptr, refuse);
  CHECK(asked == 1);
  CHECK(refused.variant == "v4");
  CHECK(has(refused.text, "the best of v3, v4, amx for this machine"));
  CHECK(has(refused.text, "; the operating system refused this process the "
                          "AMX tiles (ARCH_REQ_XCOMP_PERM)"));
  VariantChoice forced = chooseVariant(sapphire, all, "amx", refuse);
  CHECK(forced.variant.empty());
  CHECK(has(forced.text, "ATTN_CPU=amx: the operating system refused"));
  CHECK(chooseVariant(sapphire, {"amx"}, nullptr, refuse).variant.empty());
}
} // namespace

void testVariants() {
  CpuFeatures haswell = machine({"AVX", "AVX2", "FMA", "F16C", "BMI2"});
  CpuFeatures skylake = haswell | machine({"AVX512F", "AVX512BW", "AVX512DQ",
                                           "AVX512VL", "AVX512CD"});
  const std::vector<std::string> both = {"v3", "v4"};
  CHECK(cpuFeature("AVX9") == 0);
  CHECK(choose(haswell, both, nullptr).variant == "v3");
  CHECK(choose(skylake, both, nullptr).variant == "v4");
  CHECK(choose(skylake, both, "").variant == "v4");
  CHECK(choose(skylake, {"v3"}, nullptr).variant == "v3");
  CHECK(choose(skylake, both, "v3").variant == "v3");
  CHECK(has(choose(skylake, both, nullptr).text, "AVX512CD"));

  // One missing part of AVX-512 is enough to fall back, and is named if forced.
  CpuFeatures noCd = skylake & ~cpuFeature("AVX512CD");
  CHECK(choose(noCd, both, nullptr).variant == "v3");
  VariantChoice forced = choose(noCd, both, "v4");
  CHECK(forced.variant.empty());
  CHECK(has(forced.text, "ATTN_CPU=v4: this machine lacks AVX512CD;"));

  VariantChoice amx = choose(skylake, both, "amx");
  CHECK(has(amx.text, "this machine lacks AMX-TILE, AMX-BF16"));
  CpuFeatures sapphire = skylake | machine({"AMX-TILE", "AMX-BF16"});
  amx = choose(sapphire, both, "amx");
  CHECK(has(amx.text, "the artifact has no variant 'amx', only v3, v4"));
  CHECK(choose(sapphire, both, nullptr).variant == "v4");
  CHECK(has(choose(sapphire, both, "AVX2").text,
            "expected one of v3, v4, v4bf16, amx but found 'AVX2'"));

  testPairs(skylake);
  testTiles(sapphire);

  VariantChoice old = choose(machine({"AVX", "F16C"}), both, nullptr);
  CHECK(old.variant.empty());
  CHECK(has(old.text, "lacks AVX2, FMA, BMI2"));
  VariantChoice onlyV4 = choose(haswell, {"v4"}, nullptr);
  CHECK(has(onlyV4.text, "(v4) runs on this machine, which lacks AVX512F"));
}
