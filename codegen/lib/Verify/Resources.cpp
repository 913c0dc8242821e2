//===- Resources.cpp - Registers, shared memory and barriers --------------===//

#include "Checks.h"
#include "WarpPaths.h"

#include "attn/dialect/Nvvm/Nvvm.h"
#include "attn/passes/Target.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn::verify {
namespace {

constexpr int64_t kWarp = 32, kWarpgroup = 128;
constexpr unsigned kWarpsOfGroup = kWarpgroup / kWarp;
constexpr unsigned kShared = 3; ///< Address space.
/// PTX ISA, mbarrier.init: pending arrivals.
constexpr int64_t kMostArrivals = (1 << 20) - 1;

std::optional<int64_t> getConstant(Value value) {
  APInt number;
  if (!value || !matchPattern(value, m_ConstantInt(&number)))
    return std::nullopt;
  return number.getZExtValue();
}

/// One op at a named barrier.
struct BarrierUse {
  Operation *op;
  Value id, threads; ///< Null: 0, all.
};

/// Who comes to a barrier.
struct Meeting {
  llvm::SmallSetVector<Operation *, 4> ops;
  llvm::SmallDenseSet<unsigned> warps;
};

std::optional<BarrierUse> getBarrierUse(Operation *op) {
  if (isa<NVVM::Barrier0Op>(op))
    return BarrierUse{op, Value(), Value()};
  if (auto barrier = dyn_cast<NVVM::BarrierOp>(op))
    return BarrierUse{op, barrier.getBarrierId(), barrier.getNumberOfThreads()};
  if (auto barrier = dyn_cast<NVVM::BarrierArriveOp>(op))
    return BarrierUse{op, barrier.getBarrierId(), barrier.getNumberOfThreads()};
  return std::nullopt;
}

class ResourceCheck {
public:
  ResourceCheck(LLVM::LLVMFuncOp kernel, TargetAttr target)
      : kernel(kernel), target(target), paths(kernel) {}

  LogicalResult run(gpu::GPUModuleOp kernels) {
    checkThreads();
    checkShared(kernels);
    kernel.walk([&](Operation *op) {
      if (auto budget = dyn_cast<NVVM::SetMaxRegisterOp>(op))
        budgets.push_back(budget);
      if (auto use = getBarrierUse(op))
        checkBarrier(*use);
      if (auto init = dyn_cast<NVVM::MBarrierInitOp>(op))
        checkArrivals(init);
    });
    checkMeetings();
    checkBudgets();
    return failure(hasFailed);
  }

private:
  int64_t getLimit(StringRef key) {
    return attn::getLimit(target, key).value_or(0);
  }

  /// An error at `op`; `note` is about `other`.
  void report(Operation *op, const Twine &text, Operation *other,
              const Twine &note) {
    hasFailed = true;
    InFlightDiagnostic diag = op->emitOpError() << text;
    diag.attachNote(other->getLoc()) << note;
  }

  std::string getBlockNote() {
    return "the kernel has " + std::to_string(paths.getThreads()) + " threads";
  }

  void checkThreads() {
    if (paths.getThreads() > getLimit("threads"))
      report(kernel,
             "has more threads than the " + Twine(getLimit("threads")) +
                 " of a CTA of target '" + target.getName() + "'",
             kernel, getBlockNote());
  }

  void checkShared(gpu::GPUModuleOp kernels) {
    DataLayout layout = DataLayout::closest(kernels);
    int64_t bytes = 0;
    Operation *last = kernels;
    for (auto global : kernels.getOps<LLVM::GlobalOp>()) {
      if (global.getAddrSpace() != kShared)
        continue;
      bytes = llvm::alignTo(bytes,
                            global.getAlignment().value_or(
                                layout.getTypeABIAlignment(global.getType())));
      bytes += layout.getTypeSize(global.getType()).getFixedValue();
      last = global;
    }
    int64_t dynamic = 0;
    if (auto attr = kernel->getAttrOfType<IntegerAttr>(nvvm::kSharedBytesAttr))
      dynamic = attr.getInt();
    if (bytes + dynamic > getLimit("shared_bytes"))
      report(kernel,
             "takes " + Twine(dynamic) + " bytes of dynamic and " +
                 Twine(bytes) + " of static shared memory; target '" +
                 target.getName() + "' has " + Twine(getLimit("shared_bytes")),
             last, "shared variables end here");
  }

  //===--- Barriers
  //--------------------------------------------------------===//

  void checkBarrier(const BarrierUse &use) {
    std::optional<int64_t> threads = getCount(use);
    if (threads && !checkCount(use, *threads))
      return;
    std::optional<int64_t> constant = use.id ? getConstant(use.id) : 0;
    if (constant && !checkId(use, *constant))
      return;
    for (unsigned warp = 0; warp < paths.getWarps(); ++warp) {
      if (!paths.reaches(warp, use.op->getBlock()))
        continue;
      std::optional<int64_t> id =
          constant ? constant : paths.getNumber(warp, use.id);
      if (!id || !threads)
        anywhere.insert(warp);
      else if (!constant && !checkId(use, *id))
        return;
      else
        meet(use, warp, meetings[{*id, *threads}]);
    }
  }

  bool checkId(const BarrierUse &use, int64_t id) {
    if (id >= 0 && id < getLimit("barriers"))
      return true;
    report(use.op,
           "uses barrier " + Twine(id) + "; expected 0 to " +
               Twine(getLimit("barriers") - 1),
           use.id.getDefiningOp(), "the number is made here");
    return false;
  }

