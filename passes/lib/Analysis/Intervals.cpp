//===- Intervals.cpp - Sums over runs of rows and keys, as IR -------------===//

#include "Intervals.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Boundary.h"
#include "attn/dialect/Attn/Views.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace attn {

Intervals::Intervals(Region &visible, Region &region, RegionKind kind)
    : builder(visible.getContext()), loc(visible.getLoc()) {
  Block *block = builder.createBlock(&region);
  for (unsigned n = 0; n < getNumCoordinates(kind); ++n)
    block->addArgument(builder.getIndexType(), loc);
  Block &from = visible.front();
  for (unsigned n : {0u, 1u})
    clones.map(from.getArgument(n), block->getArgument(n));
  for (unsigned side = 0; side * 2 + 2 < getNumCoordinates(kind); ++side) {
    first[side] = block->getArgument(2 + 2 * side);
    last[side] = block->getArgument(3 + 2 * side);
  }
  for (unsigned side : {0u, 1u})
    coordinates[side] = from.getArgument(2 + side);
  for (BlockArgument capture : from.getArguments().drop_front(4))
    clones.map(capture, block->addArgument(capture.getType(), loc));
  clonesAtFirst = clones;
  for (unsigned side : {0u, 1u})
    if (first[side])
      clonesAtFirst.map(coordinates[side], first[side]);
}

void Intervals::clipKeys(Value value) { last[1] = value; }

void Intervals::setOneRow() {
  isOneRow = true;
  clones.map(coordinates[0], first[0]);
}

Value Intervals::length(Term::Kind side) {
  Value &result = lengths[side == Term::Keys];
  if (!result)
    result =
        LengthOp::create(builder, loc, builder.getIndexType(),
                         side == Term::Queries ? Side::queries : Side::keys);
  return result;
}

Value Intervals::cloneWith(IRMapping &mapping, Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    cloneWith(mapping, operand);
  builder.clone(*op, mapping);
  return mapping.lookup(value);
}

Value Intervals::clone(Value value) { return cloneWith(clones, value); }

Value Intervals::cloneAtFirst(Value value) {
  return cloneWith(clonesAtFirst, value);
}

namespace {
/// The coordinate and the number that `op` divides it by.
std::optional<std::pair<Value, int64_t>> getBlock(Operation *op) {
  APInt size;
  if (!isa<arith::FloorDivSIOp, arith::DivSIOp, arith::DivUIOp>(op) ||
      !matchPattern(op->getOperand(1), m_ConstantInt(&size)) ||
      !size.isStrictlyPositive() || !size.isIntN(31))
    return std::nullopt;
  return std::pair(op->getOperand(0), size.getSExtValue());
}
} // namespace

std::optional<Value> Intervals::emitIsOneBlock(Value value) {
  Value result = truth(true);
  SmallVector<Value> work{value};
  llvm::SmallDenseSet<Value, 16> seen;
  while (!work.empty()) {
    Value next = work.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (llvm::is_contained(coordinates, next))
      return std::nullopt;
    Operation *op = next.getDefiningOp();
    if (!op)
      continue;
    auto block = getBlock(op);
    unsigned side = block && block->first == coordinates[1];
    if (!block || block->first != coordinates[side]) {
      work.append(op->operand_begin(), op->operand_end());
      continue;
    }
    Value size = number(block->second);
    result = make<arith::AndIOp>(
        result, builder.createOrFold<arith::CmpIOp>(
                    loc, arith::CmpIPredicate::eq,
                    make<arith::FloorDivSIOp>(first[side], size),
                    make<arith::FloorDivSIOp>(last[side], size)));
  }
  return result;
}

Value Intervals::emit(const Sum &sum, End end) {
  Value result;
  for (auto [term, coefficient] : sum.terms) {
    bool isPlus = coefficient > 0;
    Value part =
        emitTerm(*term, isPlus == (end == Greatest) ? Greatest : Least);
    int64_t factor = isPlus ? coefficient : -coefficient;
    if (factor != 1)
      part = make<arith::MulIOp>(part, number(factor));
    if (!result && !isPlus)
      result = number(0);
    result = !result  ? part
             : isPlus ? make<arith::AddIOp>(result, part)
                      : make<arith::SubIOp>(result, part);
  }
  if (!result)
    return number(sum.constant);
  return sum.constant ? make<arith::AddIOp>(result, number(sum.constant))
                      : result;
}

