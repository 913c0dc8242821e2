//===- FoldRules.cpp - Shape rules shared by all folds --------------------===//

#include "attn/dialect/Attn/AttendRules.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attn {

bool isAttentionElement(Type type) {
  return type.isF32() || type.isF16() || type.isBF16();
}

bool agree(int64_t lhs, int64_t rhs) {
  return ShapedType::isDynamic(lhs) || ShapedType::isDynamic(rhs) || lhs == rhs;
}

std::optional<StreamOperands> getStreamOperands(Value stream) {
  using Tensor = TypedValue<RankedTensorType>;
  auto operands = [](auto op) {
    return StreamOperands{cast<Tensor>(op.getK()), cast<Tensor>(op.getV()),
                          op.getLengths(), op.getHeads()};
  };
  if (auto op = stream.getDefiningOp<StreamOp>())
    return operands(op);
  if (auto op = stream.getDefiningOp<RouteOp>())
    return operands(op);
  return std::nullopt;
}

namespace {

RankedTensorType tensorOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

std::string sizeText(int64_t size) {
  return ShapedType::isDynamic(size) ? "?" : std::to_string(size);
}

/// Number of sequences: the batch axis, or offsets minus one.
int64_t getBatch(RankedTensorType type, Value lengths) {
  if (!isPacked(lengths))
    return type.getDimSize(0);
  int64_t offsets = tensorOf(getLengthsTable(lengths)).getDimSize(0);
  return ShapedType::isDynamic(offsets) ? offsets : offsets - 1;
}

// stream-C5, attend-C10
LogicalResult verifyLengths(Operation *op, Value lengths, RankedTensorType type,
                            StringRef name) {
  if (!lengths)
    return success();
  Operation *made = lengths.getDefiningOp();
  if (!isa_and_nonnull<LengthsPerBatchOp, LengthsPackedOp>(made))
    return op->emitOpError() << "expects 'lengths' to be made by an "
                                "attn.lengths op in the same function but got "
                                "a function argument";
  auto perBatch = dyn_cast<LengthsPerBatchOp>(made);
  if (!perBatch ||
      agree(tensorOf(perBatch.getTable()).getDimSize(0), type.getDimSize(0)))
    return success();
  InFlightDiagnostic diag = op->emitOpError()
                            << "expects one length per sequence of '" << name
                            << "' " << type << " but got "
                            << perBatch.getTable().getType();
  diag.attachNote(made->getLoc()) << "the lengths are made here";
  return diag;
}

/// Expects `type` to be compatible with `shape` and `element`.
LogicalResult verifyResult(Operation *op, StringRef name, Type type,
                           ArrayRef<int64_t> shape, Type element,
                           StringRef letters) {
  auto expected = RankedTensorType::get(shape, element);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && tensor.getElementType() == element &&
      succeeded(verifyCompatibleShape(expected, tensor)))
    return success();
  InFlightDiagnostic diag = op->emitOpError()
                            << "expects '" << name << "' of type " << expected
                            << " but got " << type;
  diag.attachNote() << "'" << name << "' is " << letters;
  return diag;
}

// stream-C6
LogicalResult verifyHeadMap(Operation *op, ArrayRef<int64_t> heads,
                            int64_t keyHeads) {
  for (int64_t head : heads)
    if (head < 0 || (!ShapedType::isDynamic(keyHeads) && head >= keyHeads))
      return op->emitOpError()
             << "expects 'heads' to name key heads, 0 or more and below Hk = "
             << sizeText(keyHeads) << ", but got " << head;
  return success();
}

/// The rules that tie the queries of a fold to one of its streams.
class StreamRules {
public:
  StreamRules(FoldOpInterface fold, const StreamOperands &keys)
      : op(fold), q(tensorOf(fold.getQ())), keys(keys),
        queryAxes(isPacked(fold.getLengths())), keyAxes(isPacked(keys.lengths)),
        queryLengths(fold.getLengths()) {}

  LogicalResult verify() {
    RankedTensorType k = keys.k.getType();
    // attend-C1
    if (q.getElementType() != k.getElementType())
      return op->emitOpError() << "expects 'q' of the stream's element type "
                               << k.getElementType() << " but got " << q;
    // attend-C2
    if (q.getDimSize(queryAxes.channel()) != k.getDimSize(keyAxes.channel()))
      return op->emitOpError()
             << "expects 'q' and 'k' of one head size D but got " << q
             << " and " << k;
    if (failed(verifyHeads()))
      return failure();
    // attend-C4
    if (!agree(getBatch(q, queryLengths), getBatch(k, keys.lengths)))
      return op->emitOpError()
             << "expects 'q' and 'k' of one batch size B but got " << q
             << " and " << k;
    return success();
  }

private:
  // attend-C3
  LogicalResult verifyHeads() {
    int64_t hq = q.getDimSize(queryAxes.head()),
            hk = keys.k.getType().getDimSize(keyAxes.head());
    if (keys.heads) {
      if (hq == static_cast<int64_t>(keys.heads->size()))
        return success();
      return op->emitOpError()
             << "expects one entry of the stream's 'heads' per query head, Hq "
                "static, but got Hq = "
             << sizeText(hq) << " and " << keys.heads->size() << " entries";
    }
    bool isStatic = !ShapedType::isDynamic(hq) && !ShapedType::isDynamic(hk);
    if (ShapedType::isDynamic(hq) && ShapedType::isDynamic(hk))
      return success();
    if (isStatic && hk > 0 && hq % hk == 0)
      return success();
    return op->emitOpError() << "expects Hk to divide Hq, both static, or both "
                                "dynamic, but got Hq = "
                             << sizeText(hq) << " and Hk = " << sizeText(hk);
  }

