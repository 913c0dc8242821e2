//===- Variants.h - Which CPU image runs here -------------------*- C++ -*-===//
//
// An image holds its kernels for several levels of vector instructions. The
// choice is made once per program from CPUID and from what the operating
// system saves (XGETBV), or forced by ATTN_CPU.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_CPU_VARIANTS_H
#define ATTN_RUNTIME_LIB_CPU_VARIANTS_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace attn::runtime {

/// One bit per entry of kFeatureNames in Variants.cpp.
using CpuFeatures = uint32_t;

CpuFeatures detectCpuFeatures();

/// The bit of "AVX2" and so on; 0 for a name that is not in the table.
CpuFeatures cpuFeature(const std::string &name);

struct VariantChoice {
  std::string variant; ///< Empty if there is none; `text` then is the error.
  std::string text;    ///< Why.
};

/// Asks the operating system for tile registers, which Linux gives only to
/// processes that ask; once is enough. False: refused.
bool requestTiles();

/// The best variant or the forced one. Where tiles are refused to it, amx is
/// not among them.
/// \param available the variants of the artifact.
/// \param forced the value of ATTN_CPU, or null.
/// \param request called only if the choice is amx.
VariantChoice chooseVariant(CpuFeatures machine,
                            const std::vector<std::string> &available,
                            const char *forced,
                            const std::function<bool()> &request);

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_CPU_VARIANTS_H
