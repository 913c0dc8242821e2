//===- WarpPaths.cpp - Which warps of a CTA get to which block ------------===//

#include "WarpPaths.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attn::verify {
namespace {

constexpr int64_t kWarp = 32;
constexpr int64_t kMostThreads = 1 << 16; ///< More are no kernel.
constexpr unsigned kDeepest = 64; ///< Ops between a branch and an index.

/// Both ends included.
struct Range {
  int64_t low, high;
  bool isSingle() const { return low == high; }
};
using MaybeRange = std::optional<Range>;

} // namespace

class WarpValues {
public:
  WarpValues(unsigned warp, int64_t threads, bool isFlat)
      : warp(warp), threads(threads), isFlat(isFlat) {}

  MaybeRange get(Value value) {
    if (depth == kDeepest)
      return std::nullopt;
    auto [entry, isNew] = known.try_emplace(value);
    if (!isNew)
      return entry->second;
    // Values do not depend on themselves without a block argument.
    ++depth;
    MaybeRange range = compute(value.getDefiningOp());
    --depth;
    return known[value] = range;
  }

private:
  MaybeRange compute(Operation *op) {
    APInt number;
    if (!op)
      return std::nullopt;
    if (matchPattern(op, m_ConstantInt(&number)))
      return number.getBitWidth() == 1
                 ? getBool(number.getBoolValue())
                 : Range{number.getSExtValue(), number.getSExtValue()};
    return llvm::TypeSwitch<Operation *, MaybeRange>(op)
        .Case([&](NVVM::ThreadIdXOp) -> MaybeRange {
          if (!isFlat)
            return std::nullopt;
          return Range{warp * kWarp, std::min(threads, (warp + 1) * kWarp) - 1};
        })
        .Case([&](NVVM::LaneIdOp) { return Range{0, kWarp - 1}; })
        // Every lane gets the value of some lane.
        .Case([&](NVVM::ShflOp shuffle) { return get(shuffle.getVal()); })
        .Case([&](attn::nvvm::PinOp op) { return get(op.getX()); })
        .Case([&](LLVM::LShrOp op) { return divide(op); })
        .Case([&](LLVM::AddOp op) { return add(op.getLhs(), op.getRhs(), 1); })
        .Case([&](LLVM::SubOp op) { return add(op.getLhs(), op.getRhs(), -1); })
        .Case([&](LLVM::AndOp op) { return conjoin(op); })
        .Case([&](LLVM::ICmpOp op) { return compare(op); })
        .Case([&](LLVM::SelectOp op) { return choose(op); })
        .Default([](Operation *) { return std::nullopt; });
  }

  static Range getBool(bool value) { return {value, value}; }

  /// x >> c where x >= 0.
  MaybeRange divide(LLVM::LShrOp op) {
    MaybeRange x = get(op.getLhs()), c = get(op.getRhs());
    if (!x || !c || !c->isSingle() || x->low < 0 || c->low < 0 || c->low > 31)
      return std::nullopt;
    return Range{x->low >> c->low, x->high >> c->low};
  }

  /// x + sign y, where it can not wrap.
  MaybeRange add(Value left, Value right, int64_t sign) {
    MaybeRange x = get(left), y = get(right);
    if (!x || !y)
      return std::nullopt;
    constexpr int64_t most = 1 << 30;
    Range sum = sign > 0 ? Range{x->low + y->low, x->high + y->high}
                         : Range{x->low - y->high, x->high - y->low};
    if (sum.low < -most || sum.high > most)
      return std::nullopt;
    return sum;
  }

  /// Both of two conditions, or x modulo 2^n.
  MaybeRange conjoin(LLVM::AndOp op) {
    MaybeRange x = get(op.getLhs()), y = get(op.getRhs());
    auto isZero = [](MaybeRange r) {
      return r && r->isSingle() && r->low == 0;
    };
    if (isZero(x) || isZero(y))
      return getBool(false);
    if (!x || !y)
      return std::nullopt;
    if (op.getType().isInteger(1))
      return x->isSingle() && y->isSingle() ? MaybeRange(getBool(true))
                                            : std::nullopt;
    if (x->low < 0 || y->low < 0)
      return std::nullopt;
    return Range{0, std::min(x->high, y->high)};
  }

