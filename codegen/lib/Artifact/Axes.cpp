//===- Axes.cpp - Sizes of tensors as expressions over letters ------------===//

#include "Axes.h"
#include "RandomRule.h"
#include "TensorViews.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Boundary.h"
#include "attn/dialect/Attn/Layout.h"
#include "attn/dialect/Attn/Views.h"
#include "attn/dialect/Tile/Tile.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using attn::manifest::Expr;

namespace attn {
namespace {

Expr getArgumentAxis(BlockArgument argument, unsigned axis) {
  auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  return Expr::letter(
      getLetters(function, argument.getArgNumber())[axis].str());
}

Expr getCollapsedAxis(tensor::CollapseShapeOp op, unsigned axis) {
  std::optional<Expr> size;
  ReassociationIndices parts = op.getReassociationIndices()[axis];
  for (int64_t part : parts) {
    Expr own = getAxisSize(op.getSrc(), part);
    size = size ? *size * own : own;
  }
  return *size;
}

/// Of an axis with a '?'.
Expr getExpandedAxis(tensor::ExpandShapeOp op, unsigned axis) {
  unsigned before = 0;
  for (int64_t size : op.getResultType().getShape().take_front(axis))
    before += ShapedType::isDynamic(size);
  return getIndexSize(op.getOutputShape()[before]);
}

/// Sizes of the axes of a layout, each padded to whole blocks or as it is.
Expr multiplySizes(Value layout, bool isPadded) {
  auto grid = layout.getDefiningOp<LayoutGridOp>();
  ValueRange values = grid.getSizes();
  Expr product = Expr::constant(1);
  for (auto [axis, number] : llvm::enumerate(grid.getShape())) {
    Expr size = Expr::constant(number);
    if (ShapedType::isDynamic(number)) {
      size = getIndexSize(values.front());
      values = values.drop_front();
    }
    Expr block =
        Expr::constant(grid.getAxisTile(axis) * grid.getAxisDilation(axis));
    if (isPadded && !(block.value == 1))
      size = ceilDiv(size, block) * block;
    product = axis == 0 ? size : product * size;
  }
  return product;
}

Expr countSlots(Value layout) { return multiplySizes(layout, true); }

/// Axes of the parts of a fold: `attn_tile.split` says how many there are.
Expr getPartsAxis(tile::FoldOp fold, unsigned axis) {
  tile::SplitAttr split = *fold.getSplit();
  TokenAxes axes(false);
  auto number = [](int64_t value) { return Expr::constant(value); };
  auto atLeastOne = [&](Expr value) {
    return maximum(std::move(value), number(1));
  };
  Expr batch = getAxisSize(fold.getQ(), 0);
  Expr queries = getAxisSize(fold.getQ(), axes.length());
  Expr heads = number(split.getHeads()), rows = number(split.getRows());
  Expr together =
      minimum(heads, atLeastOne(floorDiv(rows, atLeastOne(queries))));
  Expr tiles = floorDiv(getAxisSize(fold.getQ(), axes.head()), heads) *
               ceilDiv(heads, together);
  if (axis == 0)
    return batch;
  if (axis == 1)
    return tiles;
  if (axis == 3)
    return number(tile::getPartNumbers(fold));
  Expr keys = number(0);
  for (Value stream : fold.getStreams()) {
    StreamOperands operands = *getStreamOperands(stream);
    keys = maximum(keys,
                   getAxisSize(operands.k,
                               TokenAxes(isPacked(operands.lengths)).length()));
  }
  Expr most = atLeastOne(floorDiv(keys, number(split.getKeys())));
  Expr wanted = ceilDiv(number(split.getTasks()), atLeastOne(batch * tiles));
  return Expr::binary(Expr::Kind::kLe, queries, rows) * minimum(wanted, most);
}

/// Results of folds and merges have a static head size at most; their other
/// axes are those of q, or of the states.
Expr getResultAxis(OpResult result, unsigned axis) {
  auto ofStates = [&](auto op) {
    auto state = op.getStates().front().template getDefiningOp<StateOp>();
    return getAxisSize(state.getValues(), axis);
  };
  return llvm::TypeSwitch<Operation *, Expr>(result.getOwner())
      .Case([&](tensor::CollapseShapeOp op) {
        return getCollapsedAxis(op, axis);
      })
      .Case([&](tensor::ExpandShapeOp op) { return getExpandedAxis(op, axis); })
      .Case([&](ReorderOp op) {
        return axis == 2 ? countSlots(op.getLayout())
                         : getAxisSize(op.getTensor(), axis);
      })
      .Case([&](RestoreOp op) {
        return axis == 2 ? getLayoutPoints(op.getLayout())
                         : getAxisSize(op.getTensor(), axis);
      })
      .Case([&](tile::FoldOp op) {
        return result == op.getParts() ? getPartsAxis(op, axis)
                                       : getAxisSize(op.getQ(), axis);
      })
      .Case([&](FoldOpInterface op) { return getAxisSize(op.getQ(), axis); })
      .Case([&](MergeOp op) { return ofStates(op); })
      .Case([&](tile::MergeOp op) { return ofStates(op); })
      .Case([&](tile::SummarizeOp op) {
        return getAxisSize(op.getTable(), axis);
      });
}

manifest::Axis toAxis(const Expr &size, StringRef letter) {
  manifest::Axis axis;
  axis.letter = letter.str();
  if (size.isConstant())
    axis.size = size.value;
  else
    axis.letter = size.name;
  return axis;
}

FailureOr<manifest::Tensor> getTensor(func::FuncOp function, Type type,
                                      StringRef what, std::string name) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  std::optional<manifest::Dtype> dtype =
      tensor ? getDtype(tensor.getElementType()) : std::nullopt;
  if (!dtype) {
    function.emitOpError() << "has " << what << " '" << name << "' of type "
                           << type
                           << ", which can not cross the boundary; expected a "
                              "tensor of f16, bf16, "
                              "f32, f64, i8, i32, i64 or i1";
    return failure();
  }
  manifest::Tensor result;
  result.name = std::move(name);
  result.dtype = *dtype;
  result.baseAlignmentBytes = manifest::dtypeBytes(*dtype);
  result.strideMultipleBytes = result.baseAlignmentBytes;
  return result;
}

LogicalResult addArgument(func::FuncOp function, unsigned index,
                          manifest::Entry &entry) {
  BlockArgument argument = function.getArgument(index);
  FailureOr<manifest::Tensor> tensor =
      getTensor(function, argument.getType(), "argument",
                getArgumentName(function, index));
  if (failed(tensor))
    return failure();
  SmallVector<StringRef> letters = getLetters(function, index);
  std::vector<Expr> sizes = getSizes(argument);
  for (auto [axis, size] : llvm::enumerate(sizes))
    tensor->shape.push_back(
        toAxis(size, letters.empty() ? StringRef() : letters[axis]));
  if (auto random = function.getArgAttrOfType<StringAttr>(index, kRandomAttr)) {
    FailureOr<std::string> rule = getRandomRule(argument, random.getValue());
    if (failed(rule))
      return failure();
    tensor->random = std::move(*rule);
  }
  entry.arguments.push_back(std::move(*tensor));
  return success();
}

LogicalResult addResult(func::FuncOp function, unsigned index, Value value,
                        manifest::Entry &entry) {
  FailureOr<manifest::Tensor> tensor = getTensor(
      function, value.getType(), "result", getResultName(function, index));
  if (failed(tensor))
    return failure();
  for (auto [axis, size] : llvm::enumerate(getSizes(value))) {
    if (!size.isConstant() && size.kind != Expr::Kind::kLetter)
      return function.emitOpError()
             << "has result '" << tensor->name << "' with axis " << axis
             << " of size " << toString(size)
             << ", which is no letter; return tensor.expand_shape of it";
    tensor->shape.push_back(toAxis(size, ""));
  }
  entry.results.push_back(std::move(*tensor));
  return success();
}

} // namespace

