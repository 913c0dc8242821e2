//===- MaskOps.cpp - Mask family: verifiers and predicates ----------------===//
//
// Each atom says one thing: the predicate of one pair. Tile classes and ranges
// follow from it (passes/lib/Analysis).
//
//===----------------------------------------------------------------------===//

#include "MaskRules.h"

#include "attn/dialect/Attn/Regions.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn {

StringRef getLetter(TableAxis axis) {
  switch (axis) {
  case TableAxis::Batch:
    return "B";
  case TableAxis::QueryHead:
    return "Hq";
  case TableAxis::Query:
    return "Lq";
  case TableAxis::Key:
    return "Lk";
  }
  llvm_unreachable("unknown axis");
}

bool TableRule::allows(unsigned axis, int64_t found, int64_t size) const {
  int64_t block = getBlock(axis);
  return block ? found >= llvm::divideCeilSigned(size, block) : found == size;
}

std::string getLetters(const TableRule &rule) {
  std::vector<std::string> letters;
  for (auto [n, axis] : llvm::enumerate(rule.axes)) {
    letters.push_back(getLetter(axis).str());
    if (int64_t block = rule.getBlock(n))
      letters.back() = "ceil(" + letters.back() + " / " +
                       std::to_string(block) + ") or more";
  }
  return "[" + llvm::join(letters, ", ") + "]";
}

Value buildPosition(OpBuilder &builder, Location loc, Value query) {
  Value lk = LengthOp::create(builder, loc, builder.getIndexType(), Side::keys);
  Value lq =
      LengthOp::create(builder, loc, builder.getIndexType(), Side::queries);
  Value shift = arith::SubIOp::create(builder, loc, lk, lq);
  return arith::AddIOp::create(builder, loc, query, shift);
}

Value buildCompare(OpBuilder &builder, Location loc,
                   arith::CmpIPredicate predicate, Value lhs, Value rhs) {
  return arith::CmpIOp::create(builder, loc, predicate, lhs, rhs);
}

namespace {
/// table[index] as an index.
Value readNumber(OpBuilder &builder, Location loc, Value table, Value index) {
  Value number = ReadOp::create(builder, loc, builder.getI32Type(), table,
                                ValueRange{index});
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                    number);
}
} // namespace

Value buildParameter(OpBuilder &builder, Location loc,
                     const PairCoordinates &at, std::optional<int64_t> number,
                     Value table) {
  if (number)
    return arith::ConstantIndexOp::create(builder, loc, *number);
  return readNumber(builder, loc, table, at.head);
}

static LogicalResult verifyTable(Operation *op, const TableRule &rule,
                                 ArrayRef<unsigned> widths) {
  auto type = cast<RankedTensorType>(rule.table.getType());
  bool isLegal = llvm::any_of(widths, [&](unsigned width) {
    return type.getElementType().isInteger(width);
  });
  if (type.getRank() == static_cast<int64_t>(rule.axes.size()) && isLegal)
    return success();
  InFlightDiagnostic diag = op->emitOpError()
                            << "expects '" << rule.name << "' of shape "
                            << getLetters(rule) << " and element type ";
  llvm::interleave(
      widths, diag, [&](unsigned width) { diag << "i" << width; }, " or ");
  return diag << " but got " << type;
}

LogicalResult verifyTables(MaskOpInterface op, ArrayRef<unsigned> widths) {
  for (const TableRule &rule : op.getTableRules())
    if (failed(verifyTable(op, rule, widths)))
      return failure();
  return success();
}

LogicalResult verifyGivenOnce(Operation *op, StringRef name,
                              std::optional<uint64_t> number, Value table) {
  if (!number || !table)
    return success();
  return op->emitOpError() << "expects '" << name
                           << "' as a number or as a table but got both";
}

LogicalResult verifyCount(Operation *op, StringRef name,
                          std::optional<uint64_t> number, int64_t least,
                          StringRef advice) {
  if (!number ||
      (llvm::isUInt<31>(*number) && static_cast<int64_t>(*number) >= least))
    return success();
  return op->emitOpError() << "expects '" << name << "' of " << least
                           << " keys or more, below 2^31, but got "
                           << static_cast<int64_t>(*number) << advice;
}

LogicalResult verifyOffset(Operation *op, std::optional<uint64_t> offset) {
  if (!offset || llvm::isInt<32>(static_cast<int64_t>(*offset)))
    return success();
  return op->emitOpError() << "expects an 'offset' of 32 bits but got "
                           << static_cast<int64_t>(*offset);
}

SmallVector<TableRule>
makeHeadRules(ArrayRef<std::pair<Value, StringRef>> tables) {
  SmallVector<TableRule> rules;
  for (auto [table, name] : tables)
    if (table)
      rules.push_back({table, name, {TableAxis::QueryHead}});
  return rules;
}

