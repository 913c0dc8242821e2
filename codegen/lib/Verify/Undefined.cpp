//===- Undefined.cpp - Where undefined registers get to -------------------===//
//
// A value holds as many registers as its struct or vector has elements. Which
// of them are undefined is followed from llvm.mlir.undef on, through
// insertions, extractions and block arguments, until nothing changes.
//
//===----------------------------------------------------------------------===//

#include "Checks.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attn::verify {
namespace {

unsigned countRegisters(Type type) {
  if (auto structType = dyn_cast<LLVM::LLVMStructType>(type))
    return structType.getBody().size();
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.getNumElements();
  return 1;
}

bool isUndefined(Operation *op) {
  return isa<LLVM::UndefOp, LLVM::PoisonOp>(op);
}

/// scale-d 0: the accumulator is not read.
bool ignores(OpOperand &use) {
  auto product = dyn_cast<NVVM::WgmmaMmaAsyncOp>(use.getOwner());
  return product && use.get() == product.getInouts() &&
         product.getScaleD() == NVVM::WGMMAScaleOut::zero;
}

class UndefinedFlow {
public:
  LogicalResult run(LLVM::LLVMFuncOp kernel) {
    kernel.walk([&](Operation *op) {
      if (isUndefined(op))
        mark(op->getResult(0), op,
             llvm::SmallBitVector(countRegisters(op->getResult(0).getType()),
                                  true));
    });
    while (!work.empty()) {
      Value value = work.pop_back_val();
      for (OpOperand &use : value.getUses())
        follow(use);
    }
    for (auto [user, origin] : broken) {
      InFlightDiagnostic diag =
          user->emitOpError()
          << "uses undefined registers; expected them in the accumulator of a "
             "product with scale-d 0 only";
      diag.attachNote(origin->getLoc()) << "they are made here";
    }
    return failure(!broken.empty());
  }

private:
  struct Registers {
    llvm::SmallBitVector undefined;
    Operation *origin = nullptr;
  };

  void mark(Value value, Operation *origin, llvm::SmallBitVector undefined) {
    Registers &known = all[value];
    if (!known.origin) {
      known.origin = origin;
      known.undefined.resize(undefined.size());
    } else if (!undefined.test(known.undefined)) {
      return;
    }
    known.undefined |= undefined;
    if (undefined.any())
      work.push_back(value);
  }

  void follow(OpOperand &use) {
    Operation *user = use.getOwner();
    Registers from = all[use.get()];
    llvm::TypeSwitch<Operation *>(user)
        .Case([&](LLVM::InsertValueOp op) {
          insert(use, op.getContainer(), op.getValue(), op.getPosition());
        })
        .Case([&](LLVM::ExtractValueOp op) { extract(use, op.getPosition()); })
        .Case([&](LLVM::InsertElementOp op) {
          insert(use, op.getVector(), op.getValue(),
                 getPosition(op.getPosition()));
        })
        .Case([&](LLVM::ExtractElementOp op) {
          extract(use, getPosition(op.getPosition()));
        })
        .Case([&](BranchOpInterface branch) { enter(use, branch); })
        .Default([&](Operation *) {
          if (!ignores(use))
            broken.insert({user, from.origin});
        });
  }

  static SmallVector<int64_t> getPosition(Value index) {
    APInt number;
    if (matchPattern(index, m_ConstantInt(&number)))
      return {number.getSExtValue()};
    return {};
  }

  /// Where the position is not one number, the use counts as one of all.
  void insert(OpOperand &use, Value into, Value part,
              ArrayRef<int64_t> position) {
    Operation *user = use.getOwner();
    Value result = user->getResult(0);
    unsigned size = countRegisters(result.getType());
    auto old = all.lookup(into).undefined, added = all.lookup(part).undefined;
    old.resize(size);
    if (position.size() == 1 && position[0] >= 0 && position[0] < size)
      old[position[0]] = added.any();
    else if (added.any())
      old.set();
    mark(result, all[use.get()].origin, old);
  }

  void extract(OpOperand &use, ArrayRef<int64_t> position) {
    Value result = use.getOwner()->getResult(0);
    const Registers &from = all[use.get()];
    bool isKnown = position.size() == 1 && position[0] >= 0 &&
                   position[0] < int64_t(from.undefined.size());
    if (isKnown ? from.undefined[position[0]] : from.undefined.any())
      mark(result, from.origin,
           llvm::SmallBitVector(countRegisters(result.getType()), true));
  }

  void enter(OpOperand &use, BranchOpInterface branch) {
    auto argument = branch.getSuccessorBlockArgument(use.getOperandNumber());
    Registers from = all[use.get()];
    if (argument)
      mark(*argument, from.origin, from.undefined);
    else
      broken.insert({branch, from.origin});
  }

  llvm::DenseMap<Value, Registers> all;
  SmallVector<Value> work;
  llvm::SetVector<std::pair<Operation *, Operation *>> broken;
};

} // namespace

LogicalResult checkUndefined(LLVM::LLVMFuncOp kernel) {
  return UndefinedFlow().run(kernel);
}

} // namespace attn::verify
