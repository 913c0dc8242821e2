//===- Bounds.cpp - Bounds of the key tiles of a route --------------------===//

#include "attn/codegen/Kernel/Bounds.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

Value attn::emitAffine(OpBuilder &b, Location loc, AffineExpr expr,
                       ValueRange dims, ValueRange symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return arith::ConstantIntOp::create(b, loc, b.getI64Type(),
                                        constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value x = emitAffine(b, loc, binary.getLHS(), dims, symbols);
  Value y = emitAffine(b, loc, binary.getRHS(), dims, symbols);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return b.createOrFold<arith::AddIOp>(loc, x, y);
  case AffineExprKind::Mul:
    return b.createOrFold<arith::MulIOp>(loc, x, y);
  case AffineExprKind::FloorDiv:
    return arith::FloorDivSIOp::create(b, loc, x, y);
  case AffineExprKind::CeilDiv:
    return arith::CeilDivSIOp::create(b, loc, x, y);
  default:
    break;
  }
  // x mod y = x - y * floor(x / y), never negative.
  Value floor = arith::FloorDivSIOp::create(b, loc, x, y);
  return b.createOrFold<arith::SubIOp>(
      loc, x, b.createOrFold<arith::MulIOp>(loc, floor, y));
}