  /// One of two, where the condition is known.
  MaybeRange choose(LLVM::SelectOp op) {
    MaybeRange condition = get(op.getCondition());
    if (!condition || !condition->isSingle())
      return std::nullopt;
    return get(condition->low ? op.getTrueValue() : op.getFalseValue());
  }

  MaybeRange compare(LLVM::ICmpOp op) {
    MaybeRange x = get(op.getLhs()), y = get(op.getRhs());
    if (!x || !y)
      return std::nullopt;
    using P = LLVM::ICmpPredicate;
    P predicate = op.getPredicate();
    bool isUnsigned = predicate == P::ult || predicate == P::ule ||
                      predicate == P::ugt || predicate == P::uge;
    if (isUnsigned && (x->low < 0 || y->low < 0))
      return std::nullopt;
    switch (predicate) {
    case P::eq:
      return equal(*x, *y);
    case P::ne: {
      MaybeRange same = equal(*x, *y);
      return same ? MaybeRange(getBool(!same->low)) : std::nullopt;
    }
    case P::slt:
    case P::ult:
      return less(*x, *y, 0);
    case P::sle:
    case P::ule:
      return less(*x, *y, 1);
    case P::sgt:
    case P::ugt:
      return less(*y, *x, 0);
    case P::sge:
    case P::uge:
      return less(*y, *x, 1);
    }
    return std::nullopt;
  }

  static MaybeRange equal(Range x, Range y) {
    if (x.high < y.low || y.high < x.low)
      return getBool(false);
    if (x.isSingle() && y.isSingle())
      return getBool(true);
    return std::nullopt;
  }

  /// x < y + slack
  static MaybeRange less(Range x, Range y, int64_t slack) {
    if (x.high < y.low + slack)
      return getBool(true);
    if (x.low >= y.high + slack)
      return getBool(false);
    return std::nullopt;
  }

  int64_t warp, threads;
  bool isFlat; ///< The thread's index is its x.
  unsigned depth = 0;
  llvm::DenseMap<Value, MaybeRange> known;
};

static llvm::DenseSet<Block *> walk(Region &body, WarpValues &values) {
  llvm::DenseSet<Block *> reached{&body.front()};
  SmallVector<Block *> work{&body.front()};
  while (!work.empty()) {
    Operation *end = work.pop_back_val()->getTerminator();
    MaybeRange taken;
    auto branch = dyn_cast<LLVM::CondBrOp>(end);
    if (branch)
      taken = values.get(branch.getCondition());
    for (auto [i, next] : llvm::enumerate(end->getSuccessors())) {
      bool isOut = taken && taken->isSingle() && (i == 0) != (taken->low == 1);
      if (!isOut && reached.insert(next).second)
        work.push_back(next);
    }
  }
  return reached;
}

WarpPaths::~WarpPaths() = default;

std::optional<int64_t> WarpPaths::getNumber(unsigned warp, Value value) const {
  MaybeRange range = values[warp]->get(value);
  return range && range->isSingle() ? std::optional(range->low) : std::nullopt;
}

WarpPaths::WarpPaths(LLVM::LLVMFuncOp kernel) {
  auto block = kernel->getAttrOfType<DenseI32ArrayAttr>(
      NVVM::NVVMDialect::getReqntidAttrName());
  if (!block || block.empty())
    return;
  threads = 1;
  for (int32_t size : block.asArrayRef())
    threads = std::clamp<int64_t>(threads * size, 0, kMostThreads);
  bool isFlat = block[0] == threads;
  for (int64_t warp = 0; warp < (threads + kWarp - 1) / kWarp; ++warp) {
    values.push_back(std::make_unique<WarpValues>(warp, threads, isFlat));
    reached.push_back(walk(kernel.getBody(), *values.back()));
  }
}

} // namespace attn::verify
