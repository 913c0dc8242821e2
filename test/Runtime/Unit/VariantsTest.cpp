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

bool has(const std::string &text, const char *part) {
  return text.find(part) != std::string::npos;
}
} // namespace

void testVariants() {
  CpuFeatures haswell = machine({"AVX", "AVX2", "FMA", "F16C", "BMI2"});
  CpuFeatures skylake = haswell | machine({"AVX512F", "AVX512BW", "AVX512DQ",
                                           "AVX512VL", "AVX512CD"});
  const std::vector<std::string> both = {"v3", "v4"};
  CHECK(cpuFeature("AVX9") == 0);
  CHECK(chooseVariant(haswell, both, nullptr).variant == "v3");
  CHECK(chooseVariant(skylake, both, nullptr).variant == "v4");
  CHECK(chooseVariant(skylake, both, "").variant == "v4");
  CHECK(chooseVariant(skylake, {"v3"}, nullptr).variant == "v3");
  CHECK(chooseVariant(skylake, both, "v3").variant == "v3");
  CHECK(has(chooseVariant(skylake, both, nullptr).text, "AVX512CD"));

  // One missing part of AVX-512 is enough to fall back, and is named if forced.
  CpuFeatures noCd = skylake & ~cpuFeature("AVX512CD");
  CHECK(chooseVariant(noCd, both, nullptr).variant == "v3");
  VariantChoice forced = chooseVariant(noCd, both, "v4");
  CHECK(forced.variant.empty());
  CHECK(has(forced.text, "ATTN_CPU=v4: this machine lacks AVX512CD;"));

  VariantChoice amx = chooseVariant(skylake, both, "amx");
  CHECK(has(amx.text, "this machine lacks AMX-TILE, AMX-BF16"));
  CpuFeatures sapphire = skylake | machine({"AMX-TILE", "AMX-BF16"});
  amx = chooseVariant(sapphire, both, "amx");
  CHECK(has(amx.text, "the artifact has no variant 'amx', only v3, v4"));
  CHECK(chooseVariant(sapphire, both, nullptr).variant == "v4");
  CHECK(has(chooseVariant(sapphire, both, "AVX2").text,
            "expected one of v3, v4, amx but found 'AVX2'"));

  VariantChoice old = chooseVariant(machine({"AVX", "F16C"}), both, nullptr);
  CHECK(old.variant.empty());
  CHECK(has(old.text, "lacks AVX2, FMA, BMI2"));
  VariantChoice onlyV4 = chooseVariant(haswell, {"v4"}, nullptr);
  CHECK(has(onlyV4.text, "(v4) runs on this machine, which lacks AVX512F"));
}
