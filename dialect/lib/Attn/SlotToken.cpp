//===- SlotToken.cpp - From a slot of a layout to its token ---------------===//

#include "attn/dialect/Attn/Layout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace attn {
namespace {

/// Arithmetic on numbers of 0 or more in the type of the values at hand.
class Arithmetic {
public:
  Arithmetic(OpBuilder &builder, Location loc, Type type)
      : builder(builder), loc(loc), type(type),
        isFloat(isa<FloatType>(getElementTypeOrSelf(type))) {}

  Value number(int64_t value) {
    Type element = getElementTypeOrSelf(type);
    return constant(
        isFloat ? TypedAttr(builder.getFloatAttr(element, double(value)))
                : TypedAttr(builder.getIntegerAttr(element, value)));
  }
  Value add(Value a, Value b) {
    return make<arith::AddIOp, arith::AddFOp>(a, b);
  }
  Value sub(Value a, Value b) {
    return make<arith::SubIOp, arith::SubFOp>(a, b);
  }
  Value mul(Value a, Value b) {
    return make<arith::MulIOp, arith::MulFOp>(a, b);
  }
  Value min(Value a, Value b) {
    return make<arith::MinSIOp, arith::MinNumFOp>(a, b);
  }
  Value divide(Value a, Value b) {
    return isFloat ? divideFloats(a, b)
                   : builder.createOrFold<arith::DivUIOp>(loc, a, b);
  }
  Value remainder(Value a, Value b) {
    return isFloat ? sub(a, mul(divide(a, b), b))
                   : builder.createOrFold<arith::RemUIOp>(loc, a, b);
  }
  Value isBelow(Value a, Value b) {
    if (isFloat)
      return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, a,
                                   b);
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
  }
  Value both(Value a, Value b) {
    return a && b ? builder.createOrFold<arith::AndIOp>(loc, a, b) : a ? a : b;
  }

private:
  template <typename IntegerOp, typename FloatOp>
  Value make(Value a, Value b) {
    return isFloat ? builder.createOrFold<FloatOp>(loc, a, b)
                   : builder.createOrFold<IntegerOp>(loc, a, b);
  }

  /// floor((a + 1/2) * (1 / b)): at least 1 / 2b away from an integer, and for
  /// a below 2^50 the two roundings are less. Vectors have no division of
  /// integers; the inverse is loop-invariant.
  Value divideFloats(Value a, Value b) {
    Value half =
        constant(builder.getFloatAttr(getElementTypeOrSelf(type), 0.5));
    Value inverse = builder.createOrFold<arith::DivFOp>(loc, number(1), b);
    return math::FloorOp::create(builder, loc, mul(add(a, half), inverse));
  }

  Value constant(TypedAttr value) {
    if (auto shaped = dyn_cast<ShapedType>(type))
      value = DenseElementsAttr::get(shaped, value);
    return arith::ConstantOp::create(builder, loc, value);
  }

  OpBuilder &builder;
  Location loc;
  Type type;
  bool isFloat;
};

/// Takes a mixed-radix number apart, last digit first.
class Digits {
public:
  Digits(Arithmetic &in, Value number) : in(in), rest(number) {}

  /// The next digit; null: 0, of a place that has one value.
  Value take(Value radix) {
    Value digit = in.remainder(rest, radix);
    rest = in.divide(rest, radix);
    return digit;
  }
  Value take(int64_t radix) {
    return radix == 1 ? Value() : take(in.number(radix));
  }
  Value getRest() const { return rest; }

private:
  Arithmetic &in;
  Value rest;
};

