//===- ReductionPatterns.cpp - Simpler forms of attn ops ------------------===//
//
// The driver applies all patterns to an op at once and tests afterwards. A
// fault needs one part of a fold and not the others, so each change is tested
// here, in a copy of the module, before it is made.
//
//===----------------------------------------------------------------------===//

#include "ReductionPatterns.h"

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Reducer/ReductionPatternInterface.h"
#include "mlir/Transforms/RegionUtils.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attn {
namespace {

/// One way to make an op simpler.
using Change = std::function<void(RewriterBase &)>;
using Changes = SmallVector<Change>;

/// A mask made of masks becomes one of them.
void listMask(Operation *op, Changes &changes) {
  for (Value operand : op->getOperands())
    if (isa<MaskType>(operand.getType()))
      changes.push_back(
          [=](RewriterBase &rewriter) { rewriter.replaceOp(op, operand); });
}

/// `edit` changes `op` in place.
template <typename Op>
void addEdit(Op op, Changes &changes, std::function<void(Op)> edit) {
  changes.push_back([=](RewriterBase &rewriter) {
    rewriter.modifyOpInPlace(op, [&] { edit(op); });
  });
}

void listStream(StreamOp op, Changes &changes) {
  if (op.getMask())
    addEdit<StreamOp>(op, changes,
                      [](StreamOp op) { op.getMaskMutable().clear(); });
  if (op.getLengths())
    addEdit<StreamOp>(op, changes,
                      [](StreamOp op) { op.getLengthsMutable().clear(); });
  if (op.getHeads())
    addEdit<StreamOp>(op, changes, [](StreamOp op) { op.removeHeadsAttr(); });
}

bool isUsed(ValueRange values) {
  return llvm::any_of(values, [](Value value) { return !value.use_empty(); });
}

/// The fold without lse, masses or states that nobody uses.
void dropResults(AttendOp op, RewriterBase &rewriter) {
  Type lse =
      op.getLse() && isUsed(op.getLse()) ? op.getLse().getType() : Type();
  auto typesOf = [](ValueRange values) {
    return isUsed(values) ? TypeRange(values) : TypeRange();
  };
  auto fold = AttendOp::create(
      rewriter, op.getLoc(), op.getOut().getType(), lse, typesOf(op.getMass()),
      typesOf(op.getState()), op.getQ(), op.getLengths(), op.getStreams(),
      op.getStates(), op.getSink(), op.getCaptures(), op.getScaleAttr());
  fold.getScore().takeBody(op.getScore());
  rewriter.replaceAllUsesWith(op.getOut(), fold.getOut());
  if (lse)
    rewriter.replaceAllUsesWith(op.getLse(), fold.getLse());
  if (!fold.getMass().empty())
    rewriter.replaceAllUsesWith(op.getMass(), fold.getMass());
  if (!fold.getState().empty())
    rewriter.replaceAllUsesWith(op.getState(), fold.getState());
  rewriter.eraseOp(op);
}

void listAttend(AttendOp op, Changes &changes) {
  bool isLseUnused = op.getLse() && !isUsed(op.getLse());
  bool isMassUnused = !op.getMass().empty() && !isUsed(op.getMass());
  bool isStateUnused = !op.getState().empty() && !isUsed(op.getState());
  if (isLseUnused || isMassUnused || isStateUnused)
    changes.push_back(
        [=](RewriterBase &rewriter) { dropResults(op, rewriter); });
  // A mass is of a stream.
  for (size_t n = 0; op.getMass().empty() && n < op.getStreams().size(); ++n)
    addEdit<AttendOp>(op, changes,
                      [n](AttendOp op) { op.getStreamsMutable().erase(n); });
  for (size_t n = 0; n < op.getStates().size(); ++n)
    addEdit<AttendOp>(op, changes,
                      [n](AttendOp op) { op.getStatesMutable().erase(n); });
  if (!op.getScore().empty())
    addEdit<AttendOp>(op, changes, [](AttendOp op) {
      op.getCapturesMutable().clear();
      op.getScore().dropAllReferences();
      op.getScore().getBlocks().clear();
    });
  if (op.getSink())
    addEdit<AttendOp>(op, changes,
                      [](AttendOp op) { op.getSinkMutable().clear(); });
  if (op.getLengths())
    addEdit<AttendOp>(op, changes,
                      [](AttendOp op) { op.getLengthsMutable().clear(); });
  if (op.getScaleAttr())
    addEdit<AttendOp>(op, changes, [](AttendOp op) { op.removeScaleAttr(); });
}

/// One state less, or what one state has.
void listMerge(MergeOp op, Changes &changes) {
  for (size_t n = 0; n < op.getStates().size(); ++n)
    addEdit<MergeOp>(op, changes,
                     [n](MergeOp op) { op.getStatesMutable().erase(n); });
  for (Value value : op.getStates()) {
    auto state = value.getDefiningOp<StateOp>();
    if (!state || state.getParts().size() != 2)
      continue;
    SmallVector<Value> parts(state.getParts().take_front(op->getNumResults()));
    changes.push_back(
        [=](RewriterBase &rewriter) { rewriter.replaceOp(op, parts); });
  }
}

/// Fewer results, the last ones first; no argument that nobody uses.
void listFunction(func::FuncOp op, Changes &changes) {
  if (op.isExternal())
    return;
  for (unsigned n = op.getNumResults(); op.getNumResults() > 1 && n-- > 0;)
    addEdit<func::FuncOp>(op, changes, [n](func::FuncOp op) {
      op.getBody().back().getTerminator()->eraseOperand(n);
      (void)op.eraseResult(n);
    });
  for (unsigned n = 0; n < op.getNumArguments(); ++n)
    if (op.getArgument(n).use_empty())
      addEdit<func::FuncOp>(
          op, changes, [n](func::FuncOp op) { (void)op.eraseArgument(n); });
}

Changes listChanges(Operation *op) {
  Changes changes;
  TypeSwitch<Operation *>(op)
      .Case<MaskAndOp, MaskOrOp, MaskNotOp>(
          [&](Operation *mask) { listMask(mask, changes); })
      .Case([&](StreamOp stream) { listStream(stream, changes); })
      .Case([&](AttendOp attend) { listAttend(attend, changes); })
      .Case([&](MergeOp merge) { listMerge(merge, changes); })
      .Case([&](func::FuncOp function) { listFunction(function, changes); });
  return changes;
}

/// Makes the first change of any op that leaves the program interesting.
class DropPart : public RewritePattern {
public:
  DropPart(MLIRContext *context, Tester &tester)
      : RewritePattern(MatchAnyOpTypeTag(), 1, context), tester(tester) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    Changes changes = listChanges(op);
    for (size_t n = 0; n < changes.size(); ++n)
      if (isInteresting(op, n)) {
        changes[n](rewriter);
        return success();
      }
    return failure();
  }

private:
  /// Would the program be, with the n-th change of `op` and without what nobody
  /// uses then, which the driver erases?
  bool isInteresting(Operation *op, size_t n) const {
    IRMapping mapping;
    OwningOpRef<ModuleOp> copy =
        cast<ModuleOp>(op->getParentOfType<ModuleOp>()->clone(mapping));
    Operation *twin = mapping.lookup(op);
    IRRewriter rewriter(twin);
    listChanges(twin)[n](rewriter);
    (void)runRegionDCE(rewriter, (*copy)->getRegions());
    ScopedDiagnosticHandler silent(op->getContext(),
                                   [](Diagnostic &) { return success(); });
    return succeeded(verify(*copy)) &&
           tester.isInteresting(*copy).first == Tester::Interestingness::True;
  }

  Tester &tester;
};

class ReductionPatterns : public DialectReductionPatternInterface {
public:
  explicit ReductionPatterns(Dialect *dialect)
      : DialectReductionPatternInterface(dialect) {}

  void populateReductionPatterns(RewritePatternSet &) const final {}
  void populateReductionPatternsWithTester(RewritePatternSet &patterns,
                                           Tester &tester) const final {
    patterns.add<DropPart>(patterns.getContext(), tester);
  }
};

} // namespace

void registerReductionPatterns(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, AttnDialect *dialect) {
    dialect->addInterfaces<ReductionPatterns>();
  });
}

} // namespace attn
