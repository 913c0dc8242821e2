//===- RoleHazards.cpp - One run through the steps of a role --------------===//
//
// A product is in flight from its step until the settle that covers it. The run
// keeps a queue of products and the buffers that are awaited; every step is
// checked against both.
//
//===----------------------------------------------------------------------===//

#include "RoleHazards.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"

#include <deque>

using namespace mlir;

namespace attn::sched {
namespace {

struct Product {
  Value writes;
  SmallVector<Value, 2> reads; ///< Fragments and buffers.
};

class RoleRun {
public:
  LogicalResult run(Block &block) {
    for (Operation &op : block) {
      // A query tile ends with nothing in flight: `finish`.
      auto keys = dyn_cast<KeyTilesOp>(op);
      auto queries = dyn_cast<QueryTilesOp>(op);
      if (failed(queries ? run(queries.getBody().front())
                 : keys  ? run(keys)
                         : step(&op)))
        return failure();
    }
    return success();
  }

  LogicalResult finish(RoleOp role) {
    if (inFlight.empty())
      return success();
    return role.emitOpError() << "ends with " << inFlight.size()
                              << " products in flight; expected a settle 0";
  }

private:
  LogicalResult run(KeyTilesOp keys) {
    for (Region *region : {&keys.getBegin(), &keys.getSteady(),
                           &keys.getSteady(), &keys.getEnd()})
      if (!region->empty() && failed(run(region->front())))
        return failure();
    return success();
  }

  LogicalResult step(Operation *op) {
    return llvm::TypeSwitch<Operation *, LogicalResult>(op)
        .Case([&](AwaitOp await) {
          awaited.insert(await.getBuffer());
          return success();
        })
        .Case([&](ReleaseOp release) { return checkRelease(release); })
        .Case([&](ClearOp clear) { return checkClear(clear); })
        .Case([&](LogitsOp logits) {
          return start(op, {logits.getS(), {logits.getQ(), logits.getK()}});
        })
        .Case([&](AccumulateOp sum) {
          return start(op, {sum.getO(), {sum.getP(), sum.getV()}});
        })
        .Case([&](StoreOp store) { return checkStore(store); })
        .Case([&](SettleOp settle) { return checkSettle(settle); })
        .Case([&](ConvertOp convert) {
          if (failed(checkRead(op, convert.getS())))
            return failure();
          return checkWrite(op, convert.getP());
        })
        .Case<AcquireOp, LoadOp>([](Operation *) { return success(); })
        .Default([&](Operation *other) {
          for (Value fragment : other->getOperands())
            if (failed(checkWrite(other, fragment)))
              return failure();
          return success();
        });
  }

  // role-C3
  LogicalResult checkRead(Operation *op, Value fragment) {
    for (const Product &product : inFlight)
      if (product.writes == fragment)
        return op->emitOpError() << "reads a fragment that a product in flight "
                                    "writes; settle that product first";
    return success();
  }

  LogicalResult checkWrite(Operation *op, Value fragment) {
    if (failed(checkRead(op, fragment)))
      return failure();
    for (const Product &product : inFlight)
      if (llvm::is_contained(product.reads, fragment))
        return op->emitOpError() << "overwrites a fragment that a product in "
                                    "flight reads; settle that product first";
    return success();
  }

  // role-C4
  LogicalResult start(Operation *op, Product product) {
    if (failed(checkRead(op, product.writes)))
      return failure();
    for (Value operand : product.reads) {
      if (isa<FragmentType>(operand.getType()))
        if (failed(checkRead(op, operand)))
          return failure();
      if (isa<BufferType>(operand.getType()) && !awaited.contains(operand))
        return op->emitOpError() << "reads a buffer that is not awaited; "
                                    "expected attn_sched.await "
                                    "of it before";
    }
    inFlight.push_back(std::move(product));
    return success();
  }

  LogicalResult checkRelease(ReleaseOp release) {
    for (const Product &product : inFlight)
      if (llvm::is_contained(product.reads, release.getBuffer()))
        return release.emitOpError()
               << "gives back a buffer that a product in "
                  "flight reads; settle that product first";
    if (!awaited.erase(release.getBuffer()))
      return release.emitOpError()
             << "gives back a buffer that is not awaited; expected "
                "attn_sched.await of it before";
    return success();
  }

  // clear-C1
  LogicalResult checkClear(ClearOp clear) {
    for (const Product &product : inFlight)
      if (llvm::is_contained(product.reads, clear.getBuffer()))
        return clear.emitOpError() << "writes to a buffer that a product in "
                                      "flight reads; settle that product first";
    if (awaited.contains(clear.getBuffer()))
      return success();
    return clear.emitOpError()
           << "writes to a buffer that is not awaited; expected "
              "attn_sched.await of it before";
  }

  // store-C1
  LogicalResult checkStore(StoreOp store) {
    for (Value operand : store->getOperands())
      if (failed(checkWrite(store, operand)))
        return failure();
    if (!store.getThrough() || awaited.contains(store.getThrough()))
      return success();
    return store.emitOpError() << "goes through a buffer that is not awaited; "
                                  "expected attn_sched.await of it before";
  }

  LogicalResult checkSettle(SettleOp settle) {
    SmallVector<Value> finished;
    while (inFlight.size() > settle.getPending()) {
      finished.push_back(inFlight.front().writes);
      inFlight.pop_front();
    }
    if (llvm::equal(finished, settle.getFragments()))
      return success();
    return settle.emitOpError()
           << "expects to name the " << finished.size()
           << " fragments whose products it waits for, oldest first";
  }

  std::deque<Product> inFlight;
  llvm::SmallPtrSet<Value, 4> awaited;
};

} // namespace

LogicalResult verifyHazards(RoleOp role) {
  RoleRun run;
  if (role.getBody().empty())
    return success();
  if (failed(run.run(role.getBody().front())))
    return failure();
  return run.finish(role);
}

} // namespace attn::sched