  Operation *op;
  RankedTensorType q;
  const StreamOperands &keys;
  TokenAxes queryAxes, keyAxes;
  Value queryLengths;
};

/// Shapes that follow from `out`: values with channels, numbers without.
struct RowShapes {
  SmallVector<int64_t> values;
  bool isPacked;

  ArrayRef<int64_t> numbers() const { return ArrayRef(values).drop_back(); }
  StringRef valueLetters() const {
    return isPacked ? "[Hq, T, Dv]" : "[B, Hq, Lq, Dv]";
  }
  StringRef numberLetters() const {
    return isPacked ? "[Hq, T]" : "[B, Hq, Lq]";
  }
};

LogicalResult verifyNumbers(Operation *op, StringRef name, Type type,
                            const RowShapes &shapes) {
  return verifyResult(op, name, type, shapes.numbers(),
                      Float32Type::get(op->getContext()),
                      (shapes.numberLetters() + " of f32").str());
}

LogicalResult verifyState(Operation *op, Value state, const RowShapes &shapes) {
  auto made = state.getDefiningOp<StateOp>();
  if (!made)
    return op->emitOpError() << "expects states to be made by attn.state in "
                                "the same function but got a function argument";
  // attend-C13, merge-C2
  auto check = [&](Value part, ArrayRef<int64_t> shape) {
    return !part ||
           (tensorOf(part).getRank() == static_cast<int64_t>(shape.size()) &&
            succeeded(verifyCompatibleShape(shape, tensorOf(part).getShape())));
  };
  if (check(made.getValues(), shapes.values) &&
      check(made.getLogit(), shapes.numbers()) &&
      check(made.getSum(), shapes.numbers()))
    return success();
  InFlightDiagnostic diag = op->emitOpError()
                            << "expects states of the shapes "
                            << shapes.valueLetters() << " of 'out' and "
                            << shapes.numberLetters() << " of 'lse' but got "
                            << made->getOperandTypes();
  diag.attachNote(made.getLoc()) << "the state is made here";
  return diag;
}

// attend-C6
LogicalResult verifyExtraResults(FoldOpInterface op, const RowShapes &shapes) {
  if (Value lse = op.getLse())
    if (failed(verifyNumbers(op, "lse", lse.getType(), shapes)))
      return failure();
  if (!op.getMass().empty() && op.getMass().size() != op.getStreams().size())
    return op->emitOpError()
           << "expects one 'mass' per stream, " << op.getStreams().size()
           << ", but got " << op.getMass().size();
  for (Value mass : op.getMass())
    if (failed(verifyNumbers(op, "mass", mass.getType(), shapes)))
      return failure();
  if (op.getState().empty())
    return success();
  if (op.getState().size() != 3)
    return op->emitOpError() << "expects 'state' to be m, l and acc but got "
                             << op.getState().size() << " types";
  if (failed(verifyNumbers(op, "m", op.getState()[0].getType(), shapes)) ||
      failed(verifyNumbers(op, "l", op.getState()[1].getType(), shapes)))
    return failure();
  return verifyResult(op, "acc", op.getState()[2].getType(), shapes.values,
                      Float32Type::get(op->getContext()),
                      (shapes.valueLetters() + " of f32").str());
}

// attend-C12
LogicalResult verifySink(FoldOpInterface op, int64_t heads) {
  if (!op.getSink())
    return success();
  if (!op.getState().empty())
    return op->emitOpError()
           << "has both 'sink' and 'state'; expected the sink where the "
              "normaliser is closed, in the op that resumes the state";
  return verifyResult(op, "sink", op.getSink().getType(), {heads},
                      Float32Type::get(op->getContext()),
                      "[Hq] of f32, one logit per query head");
}

} // namespace

