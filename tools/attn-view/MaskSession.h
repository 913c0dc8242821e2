//===- MaskSession.h - A program's masks at one launch ----------*- C++ -*-===//
//
// Opens what MaskTiles needs: the program in a context of its own (so that
// nothing is said twice), its masks at stage `routes`, tables from files or
// drawn.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNVIEW_MASKSESSION_H
#define ATTN_TOOLS_ATTNVIEW_MASKSESSION_H

#include "MaskInputs.h"

#include "attn/codegen/Compiler.h"
#include "attn/codegen/MaskTiles.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"

namespace attn::view {

/// The program, and its signature; serves any number of launches.
class MaskProgram {
public:
  /// `module` is of stage `input`; it is copied.
  static llvm::Expected<std::unique_ptr<MaskProgram>>
  create(mlir::ModuleOp module, const std::string &name);

  /// `main`, else the only one, or `entry`.
  mlir::func::FuncOp findFunction(llvm::StringRef entry);

  Artifact artifact; ///< Signature and program.
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> input, routes;

private:
  MaskProgram();
};

/// The masks of one entry at one launch.
class MaskSession {
public:
  /// \param tokens see DefaultLetters.h.
  static llvm::Expected<MaskSession>
  create(MaskProgram &program, const LaunchChoice &choice, int64_t tokens);

  /// "B = 1, L = 4096"; "constant sizes" where there are no letters.
  std::string getLettersText() const;

  MaskInputs inputs;
  reference::MaskTiles masks;
  mlir::func::FuncOp function; ///< Of stage `input`.
};

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_MASKSESSION_H
