//===- Neighborhood.cpp - Keys near the query on a grid -------------------===//
//
// The definition counts members of residue classes. With d the dilation, member
// y of a class is coordinate e = y * d + residue, so a window of members is one
// of coordinates that begins and ends at multiples of d, and a window that
// moved inward ends with the axis: classes of different sizes need no cases.
//
//===----------------------------------------------------------------------===//

#include "attn/dialect/Attn/Neighborhood.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn {
namespace {

constexpr unsigned kMostAxes = 3;
constexpr unsigned kMostBits = 16; ///< Of windows, strides and dilations.

int64_t entryOr(std::optional<ArrayRef<int64_t>> list, unsigned axis,
                int64_t other) {
  return list ? (*list)[axis] : other;
}

/// One list per axis of the op. mask.neighborhood-C1
LogicalResult verifyLists(MaskNeighborhoodOp op) {
  size_t axes = op.getShape().size();
  if (axes < 1 || axes > kMostAxes)
    return op.emitOpError()
           << "expects 'shape' of one to three axes but got " << axes;
  auto verify = [&](StringRef name, size_t size) -> LogicalResult {
    if (size == axes)
      return success();
    return op.emitOpError()
           << "expects '" << name << "' of one entry per axis of 'shape', "
           << axes << ", but got " << size;
  };
  if (failed(verify("window", op.getWindow().size())))
    return failure();
  for (auto [name, list] :
       {std::pair("keys", op.getKeys()), std::pair("stride", op.getStride()),
        std::pair("dilation", op.getDilation())})
    if (list && failed(verify(name, list->size())))
      return failure();
  return op.getCausal() ? verify("causal", op.getCausal()->size()) : success();
}

/// mask.neighborhood-C2
LogicalResult verifySizes(MaskNeighborhoodOp op, StringRef name,
                          ArrayRef<int64_t> grid) {
  int64_t tokens = 1;
  for (auto [axis, size] : llvm::enumerate(grid)) {
    if (ShapedType::isDynamic(size))
      continue;
    if (size < 1)
      return op.emitOpError()
             << "expects '" << name << "' of 1 token or more per axis but got "
             << size << " on axis " << axis;
    if (size > INT32_MAX || (tokens *= size) > INT32_MAX)
      return op.emitOpError() << "expects '" << name
                              << "' of fewer than 2^31 tokens but got more";
  }
  return success();
}

/// mask.neighborhood-C3
LogicalResult verifyNumbers(MaskNeighborhoodOp op, StringRef name,
                            std::optional<ArrayRef<int64_t>> list) {
  for (unsigned axis = 0; list && axis < list->size(); ++axis)
    if ((*list)[axis] < 1 || !llvm::isUIntN(kMostBits, (*list)[axis]))
      return op.emitOpError()
             << "expects '" << name << "' of 1 or more, below 2^" << kMostBits
             << ", but got " << (*list)[axis] << " on axis " << axis;
  return success();
}

/// What the predicate of one axis is made of.
class AxisBuilder {
public:
  AxisBuilder(OpBuilder &builder, Location loc, MaskNeighborhoodOp op,
              unsigned axis)
      : builder(builder), loc(loc), window(op.getWindow()[axis]),
        stride(entryOr(op.getStride(), axis, 1)),
        dilation(entryOr(op.getDilation(), axis, 1)),
        isCausal(op.getCausal() && (*op.getCausal())[axis]),
        isShifted(op.getEdge() == Edge::shift) {}

  /// `c` and `e` are coordinates of query and key among `size` keys.
  Value build(Value c, Value e, Value size) {
    Value visible = compare(arith::CmpIPredicate::sge, e, first(c, size));
    visible =
        both(visible, isCausal ? compare(arith::CmpIPredicate::sle, e, c)
                               : compare(arith::CmpIPredicate::slt, e, end(c)));
    if (dilation == 1)
      return visible;
    return both(visible, compare(arith::CmpIPredicate::eq,
                                 make<arith::RemUIOp>(c, number(dilation)),
                                 make<arith::RemUIOp>(e, number(dilation))));
  }

private:
  /// d times the first member of the window, if the class had no end.
  Value open(Value c) {
    Value group = c;
    if (stride * dilation != 1)
      group = make<arith::DivUIOp>(c, number(stride * dilation));
    int64_t behind = isCausal ? stride - window : stride / 2 - window / 2;
    if (stride * dilation != 1)
      group = make<arith::MulIOp>(group, number(stride * dilation));
    return make<arith::AddIOp>(group, number(behind * dilation));
  }
  Value first(Value c, Value size) {
    if (!isShifted)
      return open(c);
    Value last = make<arith::SubIOp>(size, number(window * dilation));
    return make<arith::MinSIOp>(open(c), last);
  }
  Value end(Value c) {
    Value begin = open(c);
    if (isShifted)
      begin = make<arith::MaxSIOp>(begin, number(0));
    return make<arith::AddIOp>(begin, number(window * dilation));
  }

