//===- FlightRules.h - What one op does to registers in flight --*- C++ -*-===//
//
// The rules of PTX ISA, "Asynchronous warpgroup level matrix instructions": a
// product owns its registers from a wgmma.fence to the wait that completes it.
// LLVM and ptxas know this only as far as SSA values say it, so every register
// goes in and comes out through the results of fence and wait.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_VERIFY_FLIGHTRULES_H
#define ATTN_CODEGEN_VERIFY_FLIGHTRULES_H

#include "FlightState.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace attn::verify {

struct Product;
struct Wait;

/// wgmma, its fences, waits and group commits.
bool isMatrixOp(mlir::Operation *op);
bool isProduct(mlir::Operation *op);

class FlightRules {
public:
  /// \param kernel what notes point to where no other op is to blame.
  explicit FlightRules(mlir::LLVM::LLVMFuncOp kernel) : kernel(kernel) {}

  /// What holds before the next op.
  FlightState state;
  /// Whether breaks are reported.
  bool reports = false;
  bool hasFailed = false;

  /// `op` is executed.
  void step(mlir::Operation *op);

private:
  void issue(const Product &product);
  void takeAccumulator(const Product &product);
  bool checkEntry(mlir::OpOperand &use, const llvm::Twine &name);
  void fence(mlir::Operation *op);
  void complete(const Wait &wait);
  void completeRegister(const Wait &wait, Register &known,
                        llvm::ArrayRef<Flight> tied,
                        llvm::SmallVectorImpl<Flight> &untied);
  llvm::SmallVector<Flight> collectFlights(mlir::ValueRange values);
  Register getBehind(mlir::Value accumulator, unsigned pending);
  void finish(mlir::Operation *op);
  void touch(mlir::OpOperand &use);
  void checkTaken(mlir::Operation *op, const Register &known);
  void reportFlight(mlir::Operation *op, const Flight &flight);
  void report(mlir::Operation *op, const llvm::Twine &text,
              mlir::Operation *other, const llvm::Twine &note);

  mlir::LLVM::LLVMFuncOp kernel;
};

} // namespace attn::verify

#endif // ATTN_CODEGEN_VERIFY_FLIGHTRULES_H
