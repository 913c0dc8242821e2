//===- RoleTurns.cpp - Who issues products, and when ----------------------===//
//
// All warpgroups of a role run the same blocks equally often. So turns are in
// balance if each block passes what it takes, and nobody waits for ever if a
// warpgroup that has the turn waits for no other one.
//
//===----------------------------------------------------------------------===//

#include "RoleTurns.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attn::sched {
namespace {

class TurnRun {
public:
  LogicalResult run(Block &block, bool isOutside) {
    Operation *taken = nullptr;
    for (Operation &op : block)
      if (failed(step(&op, isOutside, taken)))
        return failure();
    if (!taken)
      return success();
    return taken->emitOpError() << "takes a turn that is not passed; expected "
                                   "attn_sched.pass_turn in the same block";
  }

  LogicalResult finish() {
    if (!opened)
      return success();
    return opened->emitOpError()
           << "opens turns that are not closed; expected "
              "attn_sched.close_turns at the end of the role";
  }

private:
  /// `taken`: where the warpgroup took the turn that it has.
  LogicalResult step(Operation *op, bool isOutside, Operation *&taken) {
    return llvm::TypeSwitch<Operation *, LogicalResult>(op)
        .Case([&](OpenTurnsOp) { return open(op, isOutside); })
        .Case([&](CloseTurnsOp) { return close(op, isOutside); })
        .Case([&](TakeTurnOp) { return take(op, taken); })
        .Case([&](PassTurnOp) { return pass(op, taken); })
        .Default([&](Operation *) { return other(op, taken); });
  }

  // role-C5
  LogicalResult open(Operation *op, bool isOutside) {
    if (!isOutside || opened || isClosed)
      return op->emitOpError() << "opens turns in a loop or again; expected "
                                  "one attn_sched.open_turns before all loops";
    opened = op;
    return success();
  }

  LogicalResult close(Operation *op, bool isOutside) {
    if (!isOutside || !opened)
      return op->emitOpError() << "closes turns that are not open; expected "
                                  "attn_sched.open_turns before all loops";
    opened = nullptr;
    isClosed = true;
    return success();
  }

  // role-C6
  LogicalResult take(Operation *op, Operation *&taken) {
    if (!opened)
      return op->emitOpError() << "takes a turn where turns are not open; "
                                  "expected attn_sched.open_turns before";
    if (taken)
      return op->emitOpError() << "takes a turn that the warpgroup has; "
                                  "expected attn_sched.pass_turn before";
    taken = op;
    return success();
  }

  LogicalResult pass(Operation *op, Operation *&taken) {
    if (!taken)
      return op->emitOpError()
             << "passes a turn that the warpgroup does not "
                "have; expected attn_sched.take_turn before, in the same block";
    taken = nullptr;
    return success();
  }

  LogicalResult other(Operation *op, Operation *taken) {
    if (taken && (op->getNumRegions() || isa<ClearOp>(op)))
      return op->emitOpError()
             << "makes the warpgroup wait for others while it "
                "has the turn; expected attn_sched.pass_turn before";
    for (Region &region : op->getRegions())
      for (Block &block : region)
        if (failed(run(block, /*isOutside=*/false)))
          return failure();
    return success();
  }

  Operation *opened = nullptr;
  bool isClosed = false;
};

} // namespace

bool hasTurns(RoleOp role) {
  return role.walk([](OpenTurnsOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

LogicalResult verifyTurns(RoleOp role) {
  if (hasTurns(role) && (role.getCount() < 2 || role.getElected()))
    return role.emitOpError() << "has turns; expected two or more whole "
                                 "warpgroups";
  TurnRun turns;
  for (Block &block : role.getBody())
    if (failed(turns.run(block, /*isOutside=*/true)))
      return failure();
  return turns.finish();
}

} // namespace attn::sched