/// A true i1 is 1.
Value Intervals::toIndex(Value value) {
  Type index = builder.getIndexType();
  if (value.getType().isInteger(1))
    return builder.createOrFold<arith::IndexCastUIOp>(loc, index, value);
  if (value.getType().isIndex())
    return value;
  return builder.createOrFold<arith::IndexCastOp>(loc, index, value);
}

Value Intervals::emitNumber(Value value) { return toIndex(clone(value)); }

Value Intervals::emitTerm(const Term &term, End end) {
  auto it = known.find(&term);
  if (it != known.end())
    return end == Greatest ? it->second.greatest : it->second.least;
  bool isOpaque = term.kind == Term::Run || term.kind == Term::Box ||
                  term.kind == Term::Unknown;
  if (isOpaque && isOneRow && !term.on.key)
    return emitNumber(term.value);
  switch (term.kind) {
  case Term::Query:
    return end == Greatest ? last[0] : first[0];
  case Term::Key:
    return end == Greatest ? last[1] : first[1];
  case Term::Queries:
  case Term::Keys:
    return length(term.kind);
  case Term::Uniform:
    return emitNumber(term.value);
  case Term::Run:
    return emitRun(term, end);
  case Term::Box:
    return emitBox(term, end);
  case Term::Quotient:
    return make<arith::FloorDivSIOp>(emit(term.a, end), emit(term.b, Least));
  case Term::Product:
    return make<arith::MulIOp>(emit(term.a, end), emit(term.b, Least));
  case Term::Remainder:
    return emitRemainder(term, end);
  case Term::Maximum:
    return make<arith::MaxSIOp>(emit(term.a, end), emit(term.b, end));
  case Term::Minimum:
    return make<arith::MinSIOp>(emit(term.a, end), emit(term.b, end));
  case Term::Absolute:
    return emitAbsolute(term.a, end);
  case Term::Square: {
    Value size = emitAbsolute(term.a, end);
    return make<arith::MulIOp>(size, size);
  }
  case Term::Unknown:
    return number(int64_t(end == Greatest ? term.range.high : term.range.low));
  }
  llvm_unreachable("unknown term");
}

Value Intervals::emitAbsolute(const Sum &sum, End end) {
  Value low = emit(sum, Least), high = emit(sum, Greatest);
  Value zero = number(0);
  if (end == Greatest)
    return make<arith::MaxSIOp>(high, make<arith::SubIOp>(zero, low));
  return make<arith::MaxSIOp>(
      zero, make<arith::MaxSIOp>(low, make<arith::SubIOp>(zero, high)));
}

Value Intervals::emitRun(const Term &term, End end) {
  auto read = term.value.getDefiningOp<ReadOp>();
  unsigned side = read.getIndices().back() == coordinates[1];
  auto range = ReadRangeOp::create(
      builder, loc, read.getType(), read.getType(), clone(read.getTable()),
      ValueRange{clone(read.getIndices().front())}, first[side], last[side]);
  return toIndex(end == Greatest ? range.getMax() : range.getMin());
}

/// Of the whole tile, whatever is known of coordinates: there its corners are
/// pairs, so that reads are inside of the table.
Value Intervals::emitBox(const Term &term, End end) {
  Scope scope(*this);
  known.clear();
  auto read = term.value.getDefiningOp<ReadOp>();
  SmallVector<Value> least, greatest;
  for (const Sum &index : term.indices) {
    least.push_back(emit(index, Least));
    greatest.push_back(getDependence(index).isUniform()
                           ? least.back()
                           : emit(index, Greatest));
  }
  auto box = ReadBoxOp::create(builder, loc, read.getType(), read.getType(),
                               clone(read.getTable()), least, greatest);
  return toIndex(end == Greatest ? box.getMax() : box.getMin());
}

/// Inside one period the remainder grows with its operand; else it is anything.
Value Intervals::emitRemainder(const Term &term, End end) {
  Value low = emit(term.a, Least), high = emit(term.a, Greatest);
  Value divisor = emit(term.b, Least);
  Value from = make<arith::FloorDivSIOp>(low, divisor);
  Value to = make<arith::FloorDivSIOp>(high, divisor);
  Value isOne = builder.createOrFold<arith::CmpIOp>(
      loc, arith::CmpIPredicate::eq, from, to);
  Value inside = make<arith::SubIOp>(end == Greatest ? high : low,
                                     make<arith::MulIOp>(from, divisor));
  Value outside =
      end == Greatest ? make<arith::SubIOp>(divisor, number(1)) : number(0);
  return builder.createOrFold<arith::SelectOp>(loc, isOne, inside, outside);
}

