//===- Program.cpp - From a function to a list of attends -----------------===//

#include "Attend.h"
#include "Number.h"
#include "RegionCompiler.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Boundary.h"

using namespace mlir;

namespace attn::reference {
namespace {

class ProgramCompiler {
public:
  ProgramCompiler(func::FuncOp function, std::vector<Attend> &attends)
      : function(function), attends(attends) {}

  llvm::Error compile(std::vector<unsigned> &results) {
    if (!function.getBody().hasOneBlock())
      return errorAt(function.getLoc(),
                     "the reference expects a function with a "
                     "body of one block");
    for (BlockArgument argument : function.getArguments())
      numbers[argument] = next++;
    for (Operation &op : function.getBody().front())
      if (llvm::Error error = compileOp(&op, results))
        return error;
    return llvm::Error::success();
  }

private:
  llvm::Error compileOp(Operation *op, std::vector<unsigned> &results) {
    if (isa<StreamOp, MaskOpInterface>(op))
      return llvm::Error::success(); // compiled where an attend uses them
    if (auto attend = dyn_cast<AttendOp>(op))
      return compileAttend(attend);
    if (!isa<func::ReturnOp>(op))
      return errorAt(op->getLoc(), "the reference does not evaluate '" +
                                       op->getName().getStringRef() +
                                       "'; expected ops of stage 'input'");
    for (Value operand : op->getOperands()) {
      if (isa<BlockArgument>(operand))
        return errorAt(op->getLoc(),
                       "returns an argument; expected results of attn.attend");
      results.push_back(numbers.lookup(operand));
    }
    return llvm::Error::success();
  }

  llvm::Error compileAttend(AttendOp op) {
    Attend attend(op.getLoc());
    auto stream = op.getStreams().front().getDefiningOp<StreamOp>();
    if (!stream)
      return errorAt(op.getLoc(),
                     "the reference evaluates stage 'input'; expected "
                     "a stream made by attn.stream");
    attend.q = useOf(op.getQ());
    attend.k = useOf(stream.getK());
    attend.v = useOf(stream.getV());
    attend.type =
        *getDtype(cast<ShapedType>(op.getQ().getType()).getElementType());
    attend.scale = op.getScaleValue();
    llvm::Expected<Mask> mask =
        compileMask(stream.getMask(), attend.maskTables);
    if (!mask)
      return mask.takeError();
    attend.mask = std::move(*mask);
    if (llvm::Error error = compileScore(op, attend))
      return error;
    numbers[op.getOut()] = attend.out = next++;
    attend.lse = next++;
    if (op.getLse())
      numbers[op.getLse()] = attend.lse;
    attends.push_back(std::move(attend));
    return llvm::Error::success();
  }

  llvm::Error compileScore(AttendOp op, Attend &attend) {
    std::vector<std::string> names;
    for (Value capture : op.getCaptures()) {
      attend.captures.push_back(useOf(capture));
      auto argument = dyn_cast<BlockArgument>(capture);
      names.push_back(argument
                          ? getArgumentName(function, argument.getArgNumber())
                          : "the result of an attend");
    }
    if (op.getScore().empty())
      return llvm::Error::success();
    auto exact =
        RegionProgram<double>::create(op.getScore(), RegionKind::Score, names);
    if (!exact)
      return exact.takeError();
    attend.exactScore = std::move(*exact);
    auto unfused =
        RegionProgram<float>::create(op.getScore(), RegionKind::Score, names);
    if (!unfused)
      return unfused.takeError();
    attend.unfusedScore = std::move(*unfused);
    return llvm::Error::success();
  }

  /// The number of an operand; marks results of attends as operands.
  unsigned useOf(Value value) {
    unsigned number = numbers.lookup(value);
    for (Attend &attend : attends) {
      attend.outIsOperand |= attend.out == number;
      attend.lseIsOperand |= attend.lse == number;
    }
    return number;
  }

  func::FuncOp function;
  std::vector<Attend> &attends;
  llvm::DenseMap<Value, unsigned> numbers;
  unsigned next = 0;
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
  implementation->arguments = function.getNumArguments();
  ProgramCompiler compiler(function, implementation->attends);
  if (llvm::Error error = compiler.compile(implementation->results))
    return error;
  return std::unique_ptr<Program>(new Program(std::move(implementation)));
}

Program::Program(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}

Program::~Program() = default;

} // namespace attn::reference
