//===- FlightRules.cpp - What one op does to registers in flight ----------===//

#include "FlightRules.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

using namespace mlir;

namespace attn::verify {

/// One wgmma, whichever op it is.
struct Product {
  Operation *op;
  OpOperand *accumulator;
  SmallVector<OpOperand *, 4> fragment; ///< Registers of A.
};

/// One wait; what `nvvm` has ties nothing.
struct Wait {
  Operation *op;
  unsigned pending;
  ValueRange accumulators, kept;
  ResultRange results;
};

namespace {

std::optional<Product> getProduct(Operation *op) {
  if (auto product = dyn_cast<NVVM::WgmmaMmaAsyncOp>(op))
    return Product{op, &product.getInoutsMutable(), {}};
  if (auto product = dyn_cast<nvvm::WgmmaRaOp>(op))
    return Product{op,
                   &product.getAccMutable(),
                   {&product.getA0Mutable(), &product.getA1Mutable(),
                    &product.getA2Mutable(), &product.getA3Mutable()}};
  return std::nullopt;
}

std::optional<Wait> getWait(Operation *op) {
  if (auto wait = dyn_cast<nvvm::WgmmaWaitOp>(op))
    return Wait{op, wait.getPending(), wait.getAccs(), wait.getKept(),
                op->getResults()};
  if (auto wait = dyn_cast<NVVM::WgmmaWaitGroupSyncOp>(op))
    return Wait{op, unsigned(wait.getGroup()), {}, {}, op->getResults()};
  return std::nullopt;
}

bool isFence(Operation *op) {
  return isa<NVVM::WgmmaFenceAlignedOp, nvvm::WgmmaFenceOp>(op);
}

bool isUndefined(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isa<LLVM::UndefOp, LLVM::PoisonOp>(op);
}

std::string getName(const Flight &flight) {
  if (flight.isAccumulator())
    return "the accumulator";
  return "register a" + std::to_string(flight.operand) + " of A";
}

bool shares(const Register &x, const Register &y) {
  return llvm::any_of(x.flights, [&](const Flight &flight) {
    return llvm::any_of(
        y.flights, [&](const Flight &other) { return flight.isSameAs(other); });
  });
}

} // namespace

bool isProduct(Operation *op) { return getProduct(op).has_value(); }

bool isMatrixOp(Operation *op) {
  return isProduct(op) || getWait(op) || isFence(op) ||
         isa<NVVM::WgmmaGroupSyncAlignedOp>(op);
}

void FlightRules::step(Operation *op) {
  if (auto product = getProduct(op))
    return issue(*product);
  if (auto wait = getWait(op))
    return complete(*wait);
  if (isFence(op))
    return fence(op);
  if (isa<NVVM::WgmmaGroupSyncAlignedOp>(op))
    return state.commit();
  if (isa<LLVM::ReturnOp>(op))
    return finish(op);
  auto branch = dyn_cast<BranchOpInterface>(op);
  for (OpOperand &use : op->getOpOperands())
    if (!branch || !branch.getSuccessorBlockArgument(use.getOperandNumber()))
      touch(use);
}

void FlightRules::issue(const Product &product) {
  Value accumulator = product.accumulator->get();
  bool goesOn = state.get(accumulator).findAccumulator();
  if (!goesOn && !state.fence)
    report(product.op, "is issued without a wgmma fence since the last wait",
           state.wait ? state.wait : kernel.getOperation(),
           state.wait ? "the last wait" : "the kernel begins here");
  if (!isUndefined(accumulator))
    takeAccumulator(product);
  for (auto [i, operand] : llvm::enumerate(product.fragment))
    if (!checkEntry(*operand, "register a" + std::to_string(i) + " of A"))
      break; // One error is enough.
  state.age(product.op);
  for (auto [i, operand] : llvm::enumerate(product.fragment)) {
    Register a = state.get(operand->get());
    a.add({product.op, int(i), false, 0});
    state.set(operand->get(), a);
  }
  Register result;
  result.add({product.op, -1, false, 0});
  state.set(product.op->getResult(0), result);
}

/// A product goes on with an accumulator in flight, or with one that a fence
/// tied.
void FlightRules::takeAccumulator(const Product &product) {
  Value value = product.accumulator->get();
  Register old = state.get(value);
  bool goesOn = old.findAccumulator() && !old.takenBy;
  if (!goesOn)
    checkEntry(*product.accumulator, "the accumulator");
  Register taken;
  taken.takenBy = product.op;
  SmallVector<Value> names{value};
  for (auto &[other, known] : state.registers)
    if (goesOn && shares(known, old))
      names.push_back(other);
  for (Value name : names)
    state.set(name, taken);
}

/// A register that a product begins to use comes from a fence.
bool FlightRules::checkEntry(OpOperand &use, const Twine &name) {
  Operation *op = use.getOwner();
  Register entering = state.get(use.get());
  if (entering.takenBy || entering.findAccumulator()) {
    touch(use);
    return false;
  }
  if (entering.touchedBy) {
    report(op, "uses " + name + " that is touched behind its fence",
           entering.touchedBy, "touched here");
    return false;
  }
  if (entering.tiedBy || entering.findOperand())
    return true;
  Operation *origin = use.get().getDefiningOp();
  report(op,
         "uses " + name +
             " that no fence ties; expected a result of attn_nvvm.wgmma_fence",
         origin ? origin : kernel.getOperation(),
         origin ? "made here" : "in this kernel");
  return false;
}

void FlightRules::fence(Operation *op) {
  for (OpOperand &use : op->getOpOperands())
    touch(use);
  state.fence = op;
  for (Value result : op->getResults()) {
    Register tied;
    tied.tiedBy = op;
    // A result of an iteration before may still be in flight.
    for (const Flight &flight : state.get(result).flights)
      tied.add(flight);
    state.registers[result] = tied;
  }
}

void FlightRules::complete(const Wait &wait) {
  SmallVector<Flight> tied = collectFlights(wait.accumulators);
  llvm::append_range(tied, collectFlights(wait.kept));
  SmallVector<Register> results;
  for (Value accumulator : wait.accumulators) {
    checkTaken(wait.op, state.get(accumulator));
    results.push_back(getBehind(accumulator, wait.pending));
  }
  SmallVector<Flight> untied;
  for (auto &[value, known] : state.registers)
    completeRegister(wait, known, tied, untied);
  for (const Flight &flight : untied)
    report(wait.op,
           "completes a product but does not tie " + getName(flight) +
               "; expected it among '" +
               (flight.isAccumulator() ? "accs" : "kept") +
               "' of attn_nvvm.wgmma_wait",
           flight.product, "the product is issued here");
  for (auto [accumulator, result, behind] :
       llvm::zip(wait.accumulators, wait.results, results)) {
    Register taken;
    taken.takenBy = wait.op;
    state.set(accumulator, taken);
    state.set(result, behind);
  }
  state.fence = nullptr;
  state.wait = wait.op;
}

/// Ends the flights of one register that `wait` completes; adds those that it
/// does not tie to `untied`.
void FlightRules::completeRegister(const Wait &wait, Register &known,
                                   ArrayRef<Flight> tied,
                                   SmallVectorImpl<Flight> &untied) {
  auto isTied = [&](const Flight &flight) {
    return llvm::any_of(tied,
                        [&](const Flight &x) { return x.isSameAs(flight); });
  };
  // One error for the registers of A is enough.
  auto isKnown = [&](const Flight &flight) {
    return llvm::any_of(untied, [&](const Flight &x) {
      return x.product == flight.product &&
             x.isAccumulator() == flight.isAccumulator();
    });
  };
  SmallVector<Flight, 1> flights;
  std::swap(flights, known.flights);
  for (const Flight &flight : flights) {
    if (!flight.isCompletedBy(wait.pending)) {
      known.add(flight);
    } else if (isTied(flight)) {
      if (flight.isAccumulator() && !known.takenBy)
        known.takenBy = wait.op;
    } else if (!isKnown(flight)) {
      untied.push_back(flight);
    }
  }
  // What a fence tied is not tied behind the wait.
  if (known.flights.empty())
    known.tiedBy = known.touchedBy = nullptr;
}

SmallVector<Flight> FlightRules::collectFlights(ValueRange values) {
  SmallVector<Flight> flights;
  for (Value value : values)
    llvm::append_range(flights, state.get(value).flights);
  return flights;
}

/// What is still in flight of `accumulator` behind a wait.
Register FlightRules::getBehind(Value accumulator, unsigned pending) {
  Register behind;
  for (const Flight &flight : state.get(accumulator).flights)
    if (!flight.isCompletedBy(pending))
      behind.add(flight);
  return behind;
}

void FlightRules::finish(Operation *op) {
  SmallVector<Operation *> reported;
  for (auto &[value, known] : state.registers)
    for (const Flight &flight : known.flights)
      if (flight.isAccumulator() &&
          !llvm::is_contained(reported, flight.product)) {
        reported.push_back(flight.product);
        report(op, "ends the kernel with a product in flight", flight.product,
               "the product is issued here");
      }
}

/// Any other op, or one that has no business with a register in flight.
void FlightRules::touch(OpOperand &use) {
  Register known = state.get(use.get());
  if (known.isEmpty())
    return;
  if (known.flights.empty() && !known.takenBy) {
    if (!known.touchedBy)
      known.touchedBy = use.getOwner();
    return state.set(use.get(), known);
  }
  checkTaken(use.getOwner(), known);
  if (!known.takenBy)
    reportFlight(use.getOwner(), known.flights.front());
  if (reports) // One error is enough.
    state.set(use.get(), {});
}

void FlightRules::checkTaken(Operation *op, const Register &known) {
  if (!known.takenBy)
    return;
  if (getWait(known.takenBy))
    report(op, "uses an accumulator past the wait for it", known.takenBy,
           "expected the result of this wait");
  else
    report(op, "uses an accumulator that a product has taken", known.takenBy,
           "expected the result of this product, behind a wait for it");
}

void FlightRules::reportFlight(Operation *op, const Flight &flight) {
  report(op,
         "uses " + getName(flight) +
             " of a product in flight; expected a wait for it before",
         flight.product,
         flight.age ? "the product is issued here"
                    : "the product is issued here, in a group that is not "
                      "committed");
}

void FlightRules::report(Operation *op, const Twine &text, Operation *other,
                         const Twine &note) {
  if (!reports)
    return;
  hasFailed = true;
  InFlightDiagnostic diag = op->emitOpError() << text;
  diag.attachNote(other->getLoc()) << note;
}

} // namespace attn::verify