Expr getAxisSize(Value value, unsigned axis) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.isDynamicDim(axis))
    return Expr::constant(type.getDimSize(axis));
  if (auto argument = dyn_cast<BlockArgument>(value))
    return getArgumentAxis(argument, axis);
  return getResultAxis(cast<OpResult>(value), axis);
}

std::vector<Expr> getSizes(const CpuBuffer &buffer) {
  StreamOperands keys = *getStreamOperands(buffer.stream);
  TokenAxes axes(isPacked(keys.lengths));
  std::vector<Expr> sizes;
  if (axes.batch())
    sizes.push_back(getAxisSize(keys.k, 0));
  sizes.push_back(getAxisSize(keys.k, axes.head()));
  Expr tiles = ceilDiv(getAxisSize(keys.k, axes.length()),
                       Expr::constant(buffer.keyTile));
  // Where a sequence begins a tile begins.
  if (!axes.batch())
    tiles = tiles + getBatchSize(keys.k, keys.lengths);
  auto fold = cast<tile::FoldOp>(buffer.fold);
  if (std::optional<tile::SplitAttr> split = fold.getSplit())
    tiles = tiles * Expr::binary(Expr::Kind::kGt, getAxisSize(fold.getQ(), 2),
                                 Expr::constant(split->getRows()));
  sizes.push_back(tiles);
  sizes.push_back(Expr::constant(buffer.recordElements));
  return sizes;
}

