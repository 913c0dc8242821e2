//===- Program.cpp - From a function to a list of folds -------------------===//

#include "Program.h"
#include "Number.h"
#include "RegionCompiler.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Boundary.h"
#include "attn/dialect/Attn/Layout.h"
#include "attn/dialect/Attn/Views.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attn::reference {
namespace {

Dtype dtypeOf(Value value) {
  return *getDtype(cast<ShapedType>(value.getType()).getElementType());
}

class ProgramCompiler {
public:
  ProgramCompiler(func::FuncOp function, Program::Implementation &program)
      : function(function), program(program) {}

  llvm::Error compile() {
    if (!function.getBody().hasOneBlock())
      return errorAt(function.getLoc(),
                     "the reference expects a function with a "
                     "body of one block");
    for (BlockArgument argument : function.getArguments())
      numbers[argument] = program.values++;
    for (auto op : function.getBody().front().getOps<tensor::CollapseShapeOp>())
      if (llvm::Error error = compileView(op))
        return error;
    for (Operation &op : function.getBody().front())
      if (llvm::Error error = compileOp(&op))
        return error;
    return llvm::Error::success();
  }

private:
  static Groups toGroups(ArrayRef<ReassociationIndices> indices) {
    Groups groups;
    for (const ReassociationIndices &group : indices)
      groups.emplace_back(group.begin(), group.end());
    return groups;
  }

  llvm::Error compileView(tensor::CollapseShapeOp op) {
    auto argument = dyn_cast<BlockArgument>(op.getSrc());
    if (!argument)
      return errorAt(op.getLoc(), "the reference expects views of arguments");
    numbers[op.getResult()] = program.values++;
    program.views.push_back(
        {argument.getArgNumber(), toGroups(op.getReassociationIndices())});
    return llvm::Error::success();
  }

  llvm::Error compileOp(Operation *op) {
    // Compiled where a fold uses them.
    if (isa<StreamOp, StateOp, MaskOpInterface, LengthsPerBatchOp,
            LengthsPackedOp, LayoutGridOp>(op) ||
        isView(op))
      return llvm::Error::success();
    // Attention does not depend on the order of tokens.
    if (isa<ReorderOp, RestoreOp>(op)) {
      numbers[op->getResult(0)] = numbers.lookup(op->getOperand(0));
      return llvm::Error::success();
    }
    if (auto attend = dyn_cast<AttendOp>(op))
      return compileAttend(attend);
    if (auto merge = dyn_cast<MergeOp>(op))
      return compileMerge(merge);
    if (!isa<func::ReturnOp>(op))
      return errorAt(op->getLoc(), "the reference does not evaluate '" +
                                       op->getName().getStringRef() +
                                       "'; expected ops of stage 'input'");
    for (Value operand : op->getOperands()) {
      Groups groups;
      if (auto expand = operand.getDefiningOp<tensor::ExpandShapeOp>()) {
        groups = toGroups(expand.getReassociationIndices());
        operand = expand.getSrc();
      }
      program.expanded.push_back(std::move(groups));
      if (isa<BlockArgument>(operand))
        return errorAt(op->getLoc(),
                       "returns an argument; expected results of attn.attend "
                       "or attn.merge");
      program.results.push_back(numbers.lookup(operand));
    }
    return llvm::Error::success();
  }

  llvm::Error compileAttend(AttendOp op) {
    Fold fold(op.getLoc(), "attn.attend");
    fold.isPacked = isPacked(op.getLengths());
    llvm::Expected<Lengths> lengths = compileLengths(op.getLengths());
    if (!lengths)
      return lengths.takeError();
    fold.lengths = *lengths;
    if (llvm::Error error = addOperandLengths(op, fold))
      return error;
    fold.q = useOf(op.getQ());
    fold.type = dtypeOf(op.getQ());
    fold.scale = op.getScaleValue();
    for (Value stream : op.getStreams())
      if (llvm::Error error = addStream(op, stream, fold))
        return error;
    addStates(op.getStates(), fold);
    if (op.getSink())
      fold.sink = useOf(op.getSink());
    if (llvm::Error error = compileScore(op, fold))
      return error;
    addOutput(OutputKind::Out, op.getOut(), fold);
    if (op.getLse())
      addOutput(OutputKind::Lse, op.getLse(), fold);
    for (auto [stream, mass] : llvm::enumerate(op.getMass()))
      addOutput(OutputKind::Mass, mass, fold, stream);
    constexpr OutputKind parts[] = {OutputKind::M, OutputKind::L,
                                    OutputKind::Acc};
    for (auto [kind, part] : llvm::zip(parts, op.getState()))
      addOutput(kind, part, fold);
    program.folds.push_back(std::move(fold));
    return llvm::Error::success();
  }

  llvm::Error compileMerge(MergeOp op) {
    Fold fold(op.getLoc(), "attn.merge");
    auto out = cast<RankedTensorType>(op.getOut().getType());
    fold.isPacked = out.getRank() == TokenAxes(/*isPacked=*/true).rank();
    fold.type = dtypeOf(op.getOut());
    addStates(op.getStates(), fold);
    if (llvm::Error error = addOperandLengths(op, fold))
      return error;
    // It has the rows of what it merges.
    if (!fold.operandLengths.empty()) {
      fold.lengths = fold.operandLengths.front();
      fold.operandLengths.erase(fold.operandLengths.begin());
    }
    addOutput(OutputKind::Out, op.getOut(), fold);
    if (op.getLse())
      addOutput(OutputKind::Lse, op.getLse(), fold);
    program.folds.push_back(std::move(fold));
    return llvm::Error::success();
  }

