//===- RegionOps.cpp - Rules of regions and of the ops inside -------------===//

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Regions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attn {

unsigned getFirstIndex(RegionKind kind) {
  return kind == RegionKind::Score ? 1 : 0;
}

unsigned getNumCoordinates(RegionKind kind) {
  switch (kind) {
  case RegionKind::Score:
    return 5;
  case RegionKind::Visible:
  case RegionKind::Bounds:
    return 4;
  case RegionKind::Classify:
    return 6;
  }
  llvm_unreachable("unknown region kind");
}

SmallVector<Type> getArgumentTypes(RegionKind kind, TypeRange captures,
                                   MLIRContext *context) {
  SmallVector<Type> types(getNumCoordinates(kind), IndexType::get(context));
  if (kind == RegionKind::Score)
    types.front() = Float32Type::get(context);
  llvm::append_range(types, captures);
  return types;
}

namespace {

StringRef getName(RegionKind kind) {
  switch (kind) {
  case RegionKind::Score:
    return "score";
  case RegionKind::Visible:
    return "visible";
  case RegionKind::Bounds:
    return "bounds";
  case RegionKind::Classify:
    return "classify";
  }
  llvm_unreachable("unknown region kind");
}

SmallVector<Type> getYieldTypes(RegionKind kind, MLIRContext *context) {
  Type i1 = IntegerType::get(context, 1);
  switch (kind) {
  case RegionKind::Score:
    return {Float32Type::get(context)};
  case RegionKind::Visible:
    return {i1};
  case RegionKind::Bounds:
    return SmallVector<Type>(4, IndexType::get(context));
  case RegionKind::Classify:
    return {i1, i1};
  }
  llvm_unreachable("unknown region kind");
}

bool isLegalScalar(Type type) {
  return type.isF32() || type.isF16() || type.isBF16() || type.isIndex() ||
         type.isInteger(1) || type.isInteger(8) || type.isInteger(32) ||
         type.isInteger(64);
}

LogicalResult verifyContents(Region &region, RegionKind kind) {
  auto result = region.walk([&](Operation *inner) -> WalkResult {
    bool isOurs = isa<ReadOp, ReadRangeOp, ReadBoxOp, LengthOp, YieldOp>(inner);
    StringRef dialect = inner->getName().getDialectNamespace();
    if (!isOurs && dialect != "arith" && dialect != "math" &&
        !isa<scf::IfOp, scf::YieldOp>(inner))
      return inner->emitOpError() << "is not legal in a " << getName(kind)
                                  << " region; expected arith, math, scf.if, "
                                     "attn.read or attn.length";
    for (Type type : inner->getResultTypes())
      if (!isLegalScalar(type))
        return inner->emitOpError()
               << "has type " << type << " in a " << getName(kind)
               << " region; expected f32, f16, bf16, i1, i8, i32, i64 or index";
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

} // namespace

LogicalResult verifyRegion(Operation *op, Region &region, RegionKind kind,
                           TypeRange captures) {
  Block &block = region.front();
  SmallVector<Type> expected =
      getArgumentTypes(kind, captures, op->getContext());
  if (!llvm::equal(block.getArgumentTypes(), expected))
    return op->emitOpError()
           << "expects the block arguments of '" << getName(kind) << "' to be ("
           << expected << ") but got (" << block.getArgumentTypes() << ")";
  auto yield =
      dyn_cast_or_null<YieldOp>(block.empty() ? nullptr : &block.back());
  if (!yield)
    return op->emitOpError()
           << "expects '" << getName(kind) << "' to end with attn.yield";
  SmallVector<Type> results = getYieldTypes(kind, op->getContext());
  if (!llvm::equal(yield.getOperandTypes(), results))
    return yield.emitOpError()
           << "expects '" << getName(kind) << "' to yield (" << results
           << ") but got (" << yield.getOperandTypes() << ")";
  return verifyContents(region, kind);
}

//===----------------------------------------------------------------------===//
// ReadOp, ReadRangeOp, ReadBoxOp
//===----------------------------------------------------------------------===//

namespace {
LogicalResult verifyRead(Operation *op, Value table, size_t indices,
                         size_t expected) {
  // read-C1, read_range-C1, read_box-C1
  if (indices != expected)
    return op->emitOpError() << "expects " << expected << " indices for "
                             << table.getType() << " but got " << indices;
  // read-C2
  if (!isa<BlockArgument>(table))
    return op->emitOpError() << "expects its table to be a block argument of "
                                "the region; pass the "
                                "tensor as a capture";
  return success();
}
} // namespace

LogicalResult ReadOp::verify() {
  return verifyRead(*this, getTable(), getIndices().size(),
                    cast<RankedTensorType>(getTable().getType()).getRank());
}

/// read_range-C2, read_box-C2
static LogicalResult verifyIntegers(Operation *op, RankedTensorType table) {
  if (table.getElementType().isInteger())
    return success();
  return op->emitOpError() << "expects a table of integers but got " << table;
}

LogicalResult ReadRangeOp::verify() {
  auto type = cast<RankedTensorType>(getTable().getType());
  if (failed(verifyIntegers(*this, type)))
    return failure();
  return verifyRead(*this, getTable(), getIndices().size(),
                    std::max<int64_t>(type.getRank(), 1) - 1);
}

LogicalResult ReadBoxOp::verify() {
  auto type = cast<RankedTensorType>(getTable().getType());
  if (failed(verifyIntegers(*this, type)))
    return failure();
  return verifyRead(*this, getTable(), getFirst().size(), type.getRank());
}

} // namespace attn
