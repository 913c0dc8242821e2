//===- HostCalls.h - Code that calls the simulated hardware -----*- C++ -*-===//
//
// Emits accesses to AttnSimHost, whose pointer is the last argument of every
// function. Fields are named by their offset in the C struct.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_SIM_HOSTCALLS_H
#define ATTN_CODEGEN_SIM_HOSTCALLS_H

#include "Sites.h"

#include "attn/manifest/SimAbi.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <cstddef>

/// The offset of a field of AttnSimHost.
#define ATTN_SIM_FIELD(name) offsetof(AttnSimHost, name)

namespace attn::sim {

/// Ends the names of functions for strict mode.
constexpr llvm::StringLiteral kStrictSuffix = "_strict";

/// The last call of products and what it left in the slot of accumulators.
struct ProductChain {
  mlir::LLVM::CallOp call;
  mlir::LLVM::LoadOp load;
  int32_t length = 0;
};

class HostCalls {
public:
  HostCalls(mlir::MLIRContext *context, Sites &sites)
      : builder(context), sites(sites) {}

  /// Starts a function; code goes where `builder` stands.
  void enter(mlir::LLVM::LLVMFuncOp function);

  /// Calls a function of the table with the host, the site of `op`, then
  /// `arguments`. The value is null where `result` is.
  mlir::Value call(mlir::Operation *op, size_t field, mlir::Type result,
                   mlir::ValueRange arguments);
  /// Calls a function of the table with the host, then `arguments`.
  mlir::LLVM::CallOp callDirect(mlir::Location loc, size_t field,
                                mlir::ValueRange arguments);
  int32_t siteOf(mlir::Operation *op) { return sites.add(op); }
  int32_t textOf(llvm::StringRef string) { return sites.addText(string); }
  /// Strict code: adds 1 to counter `number` of the warp.
  void countBlock(mlir::Location loc, int32_t number);
  /// Calls a function of the table with `arguments` alone.
  mlir::Value callPlain(mlir::Location loc, size_t field, mlir::Type result,
                        mlir::ValueRange arguments);

  /// A 32-bit field of the host, or of the running thread.
  mlir::Value readHost(mlir::Location loc, size_t field);
  mlir::Value readThread(mlir::Location loc, size_t field);
  /// The shared address `offset` bytes into the window.
  mlir::Value sharedAddress(mlir::Location loc, int64_t offset,
                            mlir::Type type);

  mlir::Value constant(mlir::Location loc, int64_t value, unsigned bits = 32);
  /// `pointer` in address space 0.
  mlir::Value generic(mlir::Value pointer);
  /// `value` where there is one, else a constant.
  mlir::Value orConstant(mlir::Location loc, mlir::Value value,
                         int64_t otherwise);

  /// Memory of this function, on its stack, aligned to 64 bytes; the same for
  /// the same key.
  mlir::Value slot(llvm::StringRef key, int64_t bytes);

  /// Code for strict mode.
  bool strict = false;
  bool isKernel = false; ///< The function at hand is one.

  ProductChain chain;

  mlir::OpBuilder builder;

private:
  mlir::LLVM::CallOp callField(mlir::Location loc, size_t field,
                               mlir::Type result, mlir::ValueRange arguments);
  mlir::Value loadField(mlir::Location loc, mlir::Value base, size_t offset,
                        mlir::Type type);

  Sites &sites;
  mlir::Value host;
  mlir::Block *entry = nullptr;
  llvm::StringMap<mlir::Value> slots;
};

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_HOSTCALLS_H
