//===- RegionProgram.cpp - A region as closures ---------------------------===//

#include "RegionCompiler.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Regions.h"
#include "attn/dialect/Attn/Views.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/Twine.h"

using namespace mlir;

namespace attn::reference {

std::string describe(Location location) {
  std::string text = "<unknown>";
  location->walk([&](Location inner) {
    auto file = llvm::dyn_cast<FileLineColLoc>(inner);
    if (!file)
      return WalkResult::advance();
    text = (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" +
            Twine(file.getColumn()))
               .str();
    return WalkResult::interrupt();
  });
  return text;
}

Capture getIndexCapture(Value index) {
  IndexOrigin origin = getIndexOrigin(index);
  if (origin.number)
    return {"", 0, std::nullopt, origin.number};
  return {"", origin.argument.getArgNumber(), origin.axis, std::nullopt};
}

llvm::Error errorAt(Location location, const Twine &text) {
  return llvm::createStringError(describe(location) + ": error: " + text.str());
}

//===----------------------------------------------------------------------===//
// RegionCompiler
//===----------------------------------------------------------------------===//

template <typename T>
unsigned RegionCompiler<T>::slotOf(Value value) {
  auto [it, isNew] = slots.try_emplace(value, initial.size());
  if (isNew)
    initial.push_back({});
  return it->second;
}

template <typename T>
llvm::Error RegionCompiler<T>::compileBlock(Block &block,
                                            std::vector<Step<T>> &steps) {
  for (Operation &op : block.without_terminator())
    if (llvm::Error error = compileOp(&op, steps))
      return error;
  return llvm::Error::success();
}

template <typename T>
llvm::Error RegionCompiler<T>::compileOp(Op *op, std::vector<Step<T>> &steps) {
  if (isa<arith::ConstantOp>(op)) {
    compileConstant(op);
    return llvm::Error::success();
  }
  if (isa<scf::IfOp>(op))
    return compileIf(op, steps);
  using Family = std::optional<Step<T>> (RegionCompiler::*)(Op *);
  for (Family family :
       {&RegionCompiler::compileRead, &RegionCompiler::compileReadRange,
        &RegionCompiler::compileReadBox, &RegionCompiler::compileComparison,
        &RegionCompiler::compileInteger, &RegionCompiler::compileIntegerPair,
        &RegionCompiler::compileDivision, &RegionCompiler::compileFloat,
        &RegionCompiler::compileMath, &RegionCompiler::compileConversion})
    if (std::optional<Step<T>> step = (this->*family)(op)) {
      steps.push_back(std::move(*step));
      return llvm::Error::success();
    }
  return errorAt(op->getLoc(), "the reference does not evaluate '" +
                                   op->getName().getStringRef() +
                                   "'; expected a scalar op of arith or math, "
                                   "scf.if, attn.read or attn.length");
}

template <typename T>
void RegionCompiler<T>::compileConstant(Op *op) {
  unsigned slot = slotOf(op->getResult(0));
  Attribute value = cast<arith::ConstantOp>(op).getValue();
  if (auto real = dyn_cast<FloatAttr>(value))
    initial[slot].real = static_cast<T>(real.getValueAsDouble());
  else
    initial[slot].integer = cast<IntegerAttr>(value).getValue().getSExtValue();
}

template <typename T>
llvm::Error RegionCompiler<T>::compileIf(Op *op, std::vector<Step<T>> &steps) {
  auto branch = cast<scf::IfOp>(op);
  std::vector<Step<T>> sides[2];
  for (int side = 0; side < 2; ++side) {
    Region &region = side ? branch.getElseRegion() : branch.getThenRegion();
    if (region.empty())
      continue;
    if (llvm::Error error = compileBlock(region.front(), sides[side]))
      return error;
    Operation *yield = region.front().getTerminator();
    for (auto [from, to] : llvm::zip(yield->getOperands(), op->getResults()))
      sides[side].push_back(
          [from = slotOf(from), to = slotOf(to)](Frame<T> &frame) {
            frame.slots[to] = frame.slots[from];
          });
  }
  unsigned condition = slotOf(branch.getCondition());
  steps.push_back([condition, yes = std::move(sides[0]),
                   no = std::move(sides[1])](Frame<T> &frame) {
    for (const Step<T> &step : frame.slots[condition].integer ? yes : no)
      step(frame);
  });
  return llvm::Error::success();
}

template <typename T>
std::optional<Step<T>> RegionCompiler<T>::compileRead(Op *op) {
  if (auto length = dyn_cast<LengthOp>(op)) {
    bool isQueries = length.getSide() == Side::queries;
    return [out = slotOf(op->getResult(0)), isQueries](Frame<T> &frame) {
      frame.slots[out].integer = isQueries ? frame.queries : frame.keys;
    };
  }
  auto read = dyn_cast<ReadOp>(op);
  if (!read)
    return std::nullopt;
  unsigned table = tableOf(read.getTable());
  std::vector<unsigned> indices;
  for (Value index : read.getIndices())
    indices.push_back(slotOf(index));
  bool isFloat = isa<FloatType>(op->getResult(0).getType());
  unsigned out = slotOf(op->getResult(0));
  std::string where = describe(op->getLoc()), name = tableNames[table];
  return [=](Frame<T> &frame) {
    const Tensor &tensor = frame.tables[table];
    int64_t offset = 0;
    for (size_t axis = 0; axis < indices.size(); ++axis) {
      int64_t index = frame.slots[indices[axis]].integer;
      if (index < 0 || index >= tensor.sizes[axis])
        return fail(frame, where,
                    "'attn.read' op reads '" + name + "' at index " +
                        std::to_string(index) + " of axis " +
                        std::to_string(axis) + ", whose size is " +
                        std::to_string(tensor.sizes[axis]) +
                        "; expected an index in [0, size): clamp it with "
                        "arith.maxsi and arith.minsi");
      offset += index * tensor.strides[axis];
    }
    if (isFloat)
      frame.slots[out].real = static_cast<T>(loadFloat(tensor, offset));
    else
      frame.slots[out].integer = loadInteger(tensor, offset);
  };
}

//===----------------------------------------------------------------------===//
// RegionProgram
//===----------------------------------------------------------------------===//

template <typename T>
llvm::Expected<RegionProgram<T>>
RegionProgram<T>::create(Region &region, RegionKind kind,
                         llvm::ArrayRef<Capture> captures) {
  unsigned coordinates = getNumCoordinates(kind);
  std::vector<std::string> names;
  for (const Capture &capture : captures)
    names.push_back(capture.name);
  RegionCompiler<T> compiler(coordinates, std::move(names));
  RegionProgram program;
  Block &block = region.front();
  for (unsigned i = 0; i < coordinates; ++i)
    compiler.slotOf(block.getArgument(i)); // slots 0 .. coordinates - 1
  for (unsigned n = 0; n < captures.size(); ++n) {
    BlockArgument argument = block.getArgument(coordinates + n);
    if (captures[n].axis)
      program.sizes.push_back(
          {compiler.slotOf(argument), n, *captures[n].axis});
    else if (captures[n].number)
      compiler.initial[compiler.slotOf(argument)].integer = *captures[n].number;
  }
  if (llvm::Error error = compiler.compileBlock(block, program.steps))
    return error;
  for (Value value : block.getTerminator()->getOperands())
    program.results.push_back(compiler.slotOf(value));
  program.initial = std::move(compiler.initial);
  program.firstIndex = getFirstIndex(kind);
  return program;
}

template <typename T>
Frame<T> RegionProgram<T>::makeFrame(llvm::ArrayRef<Tensor> tables,
                                     int64_t queries, int64_t keys) const {
  Frame<T> frame;
  frame.slots = initial;
  frame.tables = tables;
  frame.queries = queries;
  frame.keys = keys;
  for (const Size &size : sizes)
    frame.slots[size.slot].integer = tables[size.capture].sizes[size.axis];
  return frame;
}

template <typename T>
void RegionProgram<T>::run(Frame<T> &frame,
                           llvm::ArrayRef<int64_t> coordinates) const {
  for (unsigned n = 0; n < coordinates.size(); ++n)
    frame.slots[firstIndex + n].integer = coordinates[n];
  for (const Step<T> &step : steps)
    step(frame);
}

template class RegionCompiler<float>;
template class RegionCompiler<double>;
template class RegionProgram<float>;
template class RegionProgram<double>;

} // namespace attn::reference
