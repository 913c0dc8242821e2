//===- KernelTiles.h - Tiles that the kernels of a target have --*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNVIEW_KERNELTILES_H
#define ATTN_TOOLS_ATTNVIEW_KERNELTILES_H

#include "MaskSession.h"

namespace attn::view {

struct KernelTiles {
  /// By attend, in program order. On a GPU: the queries that are left to a tile
  /// where its rows are those of several heads.
  std::vector<reference::TileShape> tiles;
  /// Why the target makes no kernel of the program, though it has tiles for it;
  /// empty: it does.
  std::string fault;
};

/// Of `function`, one of `program`.
llvm::Expected<KernelTiles> findKernelTiles(MaskProgram &program,
                                            mlir::func::FuncOp function,
                                            llvm::StringRef target);

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_KERNELTILES_H