  void addOutput(OutputKind kind, Value result, Fold &fold,
                 unsigned stream = 0) {
    numbers[result] = program.values;
    fold.outputs.push_back({kind, stream, program.values++, dtypeOf(result)});
  }

  llvm::Expected<Lengths> compileLengths(Value lengths) {
    if (!lengths)
      return Lengths();
    Location loc = lengths.getLoc();
    auto table = dyn_cast<BlockArgument>(getLengthsTable(lengths));
    if (!table)
      return errorAt(loc, "the reference expects lengths that are an argument "
                          "of the function");
    auto form =
        isPacked(lengths) ? Lengths::Form::Packed : Lengths::Form::PerBatch;
    return Lengths{form, table.getArgNumber(), loc};
  }

  llvm::Error addOperandLengths(Operation *op, Fold &fold) {
    for (Value value : getOperandLengths(op)) {
      llvm::Expected<Lengths> lengths = compileLengths(value);
      if (!lengths)
        return lengths.takeError();
      fold.operandLengths.push_back(*lengths);
    }
    return llvm::Error::success();
  }

  llvm::Error addStream(AttendOp op, Value value, Fold &fold) {
    auto made = value.getDefiningOp<StreamOp>();
    if (!made)
      return errorAt(op.getLoc(),
                     "the reference evaluates stage 'input'; expected "
                     "a stream made by attn.stream");
    llvm::Expected<Lengths> lengths = compileLengths(made.getLengths());
    if (!lengths)
      return lengths.takeError();
    llvm::Expected<Mask> mask = compileMask(made.getMask());
    if (!mask)
      return mask.takeError();
    Stream stream{made.getLoc(),       useOf(made.getK()), useOf(made.getV()),
                  std::move(*lengths), std::move(*mask),   std::nullopt};
    if (auto heads = made.getHeads())
      stream.heads = heads->vec();
    for (Operation *condition : getConditions(made.getMask())) {
      llvm::Expected<Mask> alone = compileMask(condition->getResult(0));
      if (!alone)
        return alone.takeError();
      stream.conditions.push_back(std::move(*alone));
    }
    fold.streams.push_back(std::move(stream));
    return llvm::Error::success();
  }

  void addStates(OperandRange states, Fold &fold) {
    for (Value value : states) {
      auto made = value.getDefiningOp<StateOp>();
      State state{made.getLoc(), useOf(made.getValues()),
                  useOf(made.getLogit()), std::nullopt};
      if (Value sum = made.getSum())
        state.sum = useOf(sum);
      fold.states.push_back(state);
    }
  }

  llvm::Error compileScore(AttendOp op, Fold &fold) {
    for (Value capture : op.getCaptures())
      fold.captures.push_back(compileCapture(capture));
    if (op.getScore().empty())
      return llvm::Error::success();
    auto exact = RegionProgram<double>::create(op.getScore(), RegionKind::Score,
                                               fold.captures);
    if (!exact)
      return exact.takeError();
    fold.exactScore = std::move(*exact);
    auto unfused = RegionProgram<float>::create(
        op.getScore(), RegionKind::Score, fold.captures);
    if (!unfused)
      return unfused.takeError();
    fold.unfusedScore = std::move(*unfused);
    return llvm::Error::success();
  }

  Capture compileCapture(Value value) {
    if (value.getType().isIndex())
      return getIndexCapture(value);
    auto argument = getViewedArgument(value);
    return {argument ? getArgumentName(function, argument.getArgNumber())
                     : "the result of an attend",
            useOf(value), std::nullopt, std::nullopt};
  }

  /// The number of an operand; marks results of folds as operands.
  unsigned useOf(Value value) {
    unsigned number = numbers.lookup(value);
    for (Fold &fold : program.folds)
      for (Output &output : fold.outputs)
        output.isOperand |= output.value == number;
    return number;
  }

  func::FuncOp function;
  Program::Implementation &program;
  llvm::DenseMap<Value, unsigned> numbers;
};

llvm::Error verifyTypes(func::FuncOp function) {
  auto check = [&](Type type, const std::string &name) -> llvm::Error {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && getDtype(tensor.getElementType()))
      return llvm::Error::success();
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return errorAt(function.getLoc(),
                   "'" + name + "' is of type " + text +
                       "; expected a ranked tensor of f16, bf16, f32, f64, i1, "
                       "i8, i32 or i64");
  };
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (llvm::Error error =
            check(function.getArgumentTypes()[i], getArgumentName(function, i)))
      return error;
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (llvm::Error error =
            check(function.getResultTypes()[i], getResultName(function, i)))
      return error;
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::unique_ptr<Program>>
Program::create(func::FuncOp function) {
  if (llvm::Error error = verifyTypes(function))
    return error;
  auto implementation = std::make_unique<Implementation>();
  ProgramCompiler compiler(function, *implementation);
  if (llvm::Error error = compiler.compile())
    return error;
  return std::unique_ptr<Program>(new Program(std::move(implementation)));
}

Program::Program(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}

Program::~Program() = default;

} // namespace attn::reference