//===----------------------------------------------------------------------===//
// MaskCausalOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskCausalOp::getTableRules() {
  return makeHeadRules({{getOffsets(), "offsets"}});
}

LogicalResult MaskCausalOp::verify() {
  // mask.causal-C1
  if (failed(verifyOffset(*this, getOffset())))
    return failure();
  // mask.causal-C2
  if (failed(verifyGivenOnce(*this, "offset", getOffset(), getOffsets())))
    return failure();
  return verifyTables(*this);
}

Value MaskCausalOp::buildVisible(OpBuilder &builder, Location loc,
                                 const PairCoordinates &at, ValueRange tables,
                                 ValueRange) {
  Value last = buildPosition(builder, loc, at.query);
  if (!tables.empty() || getOffset().value_or(0) != 0) {
    Value offset = buildParameter(builder, loc, at, getOffset(),
                                  tables.empty() ? Value() : tables.front());
    last = arith::AddIOp::create(builder, loc, last, offset);
  }
  return buildCompare(builder, loc, arith::CmpIPredicate::sle, at.key, last);
}

//===----------------------------------------------------------------------===//
// MaskWindowOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskWindowOp::getTableRules() {
  return makeHeadRules({{getLefts(), "lefts"}, {getRights(), "rights"}});
}

LogicalResult MaskWindowOp::verify() {
  // mask.window-C2
  if (!getLeft() && !getRight() && !getLefts() && !getRights())
    return emitOpError() << "expects 'left', 'right' or both but got neither; "
                            "without a mask every key is visible";
  // mask.window-C1
  constexpr StringLiteral advice = "; leave it out for an unbounded side";
  if (failed(verifyCount(*this, "left", getLeft(), 0, advice)) ||
      failed(verifyCount(*this, "right", getRight(), 0, advice)))
    return failure();
  // mask.window-C3
  if (failed(verifyGivenOnce(*this, "left", getLeft(), getLefts())) ||
      failed(verifyGivenOnce(*this, "right", getRight(), getRights())))
    return failure();
  return verifyTables(*this);
}

Value MaskWindowOp::buildVisible(OpBuilder &builder, Location loc,
                                 const PairCoordinates &at, ValueRange tables,
                                 ValueRange) {
  Value position = buildPosition(builder, loc, at.query);
  SmallVector<Value> sides;
  if (getLeft() || getLefts()) {
    Value left = buildParameter(builder, loc, at, getLeft(),
                                getLefts() ? tables.front() : Value());
    Value first = arith::SubIOp::create(builder, loc, position, left);
    sides.push_back(
        buildCompare(builder, loc, arith::CmpIPredicate::sge, at.key, first));
  }
  if (getRight() || getRights()) {
    Value right = buildParameter(builder, loc, at, getRight(),
                                 getRights() ? tables.back() : Value());
    Value last = arith::AddIOp::create(builder, loc, position, right);
    sides.push_back(
        buildCompare(builder, loc, arith::CmpIPredicate::sle, at.key, last));
  }
  if (sides.size() == 1)
    return sides.front();
  return arith::AndIOp::create(builder, loc, sides[0], sides[1]);
}

//===----------------------------------------------------------------------===//
// MaskFirstOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskFirstOp::getTableRules() {
  return makeHeadRules({{getCounts(), "counts"}});
}

LogicalResult MaskFirstOp::verify() {
  // mask.first-C1
  if (failed(verifyCount(*this, "count", getCount(), 0)))
    return failure();
  // mask.first-C2
  if (!getCount() && !getCounts())
    return emitOpError() << "expects 'count' as a number or as a table but got "
                            "neither";
  if (failed(verifyGivenOnce(*this, "count", getCount(), getCounts())))
    return failure();
  return verifyTables(*this);
}

Value MaskFirstOp::buildVisible(OpBuilder &builder, Location loc,
                                const PairCoordinates &at, ValueRange tables,
                                ValueRange) {
  Value count = buildParameter(builder, loc, at, getCount(),
                               tables.empty() ? Value() : tables.front());
  return buildCompare(builder, loc, arith::CmpIPredicate::slt, at.key, count);
}

//===----------------------------------------------------------------------===//
// MaskPrefixOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskPrefixOp::getTableRules() {
  return {{getPrefix(), "prefix", {TableAxis::Batch}}};
}

// mask.prefix-C1
LogicalResult MaskPrefixOp::verify() { return verifyTables(*this); }

Value MaskPrefixOp::buildVisible(OpBuilder &builder, Location loc,
                                 const PairCoordinates &at, ValueRange tables,
                                 ValueRange) {
  Value count = readNumber(builder, loc, tables.front(), at.batch);
  return buildCompare(builder, loc, arith::CmpIPredicate::slt, at.key, count);
}

