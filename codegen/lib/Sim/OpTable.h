//===- OpTable.h - Which op becomes what ------------------------*- C++ -*-===//
//
// One row per op that the device sim knows and that is not plain LLVM. To add
// one: write a function in the file of its unit and add a row there.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_SIM_OPTABLE_H
#define ATTN_CODEGEN_SIM_OPTABLE_H

#include "HostCalls.h"

#include <functional>

namespace attn::sim {

class OpTable {
public:
  /// Emits what stands for an op before it. The results replace those of the
  /// op, which is then erased; fails after a diagnostic.
  using Results = llvm::SmallVector<mlir::Value>;
  using Handler =
      std::function<mlir::FailureOr<Results>(mlir::Operation *, HostCalls &)>;

  /// All rows.
  static const OpTable &get();

  const Handler *find(mlir::Operation *op) const;

  /// A row for an op with any number of results.
  template <typename OpT>
  void add(mlir::FailureOr<Results> (*function)(OpT, HostCalls &)) {
    rows[OpT::getOperationName()] = [function](mlir::Operation *op,
                                               HostCalls &host) {
      return function(mlir::cast<OpT>(op), host);
    };
  }
  /// A row for an op with one result.
  template <typename OpT>
  void add(mlir::Value (*function)(OpT, HostCalls &)) {
    rows[OpT::getOperationName()] =
        [function](mlir::Operation *op,
                   HostCalls &host) -> mlir::FailureOr<Results> {
      return Results{function(mlir::cast<OpT>(op), host)};
    };
  }
  /// A row for an op without results.
  template <typename OpT>
  void add(void (*function)(OpT, HostCalls &)) {
    rows[OpT::getOperationName()] =
        [function](mlir::Operation *op,
                   HostCalls &host) -> mlir::FailureOr<Results> {
      function(mlir::cast<OpT>(op), host);
      return Results{};
    };
  }
  /// A row for an op that does nothing here.
  template <typename OpT>
  void addNothing() {
    add<OpT>(+[](OpT, HostCalls &) {});
  }

private:
  llvm::StringMap<Handler> rows;
};

void addRegisterRows(OpTable &table);   // SpecialRegisters.cpp
void addWarpRows(OpTable &table);       // WarpOps.cpp
void addBarrierRows(OpTable &table);    // BarrierOps.cpp
void addCopyRows(OpTable &table);       // CopyOps.cpp
void addMatrixRows(OpTable &table);     // MatrixOps.cpp
void addArithmeticRows(OpTable &table); // ArithmeticOps.cpp

} // namespace attn::sim

#endif // ATTN_CODEGEN_SIM_OPTABLE_H
