//===- LoadedProgram.h - An entry on the device `reference` -----*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_PLUGIN_LOADEDPROGRAM_H
#define ATTN_CODEGEN_LIB_PLUGIN_LOADEDPROGRAM_H

#include "attn-c/AttnPlugin.h"
#include "attn/codegen/Reference.h"

#include "mlir/IR/MLIRContext.h"

#include <memory>

namespace attn {

/// A parsed entry and the host it runs on. Launches may run concurrently.
class LoadedProgram {
public:
  static llvm::Expected<std::unique_ptr<LoadedProgram>>
  load(const AttnPluginHost &host, const AttnArtifactView &artifact);

  llvm::Error launch(const AttnLaunch &launch) const;
  llvm::Error check(const AttnLaunch &launch, const AttnCheckOptions &options,
                    AttnCheckResult *results) const;
  llvm::Error count(const AttnLaunch &launch, AttnWork &work) const;

private:
  explicit LoadedProgram(const AttnPluginHost &host);

  reference::Host host;
  mlir::MLIRContext context; ///< Locations of the program live here.
  std::unique_ptr<reference::Program> program;
};

} // namespace attn

#endif // ATTN_CODEGEN_LIB_PLUGIN_LOADEDPROGRAM_H