  Value number(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  template <typename Op>
  Value make(Value a, Value b) {
    return builder.createOrFold<Op>(loc, a, b);
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  Value both(Value a, Value b) { return make<arith::AndIOp>(a, b); }

  OpBuilder &builder;
  Location loc;
  int64_t window, stride, dilation;
  bool isCausal, isShifted;
};

/// The coordinates of `token` on a grid, without the bound of the first axis.
SmallVector<Value> unravel(OpBuilder &builder, Location loc, Value token,
                           ArrayRef<Value> sizes) {
  SmallVector<Value> coordinates(sizes.size());
  for (unsigned axis = sizes.size() - 1; axis > 0; --axis) {
    coordinates[axis] =
        builder.createOrFold<arith::RemUIOp>(loc, token, sizes[axis]);
    token = builder.createOrFold<arith::DivUIOp>(loc, token, sizes[axis]);
  }
  coordinates[0] = token;
  return coordinates;
}

/// floor((2 c + 1) keys / (2 queries))
Value moveToKeys(OpBuilder &builder, Location loc, Value c, Value queries,
                 Value keys) {
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value middle = builder.createOrFold<arith::MulIOp>(loc, c, number(2));
  middle = builder.createOrFold<arith::AddIOp>(loc, middle, number(1));
  middle = builder.createOrFold<arith::MulIOp>(loc, middle, keys);
  Value whole = builder.createOrFold<arith::MulIOp>(loc, queries, number(2));
  return builder.createOrFold<arith::DivUIOp>(loc, middle, whole);
}

} // namespace

SmallVector<TableRule> MaskNeighborhoodOp::getTableRules() { return {}; }

LogicalResult MaskNeighborhoodOp::verify() {
  ArrayRef<int64_t> keys = getKeys().value_or(getShape());
  if (failed(verifyLists(*this)) ||
      failed(verifySizes(*this, "shape", getShape())) ||
      failed(verifySizes(*this, "keys", keys)) ||
      failed(verifyNumbers(*this, "window", getWindow())) ||
      failed(verifyNumbers(*this, "stride", getStride())) ||
      failed(verifyNumbers(*this, "dilation", getDilation())))
    return failure();
  // mask.neighborhood-C7
  size_t values = llvm::count_if(getShape(), ShapedType::isDynamic) +
                  (getKeys() ? llvm::count_if(keys, ShapedType::isDynamic) : 0);
  if (values != getSizes().size())
    return emitOpError() << "expects " << values << " sizes as values but got "
                         << getSizes().size();
  for (unsigned axis = 0; axis < keys.size(); ++axis)
    if (failed(verifyAxis(axis)))
      return failure();
  return success();
}

LogicalResult MaskNeighborhoodOp::verifyAxis(unsigned axis) {
  int64_t window = getWindow()[axis], stride = entryOr(getStride(), axis, 1),
          dilation = entryOr(getDilation(), axis, 1),
          size = getKeys().value_or(getShape())[axis];
  // mask.neighborhood-C4
  if (stride > window)
    return emitOpError() << "expects strides of at most the window, " << window
                         << " on axis " << axis << ", but got " << stride;
  bool isShifted = getEdge() == Edge::shift;
  // mask.neighborhood-C5
  if (isShifted && !ShapedType::isDynamic(size) && window * dilation > size)
    return emitOpError() << "expects windows inside the axis, but axis " << axis
                         << " has " << size << " keys and the window spans "
                         << window << " * " << dilation << " = "
                         << window * dilation
                         << "; make it smaller, or say edge(shrink)";
  // mask.neighborhood-C6
  bool isCausal = getCausal() && (*getCausal())[axis];
  if (!isShifted && !isCausal && window % 2 != stride % 2)
    return emitOpError() << "expects window and stride both odd or both even "
                            "under edge(shrink), but axis "
                         << axis << " has window " << window << " and stride "
                         << stride;
  return success();
}

Value MaskNeighborhoodOp::buildVisible(OpBuilder &builder, Location loc,
                                       const PairCoordinates &at,
                                       ValueRange values, ValueRange) {
  auto getGrid = [&](ArrayRef<int64_t> grid) {
    SmallVector<Value> sizes;
    for (int64_t size : grid) {
      if (!ShapedType::isDynamic(size)) {
        sizes.push_back(arith::ConstantIndexOp::create(builder, loc, size));
        continue;
      }
      sizes.push_back(values.front());
      values = values.drop_front();
    }
    return sizes;
  };
  SmallVector<Value> queryGrid = getGrid(getShape());
  SmallVector<Value> keyGrid = getKeys() ? getGrid(*getKeys()) : queryGrid;
  SmallVector<Value> query = unravel(builder, loc, at.query, queryGrid);
  SmallVector<Value> key = unravel(builder, loc, at.key, keyGrid);
  auto isBelow = [&](Value a, Value b) -> Value {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
  };
  Value visible = builder.createOrFold<arith::AndIOp>(
      loc, isBelow(query[0], queryGrid[0]), isBelow(key[0], keyGrid[0]));
  for (unsigned axis = 0; axis < query.size(); ++axis) {
    Value c = query[axis];
    if (getKeys() && keyGrid[axis] != queryGrid[axis] &&
        !(getShape()[axis] == (*getKeys())[axis] &&
          !ShapedType::isDynamic(getShape()[axis])))
      c = moveToKeys(builder, loc, c, queryGrid[axis], keyGrid[axis]);
    visible = builder.createOrFold<arith::AndIOp>(
        loc, visible,
        AxisBuilder(builder, loc, *this, axis)
            .build(c, key[axis], keyGrid[axis]));
  }
  return visible;
}

} // namespace attn