/// From a slot to the coordinate of each axis before the shift, and the digits
/// that it is made of.
SmallVector<Value> buildPlaces(Arithmetic &in, LayoutGridOp layout, Value slot,
                               ArrayRef<Value> sizes, SlotToken &result) {
  unsigned axes = sizes.size();
  SmallVector<Value> places(axes), tiles(axes), residues(axes);
  Digits digits(in, slot);
  for (unsigned axis = axes; axis-- > 0;)
    places[axis] = digits.take(layout.getAxisTile(axis));
  // Nothing stands before the first axis that has more than one residue.
  std::optional<unsigned> firstResidue;
  for (unsigned axis = axes; axis-- > 0;)
    if (layout.getAxisDilation(axis) != 1)
      firstResidue = axis;
  for (unsigned axis = axes; axis-- > 0;) {
    int64_t block = layout.getAxisTile(axis) * layout.getAxisDilation(axis);
    Value count =
        in.divide(in.add(sizes[axis], in.number(block - 1)), in.number(block));
    bool isLast = axis == 0 && !firstResidue;
    tiles[axis] = isLast ? digits.getRest() : digits.take(count);
  }
  for (unsigned axis = axes; firstResidue && axis-- > *firstResidue;)
    residues[axis] = axis == *firstResidue
                         ? digits.getRest()
                         : digits.take(layout.getAxisDilation(axis));
  auto scale = [&](Value x, int64_t factor) {
    return factor == 1 ? x : in.mul(x, in.number(factor));
  };
  for (unsigned axis = 0; axis < axes; ++axis) {
    int64_t tile = layout.getAxisTile(axis),
            dilation = layout.getAxisDilation(axis);
    Value x = scale(tiles[axis], tile);
    if (places[axis]) {
      x = in.add(x, places[axis]);
      result.digits.push_back({places[axis], tile});
    }
    x = scale(x, dilation);
    if (residues[axis]) {
      x = in.add(x, residues[axis]);
      result.digits.push_back({residues[axis], dilation});
    }
    places[axis] = x;
  }
  return places;
}

/// May a slot be padding because of this axis?
bool mayPadAxis(LayoutGridOp layout, unsigned axis) {
  int64_t block = layout.getAxisTile(axis) * layout.getAxisDilation(axis);
  int64_t size = layout.getShape()[axis];
  return block != 1 && (ShapedType::isDynamic(size) || size % block != 0);
}

} // namespace

SlotToken buildSlotToken(OpBuilder &builder, Location loc, LayoutGridOp layout,
                         Value slot, ArrayRef<Value> sizes, Padding padding) {
  Arithmetic in(builder, loc, slot.getType());
  SlotToken result;
  for (auto [axis, place] :
       llvm::enumerate(buildPlaces(in, layout, slot, sizes, result))) {
    Value x = place, size = sizes[axis];
    if (mayPadAxis(layout, axis)) {
      result.exists = in.both(result.exists, in.isBelow(x, size));
      if (padding == Padding::Nearest)
        x = in.min(x, in.sub(size, in.number(1)));
    }
    if (int64_t shift = layout.getAxisShift(axis))
      x = in.remainder(in.add(x, in.number(shift)), size);
    result.coordinates.push_back(x);
    result.token = result.token ? in.add(in.mul(result.token, size), x) : x;
    result.rows.push_back(result.token);
  }
  return result;
}

bool mayPad(LayoutGridOp layout) {
  for (unsigned axis = 0; axis < layout.getShape().size(); ++axis)
    if (mayPadAxis(layout, axis))
      return true;
  return false;
}

Value buildNumSlots(OpBuilder &builder, Location loc, LayoutGridOp layout,
                    ArrayRef<Value> sizes) {
  Arithmetic in(builder, loc, sizes.front().getType());
  Value slots;
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    int64_t block = layout.getAxisTile(axis) * layout.getAxisDilation(axis);
    Value places = size;
    if (mayPadAxis(layout, axis)) {
      Value blocks =
          in.divide(in.add(size, in.number(block - 1)), in.number(block));
      places = in.mul(blocks, in.number(block));
    }
    slots = slots ? in.mul(slots, places) : places;
  }
  return slots;
}

Value buildNumPoints(OpBuilder &builder, Location loc, ArrayRef<Value> sizes) {
  Value points = sizes.front();
  for (Value size : sizes.drop_front())
    points = builder.createOrFold<arith::MulIOp>(loc, points, size);
  return points;
}

} // namespace attn
