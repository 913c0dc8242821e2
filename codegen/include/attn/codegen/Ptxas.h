//===- Ptxas.h - Finding NVIDIA's assembler ---------------------*- C++ -*-===//
//
// ptxas is a program, never a library. Looked for in this order: the path the
// user gave, $ATTN_PTXAS, the wheel in the build's virtual environment,
// $CUDA_HOME/bin, PATH.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_PTXAS_H
#define ATTN_CODEGEN_PTXAS_H

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace attn {

struct Ptxas {
  std::string path;
  std::string version; ///< e.g. "13.5.37".
};

/// The result of a search. At most one of the two is set; neither: no ptxas.
struct PtxasSearch {
  std::optional<Ptxas> found;
  std::string error; ///< The user named one that does not run.
};

/// \param option value of --ptxas: a path, "none", or "" if not given.
PtxasSearch findPtxas(llvm::StringRef option);

} // namespace attn

#endif // ATTN_CODEGEN_PTXAS_H
