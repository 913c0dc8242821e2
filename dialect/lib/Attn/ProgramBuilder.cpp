//===- ProgramBuilder.cpp - Programs made in C++ --------------------------===//

#include "attn/dialect/Attn/ProgramBuilder.h"
#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Boundary.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace attn {
namespace {

MLIRContext *withDialects(MLIRContext &context) {
  context.loadDialect<AttnDialect, arith::ArithDialect, func::FuncDialect,
                      math::MathDialect, scf::SCFDialect>();
  return &context;
}

/// The type of `out`: that of q with the head size of the values.
RankedTensorType outTypeOf(Value q, ValueRange streams) {
  auto type = cast<RankedTensorType>(q.getType());
  SmallVector<int64_t> shape(type.getShape());
  if (!streams.empty() && !shape.empty())
    if (auto stream = streams.front().getDefiningOp<StreamOp>())
      shape.back() =
          cast<RankedTensorType>(stream.getV().getType()).getShape().back();
  return type.clone(shape);
}

/// f32 of the shape of `out`, and of one number per row of it.
RankedTensorType accTypeOf(RankedTensorType out) {
  return out.clone(Float32Type::get(out.getContext()));
}
RankedTensorType lseTypeOf(RankedTensorType out) {
  return RankedTensorType::get(out.getShape().drop_back(out.getRank() ? 1 : 0),
                               Float32Type::get(out.getContext()));
}

/// The type of the values of the first state; of none where there is no such
/// state, which the verifier refuses.
RankedTensorType valuesTypeOf(ValueRange states, OpBuilder &builder) {
  auto first =
      states.empty() ? StateOp() : states.front().getDefiningOp<StateOp>();
  if (!first || first.getParts().size() < 2 || first.getParts().size() > 3)
    return RankedTensorType::get({}, builder.getF32Type());
  return cast<RankedTensorType>(first.getValues().getType());
}

void buildScore(OpBuilder &builder, Location loc, AttendOp attend,
                const AttendOptions &options) {
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Type> types = {builder.getF32Type()};
  types.append(4, builder.getIndexType());
  for (Value capture : options.captures)
    types.push_back(capture.getType());
  Block *block = builder.createBlock(&attend.getScore(), {}, types,
                                     SmallVector<Location>(types.size(), loc));
  ValueRange arguments = block->getArguments();
  Value logit =
      options.score(builder, loc,
                    {arguments[0], arguments[1], arguments[2], arguments[3],
                     arguments[4], arguments.drop_front(5)});
  YieldOp::create(builder, loc, logit);
}

} // namespace

