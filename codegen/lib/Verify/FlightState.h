//===- FlightState.h - Registers of wgmma at one point ----------*- C++ -*-===//
//
// What is known of every SSA value that is a register operand or a result of a
// product, on all paths to one point of a kernel. Joining two paths keeps what
// either has in flight, with the fewest groups committed since.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_VERIFY_FLIGHTSTATE_H
#define ATTN_CODEGEN_VERIFY_FLIGHTSTATE_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVector.h"

namespace attn::verify {

/// A register that a product in flight uses. Values with the same flight hold
/// the same register: a branch has renamed it.
struct Flight {
  mlir::Operation *product = nullptr;
  /// Operand of `product` that reads the register; -1: its accumulator.
  int operand = -1;
  /// Not the last execution of `product`: an iteration before.
  bool isOlder = false;
  /// Groups committed since the issue, its own included; 0: not committed.
  unsigned age = 0;

  bool isAccumulator() const { return operand < 0; }
  bool isSameAs(const Flight &other) const {
    return product == other.product && operand == other.operand &&
           isOlder == other.isOlder;
  }
  /// Whether a wait that leaves `pending` groups in flight completes it.
  bool isCompletedBy(unsigned pending) const { return age > pending; }
};

/// One value.
struct Register {
  llvm::SmallVector<Flight, 1> flights;
  /// The product or wait whose result stands for the register from then on.
  mlir::Operation *takenBy = nullptr;
  mlir::Operation *tiedBy = nullptr;    ///< Fence whose result this is.
  mlir::Operation *touchedBy = nullptr; ///< Used since that fence.

  const Flight *findAccumulator() const;
  const Flight *findOperand() const;
  void add(Flight flight);
  void join(const Register &other);
  bool isEmpty() const { return flights.empty() && !takenBy && !tiedBy; }
  bool operator==(const Register &other) const;
};

struct FlightState {
  llvm::MapVector<mlir::Value, Register> registers;
  /// The fence since the last wait, on all paths; else null.
  mlir::Operation *fence = nullptr;
  mlir::Operation *wait = nullptr; ///< The last wait, of one path.

  /// What is known of `value`; empty if nothing.
  Register get(mlir::Value value) const { return registers.lookup(value); }
  void set(mlir::Value value, Register state);
  /// A group is committed: all flights are one group older.
  void commit();
  /// `product` is executed again: its flights are of an iteration before.
  void age(mlir::Operation *product);
  /// True if this changed.
  bool join(const FlightState &other);
};

} // namespace attn::verify

#endif // ATTN_CODEGEN_VERIFY_FLIGHTSTATE_H
