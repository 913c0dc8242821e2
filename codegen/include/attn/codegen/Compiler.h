//===- Compiler.h - From a program to an artifact ---------------*- C++ -*-===//
//
// The compiler as a library: parse, bring to a stage, make an artifact. All
// errors are MLIR diagnostics with locations; nothing here ends the process.
//
//   MLIRContext context(attn::getCompilerRegistry());
//   OwningOpRef<ModuleOp> module = attn::parseProgram(context, "causal.mlir");
//   FailureOr<Artifact> artifact = attn::compile(*module, {});
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_COMPILER_H
#define ATTN_CODEGEN_COMPILER_H

#include "attn/passes/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace attn {

/// One file of an artifact.
struct ArtifactFile {
  std::string name; ///< Plain file name, e.g. "manifest.json".
  std::string bytes;
};

/// manifest.json first, then what it refers to.
struct Artifact {
  std::vector<ArtifactFile> files;
};

struct CompileOptions {
  /// Targets to compile for; none gives an artifact of signature and program,
  /// which is all that device `reference` needs.
  std::vector<std::string> targets = {"cpu"};
  /// Where ptxas is, as --ptxas: a path, "none", or "" to search. GPU targets.
  std::string ptxas;
  std::string cpuVariant; ///< The one CPU image to make, "" for all.
  bool simImage = true;   ///< GPU targets: add an image for device sim.
  /// GPU targets: add PTX and cubins. Without, the files that the manifest
  /// names are missing, and only device sim can run the artifact.
  bool gpuCode = true;
  std::string dumpFolder;     ///< Write the IR after every pass there.
  std::string reproducerFile; ///< On failure, write a reproducer there.
};

/// Dialects and translations a compiler context needs.
const mlir::DialectRegistry &getCompilerRegistry();

/// Versions, one per line: our own, LLVM's, that of the ptxas found.
std::string getCompilerVersion();

/// From now on the passes say why choices were made: remarks of the categories
/// that `categories` (a regular expression) matches become diagnostics.
llvm::LogicalResult enableRemarks(mlir::MLIRContext &context,
                                  llvm::StringRef categories = ".*");

/// Parses and verifies `path` ("-" is stdin); text or bytecode. Null after a
/// diagnostic.
mlir::OwningOpRef<mlir::ModuleOp> parseProgram(mlir::MLIRContext &context,
                                               llvm::StringRef path);

/// The same from memory; `name` stands in locations.
mlir::OwningOpRef<mlir::ModuleOp> parseProgram(mlir::MLIRContext &context,
                                               llvm::StringRef text,
                                               llvm::StringRef name);

/// Brings a copy of `module` (stage `input`) to `stage`, at most `LowLevel`,
/// for one target. For the CPU `LowLevel` holds one nested module per variant,
/// for the GPU one gpu.module per function; only GPU targets have a `Schedule`.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
compileToStage(mlir::ModuleOp module, Stage stage, llvm::StringRef target,
               const CompileOptions &options);

/// Compiles a module of stage `input`. The same module and options give the
/// same bytes.
mlir::FailureOr<Artifact> compile(mlir::ModuleOp module,
                                  const CompileOptions &options);

/// Writes `bytes` as file `path` ("-" is stdout): to a temporary name beside
/// it, then renamed, so that a file that stood there stays if this fails. What
/// is there and is not a file, a pipe for one, is written to. Returns an error
/// text with the path, empty if all went well.
std::string writeOutput(llvm::StringRef path, llvm::StringRef bytes);

/// Writes `artifact` as folder `path`: to a temporary name beside it, then
/// renamed. An artifact that stood there is replaced, anything else refused.
/// Returns an error text, empty if all went well; then nothing is half-written.
std::string writeArtifact(const Artifact &artifact, llvm::StringRef path);

} // namespace attn

#endif // ATTN_CODEGEN_COMPILER_H