ProgramBuilder::ProgramBuilder(MLIRContext &context, StringRef name,
                               std::optional<Location> location)
    : loc(location.value_or(UnknownLoc::get(withDialects(context)))),
      builder(withDialects(context)), module(ModuleOp::create(loc)) {
  builder.setInsertionPointToEnd(module->getBody());
  auto made =
      func::FuncOp::create(builder, loc, name, builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(made.addEntryBlock());
  function = made;
}

Value ProgramBuilder::argument(StringRef name, ArrayRef<Axis> axes,
                               Type element) {
  SmallVector<int64_t> sizes;
  SmallVector<Attribute> letters;
  for (const Axis &axis : axes) {
    sizes.push_back(axis.size);
    letters.push_back(builder.getStringAttr(axis.letter));
  }
  auto attributes = builder.getDictionaryAttr(
      {builder.getNamedAttr(kNameAttr, builder.getStringAttr(name)),
       builder.getNamedAttr(kShapeAttr, builder.getArrayAttr(letters))});
  auto target = cast<func::FuncOp>(function);
  unsigned index = target.getNumArguments();
  (void)target.insertArgument(index, RankedTensorType::get(sizes, element),
                              attributes, loc);
  return target.getArgument(index);
}

Value ProgramBuilder::causal(int64_t offset) {
  return MaskCausalOp::create(builder, loc, builder.getType<MaskType>(),
                              builder.getI64IntegerAttr(offset),
                              /*offsets=*/Value());
}

Value ProgramBuilder::window(std::optional<int64_t> left,
                             std::optional<int64_t> right) {
  auto side = [&](std::optional<int64_t> keys) {
    return keys ? builder.getI64IntegerAttr(*keys) : IntegerAttr();
  };
  return MaskWindowOp::create(builder, loc, builder.getType<MaskType>(),
                              side(left), side(right), /*lefts=*/Value(),
                              /*rights=*/Value());
}

Value ProgramBuilder::document(Value queryIds, Value keyIds) {
  return MaskDocumentOp::create(builder, loc, builder.getType<MaskType>(),
                                queryIds, keyIds);
}

Value ProgramBuilder::allOf(ValueRange masks) {
  return MaskAndOp::create(builder, loc, builder.getType<MaskType>(), masks);
}

Value ProgramBuilder::anyOf(ValueRange masks) {
  return MaskOrOp::create(builder, loc, builder.getType<MaskType>(), masks);
}

Value ProgramBuilder::noneOf(Value mask) {
  return MaskNotOp::create(builder, loc, builder.getType<MaskType>(), mask);
}

Value ProgramBuilder::perBatchLengths(Value table) {
  return LengthsPerBatchOp::create(builder, loc, builder.getType<LengthsType>(),
                                   table);
}

Value ProgramBuilder::packedLengths(Value offsets) {
  return LengthsPackedOp::create(builder, loc, builder.getType<LengthsType>(),
                                 offsets);
}

Value ProgramBuilder::stream(Value k, Value v, Value mask, Value lengths,
                             ArrayRef<int64_t> heads) {
  return StreamOp::create(
      builder, loc, builder.getType<StreamType>(), k, v, mask, lengths,
      heads.empty() ? nullptr : builder.getDenseI64ArrayAttr(heads));
}

Value ProgramBuilder::state(ValueRange parts) {
  return StateOp::create(builder, loc, builder.getType<StateType>(), parts);
}

Attended ProgramBuilder::attend(Value q, ValueRange streams,
                                const AttendOptions &options) {
  RankedTensorType outType = outTypeOf(q, streams);
  Type lseType = lseTypeOf(outType);
  SmallVector<Type> massTypes(options.mass ? streams.size() : 0, lseType);
  SmallVector<Type> stateTypes;
  if (options.state)
    stateTypes = {lseType, lseType, accTypeOf(outType)};
  FloatAttr scale =
      options.scale ? builder.getF64FloatAttr(*options.scale) : FloatAttr();
  auto attend =
      AttendOp::create(builder, loc, outType, options.lse ? lseType : Type(),
                       massTypes, stateTypes, q, options.lengths, streams,
                       options.states, options.sink, options.captures, scale);
  if (options.score)
    buildScore(builder, loc, attend, options);
  return {attend.getOut(), attend.getLse(),
          llvm::to_vector_of<Value>(attend.getMass()),
          llvm::to_vector_of<Value>(attend.getState())};
}

Attended ProgramBuilder::merge(ValueRange states, bool lse, Type element) {
  RankedTensorType outType = valuesTypeOf(states, builder);
  if (element)
    outType = outType.clone(element);
  auto merge = MergeOp::create(builder, loc, outType,
                               lse ? lseTypeOf(outType) : Type(), states);
  return {merge.getOut(), merge.getLse(), {}, {}};
}

void ProgramBuilder::result(StringRef name, Value value) {
  results.push_back(value);
  resultNames.push_back(name.str());
}

OwningOpRef<ModuleOp> ProgramBuilder::finish() {
  auto target = cast<func::FuncOp>(function);
  func::ReturnOp::create(builder, loc, results);
  target.setType(builder.getFunctionType(target.getArgumentTypes(),
                                         ValueRange(results).getTypes()));
  for (auto [index, name] : llvm::enumerate(resultNames))
    target.setResultAttr(index, kNameAttr, builder.getStringAttr(name));
  OwningOpRef<ModuleOp> program = std::move(module);
  if (failed(verify(*program)))
    return nullptr;
  return program;
}

} // namespace attn
