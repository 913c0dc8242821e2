//===- KnownBad.cpp - Versions of ptxas to avoid --------------------------===//

#include "attn/codegen/Ptxas.h"

#include "llvm/Support/VersionTuple.h"

using llvm::VersionTuple;

namespace attn {
namespace {

/// Versions from `first` to `last`, both included.
struct BadRange {
  VersionTuple first, last;
  llvm::StringLiteral what;
};

// Register-A wgmma: 12.9 reuses A registers before the wgmma that reads them is
// done, 13.0.88 still fails one of two reproducers, 13.1.80 passes (triton
// issue 11781, flash-linear-attention issue 1262).
const BadRange kBadRanges[] = {
    {VersionTuple(0), VersionTuple(13, 0, 88),
     "ptxas up to 13.0.88 is known to miscompile some kernels that multiply "
     "from registers; use 13.1 or later (pip: nvidia-cuda-nvcc)"},
};

} // namespace

llvm::StringRef getPtxasWarning(llvm::StringRef version) {
  VersionTuple found;
  if (found.tryParse(version))
    return "";
  for (const BadRange &range : kBadRanges)
    if (range.first <= found && found <= range.last)
      return range.what;
  return "";
}

} // namespace attn