Value Intervals::emitAtMostZero(const Sum &sum, bool forAll) {
  Sum plus, minus;
  for (auto [term, coefficient] : sum.terms) {
    if (coefficient > 0)
      plus.terms.push_back({term, coefficient});
    else
      minus.terms.push_back({term, -coefficient});
  }
  (sum.constant > 0 ? plus : minus).constant =
      sum.constant > 0 ? sum.constant : -sum.constant;
  Value lhs = emit(plus, forAll ? Greatest : Least);
  Value rhs = emit(minus, forAll ? Least : Greatest);
  return builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::sle,
                                             lhs, rhs);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

namespace {

std::string nameOf(BlockArgument argument) {
  constexpr const char *kNames[] = {"b", "h", "i", "j"};
  unsigned number = argument.getArgNumber();
  if (number < 4)
    return kNames[number];
  // The name or letter that the function's argument has in the program.
  Operation *owner = argument.getOwner()->getParentOp();
  if (auto route = dyn_cast<RouteOp>(owner)) {
    Value capture = route.getCaptures()[number - 4];
    std::optional<IndexOrigin> size;
    if (capture.getType().isIndex())
      size = getIndexOrigin(capture);
    if (auto outer = size ? size->argument : getViewedArgument(capture))
      if (auto function =
              dyn_cast<FunctionOpInterface>(outer.getOwner()->getParentOp()))
        return size ? getLetters(function, outer.getArgNumber())[size->axis]
                          .str()
                    : getArgumentName(function, outer.getArgNumber());
  }
  return "table" + std::to_string(number - 4);
}

std::string valueText(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return nameOf(argument);
  Operation *op = value.getDefiningOp();
  APInt constant;
  if (matchPattern(op, m_ConstantInt(&constant)))
    return std::to_string(constant.getSExtValue());
  if (isa<arith::IndexCastOp, arith::ExtSIOp>(op))
    return valueText(op->getOperand(0));
  std::vector<std::string> operands;
  auto read = dyn_cast<ReadOp>(op);
  for (Value operand : read ? ValueRange(read.getIndices()) : op->getOperands())
    operands.push_back(valueText(operand));
  std::string text = llvm::join(operands, ", ");
  return read ? valueText(read.getTable()) + "[" + text + "]"
              : (op->getName().stripDialect() + "(" + text + ")").str();
}

std::string termText(const Term &term, std::optional<Intervals::End> end) {
  auto both = [&](const char *word) {
    return word + ("(" + toText(term.a, end)) + ", " + toText(term.b, end) +
           ")";
  };
  auto group = [&](const Sum &sum) {
    std::string text = toText(sum, end);
    bool isSimple = sum.terms.size() + (sum.constant != 0) <= 1;
    return isSimple ? text : "(" + text + ")";
  };
  switch (term.kind) {
  case Term::Query:
    return !end ? "i" : *end == Intervals::Greatest ? "q1" : "q0";
  case Term::Key:
    return "j";
  case Term::Queries:
    return "Lq";
  case Term::Keys:
    return "Lk";
  case Term::Quotient:
    return "floor(" + group(term.a) + " / " + group(term.b) + ")";
  case Term::Remainder:
    return group(term.a) + " mod " + group(term.b);
  case Term::Product:
    return group(term.a) + " * " + group(term.b);
  case Term::Absolute:
    return "|" + toText(term.a, std::nullopt) + "|";
  case Term::Square:
    return "(" + toText(term.a, std::nullopt) + ")^2";
  case Term::Maximum:
    return both("max");
  case Term::Minimum:
    return both("min");
  case Term::Uniform:
  case Term::Run:
  case Term::Box:
  case Term::Unknown:
    return valueText(term.value);
  }
  llvm_unreachable("unknown term");
}

} // namespace

std::string toText(const Sum &sum, std::optional<Intervals::End> end) {
  std::string text;
  for (auto [term, coefficient] : sum.terms) {
    bool isPlus = coefficient > 0;
    std::optional<Intervals::End> own = end;
    if (end && !isPlus)
      own = *end == Intervals::Least ? Intervals::Greatest : Intervals::Least;
    int64_t factor = isPlus ? coefficient : -coefficient;
    text += text.empty() ? (isPlus ? "" : "-") : isPlus ? " + " : " - ";
    text += (factor == 1 ? "" : std::to_string(factor) + " * ") +
            termText(*term, own);
  }
  if (text.empty())
    return std::to_string(sum.constant);
  if (sum.constant)
    text += (sum.constant > 0 ? " + " : " - ") +
            std::to_string(std::abs(sum.constant));
  return text;
}

} // namespace attn