//===----------------------------------------------------------------------===//
// MaskBlockOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskBlockOp::getTableRules() {
  return makeHeadRules({{getSizes(), "sizes"}});
}

LogicalResult MaskBlockOp::verify() {
  // mask.block-C1
  if (failed(verifyCount(*this, "size", getSize(), 1)))
    return failure();
  // mask.block-C2
  if (!getSize() && !getSizes())
    return emitOpError() << "expects 'size' as a number or as a table but got "
                            "neither";
  if (failed(verifyGivenOnce(*this, "size", getSize(), getSizes())))
    return failure();
  return verifyTables(*this);
}

Value MaskBlockOp::buildVisible(OpBuilder &builder, Location loc,
                                const PairCoordinates &at, ValueRange tables,
                                ValueRange) {
  Value size = buildParameter(builder, loc, at, getSize(),
                              tables.empty() ? Value() : tables.front());
  if (!tables.empty()) {
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    size = arith::MaxSIOp::create(builder, loc, size, one);
  }
  Value position = buildPosition(builder, loc, at.query);
  Value own = arith::FloorDivSIOp::create(builder, loc, position, size);
  Value block = arith::FloorDivSIOp::create(builder, loc, at.key, size);
  return buildCompare(builder, loc, arith::CmpIPredicate::eq, own, block);
}

//===----------------------------------------------------------------------===//
// MaskDocumentOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskDocumentOp::getTableRules() {
  return {{getQueryIds(), "queryIds", {TableAxis::Batch, TableAxis::Query}},
          {getKeyIds(), "keyIds", {TableAxis::Batch, TableAxis::Key}}};
}

// mask.document-C1
LogicalResult MaskDocumentOp::verify() { return verifyTables(*this); }

Value MaskDocumentOp::buildVisible(OpBuilder &builder, Location loc,
                                   const PairCoordinates &at, ValueRange tables,
                                   ValueRange) {
  Type i32 = builder.getI32Type();
  Value query = ReadOp::create(builder, loc, i32, tables[0],
                               ValueRange{at.batch, at.query});
  Value key = ReadOp::create(builder, loc, i32, tables[1],
                             ValueRange{at.batch, at.key});
  return buildCompare(builder, loc, arith::CmpIPredicate::eq, query, key);
}

//===----------------------------------------------------------------------===//
// MaskFreeOp
//===----------------------------------------------------------------------===//

SmallVector<TableRule> MaskFreeOp::getTableRules() { return {}; }

// mask.free-C1, mask.free-C2
LogicalResult MaskFreeOp::verify() {
  return verifyRegion(*this, getPredicate(), RegionKind::Visible,
                      getCaptures().getTypes());
}

Value MaskFreeOp::buildVisible(OpBuilder &builder, Location,
                               const PairCoordinates &at, ValueRange tables,
                               ValueRange) {
  Block &block = getPredicate().front();
  IRMapping values;
  SmallVector<Value> arguments{at.batch, at.head, at.query, at.key};
  llvm::append_range(arguments, tables);
  values.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator())
    builder.clone(op, values);
  return values.lookup(block.getTerminator()->getOperand(0));
}

//===----------------------------------------------------------------------===//
// MaskAndOp, MaskOrOp, MaskNotOp
//===----------------------------------------------------------------------===//

namespace {
/// mask.and-C1, mask.or-C1
LogicalResult verifyConnective(Operation *op) {
  if (op->getNumOperands() >= 2)
    return success();
  return op->emitOpError() << "expects two masks or more but got "
                           << op->getNumOperands();
}

template <typename ConnectiveOp>
Value combine(OpBuilder &builder, Location loc, ValueRange masks) {
  Value result = masks.front();
  for (Value mask : masks.drop_front())
    result = ConnectiveOp::create(builder, loc, result, mask);
  return result;
}
} // namespace

LogicalResult MaskAndOp::verify() { return verifyConnective(*this); }
LogicalResult MaskOrOp::verify() { return verifyConnective(*this); }

Value MaskAndOp::buildVisible(OpBuilder &builder, Location loc,
                              const PairCoordinates &, ValueRange,
                              ValueRange masks) {
  return combine<arith::AndIOp>(builder, loc, masks);
}

Value MaskOrOp::buildVisible(OpBuilder &builder, Location loc,
                             const PairCoordinates &, ValueRange,
                             ValueRange masks) {
  return combine<arith::OrIOp>(builder, loc, masks);
}

Value MaskNotOp::buildVisible(OpBuilder &builder, Location loc,
                              const PairCoordinates &, ValueRange,
                              ValueRange masks) {
  Value one = arith::ConstantIntOp::create(builder, loc, 1, 1);
  return arith::XOrIOp::create(builder, loc, masks.front(), one);
}

} // namespace attn