  bool checkCount(const BarrierUse &use, int64_t threads) {
    Operation *origin = use.threads ? use.threads.getDefiningOp() : kernel;
    bool isWhole = threads != 0 && threads % kWarp == 0;
    if (!isWhole)
      report(use.op,
             "waits for " + Twine(threads) +
                 " threads; expected whole warps of 32",
             origin, "the number is made here");
    if (!paths.getThreads() || threads <= paths.getThreads())
      return isWhole;
    report(use.op, "waits for " + Twine(threads) + " threads", kernel,
           getBlockNote());
    return false;
  }

  std::optional<int64_t> getCount(const BarrierUse &use) {
    if (use.threads)
      return getConstant(use.threads);
    if (paths.getThreads())
      return paths.getThreads();
    return std::nullopt;
  }

  static void meet(const BarrierUse &use, unsigned warp, Meeting &meeting) {
    meeting.ops.insert(use.op);
    meeting.warps.insert(warp);
  }

  /// A barrier that fewer threads can get to than it waits for never opens.
  void checkMeetings() {
    for (auto &[barrier, meeting] : meetings) {
      auto [id, threads] = barrier;
      llvm::SmallDenseSet<unsigned> warps = meeting.warps;
      warps.insert(anywhere.begin(), anywhere.end());
      int64_t most = kWarp * warps.size();
      if (most >= threads)
        continue;
      ArrayRef<Operation *> ops = meeting.ops.getArrayRef();
      report(ops.front(),
             "waits for " + Twine(threads) + " threads at barrier " +
                 Twine(id) + " but only " + Twine(most) + " can get there",
             ops.size() > 1 ? ops.back() : kernel.getOperation(),
             ops.size() > 1 ? "threads also arrive here" : getBlockNote());
    }
  }

  void checkArrivals(NVVM::MBarrierInitOp init) {
    std::optional<int64_t> count = getConstant(init.getCount());
    if (count && (*count < 1 || *count > kMostArrivals))
      report(init,
             "waits for " + Twine(int32_t(*count)) +
                 " arrivals; expected 1 to " + Twine(kMostArrivals),
             init.getCount().getDefiningOp(), "the number is made here");
  }

  //===--- Registers
  //-------------------------------------------------------===//

  void checkBudgets() {
    if (budgets.empty())
      return;
    if (!paths.getThreads()) {
      report(budgets.front(),
             "has no effect: the registers of the launch are not known", kernel,
             "expected nvvm.reqntid here");
      return;
    }
    int64_t atLaunch = getLaunchRegisters(target, paths.getThreads());
    for (NVVM::SetMaxRegisterOp budget : budgets)
      checkDirection(budget, atLaunch);
    checkPool(atLaunch);
  }

  void checkDirection(NVVM::SetMaxRegisterOp budget, int64_t atLaunch) {
    int64_t registers = budget.getRegCount();
    bool goesUp = budget.getAction() == NVVM::SetMaxRegisterAction::increase;
    if (goesUp ? registers < atLaunch : registers > atLaunch)
      report(budget,
             Twine(goesUp ? "increases" : "decreases") + " to " +
                 Twine(registers) + " registers from the " + Twine(atLaunch) +
                 " of the launch",
             kernel, getBlockNote());
  }

  /// That any warp of the warpgroup of `first` can end with; null: none.
  NVVM::SetMaxRegisterOp getLargestBudget(unsigned first) {
    NVVM::SetMaxRegisterOp largest;
    unsigned end = std::min(first + kWarpsOfGroup, paths.getWarps());
    for (unsigned warp = first; warp < end; ++warp)
      for (NVVM::SetMaxRegisterOp budget : budgets)
        if (paths.reaches(warp, budget->getBlock()) &&
            (!largest || budget.getRegCount() > largest.getRegCount()))
          largest = budget;
    return largest;
  }

  /// The largest budgets of all warpgroups together.
  void checkPool(int64_t atLaunch) {
    int64_t sum = 0, groups = 0;
    NVVM::SetMaxRegisterOp least, most;
    for (unsigned warp = 0; warp < paths.getWarps(); warp += kWarpsOfGroup) {
      NVVM::SetMaxRegisterOp largest = getLargestBudget(warp);
      ++groups;
      sum += largest ? largest.getRegCount() : atLaunch;
      if (!largest)
        continue;
      if (!least || largest.getRegCount() < least.getRegCount())
        least = largest;
      if (!most || largest.getRegCount() > most.getRegCount())
        most = largest;
    }
    if (sum <= atLaunch * groups)
      return;
    report(most,
           "waits for ever: all warpgroups together take " + Twine(sum) +
               " registers per lane of the " + Twine(atLaunch * groups) +
               " that the launch has",
           least == most ? kernel.getOperation() : least.getOperation(),
           least == most
               ? Twine(getBlockNote())
               : "another warpgroup keeps " + Twine(least.getRegCount()));
  }

  LLVM::LLVMFuncOp kernel;
  TargetAttr target;
  WarpPaths paths;
  SmallVector<NVVM::SetMaxRegisterOp> budgets;
  /// By id and number of threads.
  llvm::MapVector<std::pair<int64_t, int64_t>, Meeting> meetings;
  /// Warps that may come to any barrier: id or number are not known.
  llvm::SmallDenseSet<unsigned> anywhere;
  bool hasFailed = false;
};

} // namespace

LogicalResult checkResources(LLVM::LLVMFuncOp kernel, gpu::GPUModuleOp kernels,
                             TargetAttr target) {
  return ResourceCheck(kernel, target).run(kernels);
}

} // namespace attn::verify