LogicalResult verifyStream(Operation *op, const StreamOperands &stream) {
  RankedTensorType k = stream.k.getType(), v = stream.v.getType();
  TokenAxes axes(isPacked(stream.lengths));
  // stream-C1
  if (k.getRank() != axes.rank() || v.getRank() != axes.rank()) {
    StringRef expected = isPacked(stream.lengths)
                             ? "'k' [Hk, T, D] and 'v' [Hk, T, Dv] of rank 3 "
                             : "'k' [B, Hk, Lk, D] and 'v' [B, Hk, Lk, Dv] of "
                               "rank 4 ";
    return op->emitOpError()
           << "expects " << expected << "but got " << k << " and " << v;
  }
  if (k.getElementType() != v.getElementType() ||
      !isAttentionElement(k.getElementType()))
    return op->emitOpError()
           << "expects 'k' and 'v' of one element type, f32, f16 or bf16, but "
              "got "
           << k.getElementType() << " and " << v.getElementType();
  // stream-C2
  for (unsigned axis = 0; axis < axes.channel(); ++axis)
    if (!agree(k.getDimSize(axis), v.getDimSize(axis)))
      return op->emitOpError()
             << "expects 'k' and 'v' to agree in B, Hk and Lk but got " << k
             << " and " << v;
  // stream-C3
  for (RankedTensorType type : {k, v})
    if (type.isDynamicDim(axes.channel()) ||
        type.getDimSize(axes.channel()) < 1)
      return op->emitOpError()
             << "expects a static head size of 1 or more but got " << type;
  if (failed(verifyLengths(op, stream.lengths, k, "k")))
    return failure();
  if (!stream.heads)
    return success();
  return verifyHeadMap(op, *stream.heads, k.getDimSize(axes.head()));
}

LogicalResult verifyFold(FoldOpInterface op) {
  RankedTensorType q = tensorOf(op.getQ());
  TokenAxes axes(isPacked(op.getLengths()));
  // attend-C1
  if (q.getRank() != axes.rank())
    return op->emitOpError()
           << "expects 'q' "
           << (isPacked(op.getLengths()) ? "[Hq, T, D] of rank 3"
                                         : "[B, Hq, Lq, D] of rank 4")
           << " but got " << q;
  if (failed(verifyLengths(op, op.getLengths(), q, "q")))
    return failure();
  // attend-C10
  if (op.getStreams().empty())
    return op->emitOpError() << "expects one stream or more but got none";
  int64_t valueSize = 0;
  for (Value stream : op.getStreams()) {
    std::optional<StreamOperands> keys = getStreamOperands(stream);
    if (!keys)
      return op->emitOpError() << "expects 'stream' to be made by attn.stream "
                                  "or attn.route in the same function";
    if (failed(StreamRules(op, *keys).verify()))
      return failure();
    int64_t size = keys->v.getType().getShape().back();
    // attend-C2
    if (valueSize && size != valueSize)
      return op->emitOpError()
             << "expects streams of one value head size Dv but got "
             << valueSize << " and " << size;
    valueSize = size;
  }
  // attend-C5
  RowShapes shapes{SmallVector<int64_t>(q.getShape()),
                   isPacked(op.getLengths())};
  shapes.values.back() = valueSize;
  if (failed(verifyResult(
          op, "out", op.getOut().getType(), shapes.values, q.getElementType(),
          (shapes.valueLetters() + " of the element type of 'q'").str())) ||
      failed(verifyExtraResults(op, shapes)) ||
      failed(verifySink(op, q.getDimSize(axes.head()))))
    return failure();
  for (Value state : op.getStates())
    if (failed(verifyState(op, state, shapes)))
      return failure();
  return success();
}

LogicalResult verifyOperandLengths(Operation *op, ValueRange lengths,
                                   Type out) {
  auto type = cast<RankedTensorType>(out);
  bool isPackedOut = type.getRank() == TokenAxes(true).rank();
  for (Value value : lengths) {
    Operation *made = value.getDefiningOp();
    if (made && isPacked(value) != isPackedOut)
      return op->emitOpError()
             << "expects 'operand_lengths' to be "
             << (isPackedOut ? "packed as 'out' [Hq, T, Dv] is"
                             : "per batch for 'out' [B, Hq, Lq, Dv]")
             << " but got " << made->getName();
    if (failed(verifyLengths(op, value, type, "out")))
      return failure();
  }
  return success();
}

LogicalResult verifyMerge(Operation *op, ValueRange states, Type out,
                          Type lse) {
  // merge-C1
  if (states.size() < 2)
    return op->emitOpError()
           << "expects two states or more but got " << states.size();
  auto type = cast<RankedTensorType>(out);
  // merge-C2
  if ((type.getRank() != 4 && type.getRank() != 3) ||
      !isAttentionElement(type.getElementType()))
    return op->emitOpError()
           << "expects 'out' [B, Hq, Lq, Dv] or packed [Hq, T, Dv] of f32, f16 "
              "or bf16 but got "
           << type;
  RowShapes shapes{SmallVector<int64_t>(type.getShape()), type.getRank() == 3};
  if (lse && failed(verifyNumbers(op, "lse", lse, shapes)))
    return failure();
  for (Value state : states)
    if (failed(verifyState(op, state, shapes)))
      return failure();
  return success();
}

} // namespace attn