Expr getIndexSize(Value index) {
  IndexOrigin origin = getIndexOrigin(index);
  return origin.number ? Expr::constant(*origin.number)
                       : getArgumentAxis(origin.argument, origin.axis);
}

Expr getLayoutPoints(Value layout) { return multiplySizes(layout, false); }

std::vector<Expr> getSizes(Value value) {
  std::vector<Expr> sizes;
  auto type = cast<RankedTensorType>(value.getType());
  for (unsigned axis = 0; axis < type.getRank(); ++axis)
    sizes.push_back(getAxisSize(value, axis));
  return sizes;
}

Expr getBatchSize(Value tensor, Value lengths) {
  if (!isPacked(lengths))
    return getAxisSize(tensor, 0);
  return getAxisSize(getLengthsTable(lengths), 0) - Expr::constant(1);
}

/// What `axis` of `tensor` counts, in whatever order and with whatever padding
/// it stands.
static Expr countTokens(Value tensor, unsigned axis) {
  Value layout = getLayoutOf(tensor);
  return layout ? getLayoutPoints(layout) : getAxisSize(tensor, axis);
}

PairSizes getPairSizes(FoldOpInterface fold, Value stream) {
  StreamOperands keys = *getStreamOperands(stream);
  TokenAxes queryAxes(isPacked(fold.getLengths())),
      keyAxes(isPacked(keys.lengths));
  return {getBatchSize(fold.getQ(), fold.getLengths()),
          getAxisSize(fold.getQ(), queryAxes.head()),
          countTokens(fold.getQ(), queryAxes.length()),
          countTokens(keys.k, keyAxes.length()),
          !fold.getLengths(),
          !keys.lengths};
}

std::optional<manifest::Dtype> getDtype(Type type) {
  using manifest::Dtype;
  return llvm::TypeSwitch<Type, std::optional<Dtype>>(type)
      .Case([](Float16Type) { return Dtype::kF16; })
      .Case([](BFloat16Type) { return Dtype::kBF16; })
      .Case([](Float32Type) { return Dtype::kF32; })
      .Case([](Float64Type) { return Dtype::kF64; })
      .Case([](IntegerType integer) -> std::optional<Dtype> {
        switch (integer.isSignless() ? integer.getWidth() : 0) {
        case 1:
          return Dtype::kBool;
        case 8:
          return Dtype::kI8;
        case 32:
          return Dtype::kI32;
        case 64:
          return Dtype::kI64;
        default:
          return std::nullopt;
        }
      })
      .Default([](Type) { return std::nullopt; });
}

FailureOr<manifest::Entry> getSignature(func::FuncOp function) {
  manifest::Entry entry;
  entry.name = function.getSymName().str();
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (failed(addArgument(function, i, entry)))
      return failure();
  Operation *terminator = function.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(terminator->getOperands()))
    if (failed(addResult(function, i, value, entry)))
      return failure();
  for (auto &named : getTensorViews(function)) {
    manifest::View &view = named.second;
    bool isKnown = llvm::any_of(entry.views, [&](const manifest::View &other) {
      return other.name == view.name;
    });
    if (!isKnown)
      entry.views.push_back(std::move(view));
  }
  return entry;
}

} // namespace attn
