//===- Ptxas.h - NVIDIA's assembler -----------------------------*- C++ -*-===//
//
// Finding ptxas, running it on PTX, what is known about its versions. It is a
// program, never a library, and nothing it does ends the host: a crash, a hang
// or output that makes no sense is a diagnostic.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_PTXAS_H
#define ATTN_CODEGEN_PTXAS_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/StringRef.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace attn {

struct Ptxas {
  std::string path;
  std::string version;             ///< e.g. "13.5.37".
  std::chrono::seconds limit{300}; ///< An assembly that takes longer fails.
};

/// The result of a search. At most one of `found` and `error` is set; neither:
/// there is no ptxas, or none is wanted.
struct PtxasSearch {
  std::optional<Ptxas> found;
  std::string error; ///< The user named one that does not run.
  /// Programs that come first but do not run, each with the reason.
  std::vector<std::string> passedOver;
};

/// Looks in this order: `option` (a path, "none", or "" if not given),
/// $ATTN_PTXAS (ignored if empty), the wheel nvidia-cuda-nvcc in
/// `environment`, $CUDA_HOME/bin, PATH. One that the user names must run; the
/// others are passed over if they do not.
/// \param environment a virtual environment of Python.
PtxasSearch findPtxas(llvm::StringRef option, llvm::StringRef environment);

/// The same with the virtual environment that tools/setup.sh makes.
PtxasSearch findPtxas(llvm::StringRef option);

/// What ptxas says about one kernel.
struct PtxasReport {
  std::string kernel;
  int64_t registers = 0;            ///< Per thread.
  int64_t spillBytes = 0;           ///< Stores and loads together.
  std::vector<std::string> remarks; ///< Lines about C75xx and the like.
};

struct Cubin {
  std::string bytes;
  std::vector<PtxasReport> kernels;
};

/// Runs ptxas on `ptx` for sm_90a. Its errors are diagnostics at `loc`.
mlir::FailureOr<Cubin> assemble(llvm::StringRef ptx, const Ptxas &ptxas,
                                mlir::Location loc);

/// Why results of this version of ptxas need care, or "".
llvm::StringRef getPtxasWarning(llvm::StringRef version);

} // namespace attn

#endif // ATTN_CODEGEN_PTXAS_H
