//===- Flights.cpp - Registers of wgmma through a kernel ------------------===//
//
// States flow forward over the blocks until nothing changes; then every block
// is walked once more and says what it breaks.
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include "FlightRules.h"

#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace attn::verify {
namespace {

class FlightAnalysis {
public:
  explicit FlightAnalysis(LLVM::LLVMFuncOp kernel)
      : kernel(kernel), rules(kernel) {}

  LogicalResult run() {
    if (!collect())
      return success();
    propagate();
    rules.reports = true;
    for (Block &block : kernel.getBody())
      if (auto found = atEntry.find(&block); found != atEntry.end())
        walk(block, found->second);
    return failure(rules.hasFailed);
  }

private:
  /// Ops that matter: matrix ops, and whatever uses what they make or what
  /// branches call it. False if there is no product.
  bool collect() {
    llvm::SetVector<Value> values;
    bool hasProducts = false;
    kernel.walk([&](Operation *op) {
      hasProducts |= isProduct(op);
      if (!isMatrixOp(op) && !isa<LLVM::ReturnOp>(op))
        return;
      relevant.insert(op);
      values.insert(op->result_begin(), op->result_end());
    });
    for (size_t i = 0; i < values.size(); ++i)
      for (OpOperand &use : values[i].getUses()) {
        relevant.insert(use.getOwner());
        auto branch = dyn_cast<BranchOpInterface>(use.getOwner());
        if (!branch)
          continue;
        if (auto argument =
                branch.getSuccessorBlockArgument(use.getOperandNumber()))
          values.insert(*argument);
      }
    return hasProducts;
  }

  void propagate() {
    Block *first = &kernel.getBody().front();
    atEntry[first];
    llvm::SetVector<Block *> work;
    work.insert(first);
    while (!work.empty()) {
      Block *block = work.front();
      work.erase(work.begin());
      FlightState state = walk(*block, atEntry[block]);
      for (unsigned i = 0, e = block->getNumSuccessors(); i < e; ++i) {
        Block *next = block->getSuccessor(i);
        FlightState entering = rename(block->getTerminator(), i, state);
        auto [known, isNew] = atEntry.try_emplace(next, entering);
        if (isNew || known->second.join(entering))
          work.insert(next);
      }
    }
  }

  /// The state behind the branch: arguments hold what was passed.
  FlightState rename(Operation *end, unsigned index, const FlightState &state) {
    FlightState renamed = state;
    auto branch = dyn_cast<BranchOpInterface>(end);
    if (!branch)
      return renamed;
    SuccessorOperands operands = branch.getSuccessorOperands(index);
    Block *next = end->getSuccessor(index);
    for (unsigned i = 0, e = operands.size(); i < e; ++i)
      if (Value passed = operands[i])
        renamed.set(next->getArgument(i), state.get(passed));
    return renamed;
  }

  FlightState walk(Block &block, FlightState atStart) {
    rules.state = std::move(atStart);
    for (Operation &op : block)
      if (relevant.contains(&op))
        rules.step(&op);
    return std::move(rules.state);
  }

  LLVM::LLVMFuncOp kernel;
  FlightRules rules;
  llvm::DenseSet<Operation *> relevant;
  llvm::DenseMap<Block *, FlightState> atEntry;
};

} // namespace

LogicalResult checkFlights(LLVM::LLVMFuncOp kernel) {
  return FlightAnalysis(kernel).run();
}

} // namespace attn::verify
