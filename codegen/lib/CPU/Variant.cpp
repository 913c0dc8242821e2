//===- Variant.cpp - Instruction sets as numbers --------------------------===//
//
// Register tiles. v4: 8 x 3 accumulators, 3 vectors of Q^T or P^T and one
// broadcast are 28 of 32 registers. v3: 4 x 3, 3 and one are all 16. v4bf16 and
// amx: those of v4, for what does not multiply bf16.
//
//===----------------------------------------------------------------------===//

#include "FoldShape.h"

using namespace attn;
using namespace attn::cpu;

namespace {

// Without -prefer-256-bit LLVM splits what it vectorises itself; our vectors
// are explicit, but shuffles and memory copies follow this preference too.
constexpr VariantInfo kVariants[] = {
    {CpuVariant::V3, "v3", {"x86-64-v3", "x86-64-v3", "haswell", ""}, 8, 4, 3},
    {CpuVariant::V4,
     "v4",
     {"x86-64-v4", "x86-64-v4", "icelake-server", "-prefer-256-bit"},
     16,
     8,
     3},
    {CpuVariant::V4Bf16,
     "v4bf16",
     {"x86-64-v4 with AVX512-BF16", "x86-64-v4", "znver4",
      "-prefer-256-bit,+avx512bf16"},
     16,
     8,
     3},
    {CpuVariant::Amx,
     "amx",
     {"x86-64-v4 with AMX", "x86-64-v4", "sapphirerapids",
      "-prefer-256-bit,+amx-tile,+amx-bf16"},
     16,
     8,
     3}};

constexpr CpuVariant kAll[] = {CpuVariant::V3, CpuVariant::V4,
                               CpuVariant::V4Bf16, CpuVariant::Amx};

} // namespace

const VariantInfo &attn::cpu::getVariantInfo(CpuVariant variant) {
  return kVariants[static_cast<unsigned>(variant)];
}

int64_t attn::cpu::getLongestVector() {
  int64_t lanes = 0;
  for (const VariantInfo &info : kVariants)
    lanes = std::max(lanes, info.lanes);
  return lanes;
}

llvm::ArrayRef<CpuVariant> attn::getCpuVariants() { return kAll; }

llvm::SmallVector<CpuVariant> attn::getCpuVariants(mlir::ModuleOp tiles) {
  bool usesPairs = false;
  tiles.walk([&](tile::FoldOp fold) {
    usesPairs |= FoldShape(fold, CpuVariant::Amx).usesPairs;
  });
  llvm::SmallVector<CpuVariant> variants(getCpuVariants());
  if (!usesPairs)
    variants.pop_back_n(2);
  return variants;
}

llvm::StringRef attn::getCpuVariantName(CpuVariant variant) {
  return getVariantInfo(variant).name;
}
