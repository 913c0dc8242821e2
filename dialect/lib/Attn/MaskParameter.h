//===- MaskParameter.h - How parameters of masks are written ----*- C++ -*-===//
//
// A parameter of a mask atom is a number for all heads or a table with one
// number per query head: `offset(-1)`, `offset(%offsets : tensor<8xi32>)`.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_LIB_ATTN_MASKPARAMETER_H
#define ATTN_DIALECT_LIB_ATTN_MASKPARAMETER_H

#include "mlir/IR/OpImplementation.h"

namespace attn {

constexpr llvm::StringLiteral kOffset = "offset", kLeft = "left",
                              kRight = "right", kCount = "count",
                              kSize = "size";

/// The directive `custom<Parameter>` of MaskOps.td. Absent: both stay null.
mlir::ParseResult
parseParameter(mlir::OpAsmParser &parser, llvm::StringRef keyword,
               mlir::IntegerAttr &number,
               std::optional<mlir::OpAsmParser::UnresolvedOperand> &table,
               mlir::Type &type);
void printParameter(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                    llvm::StringRef keyword, mlir::IntegerAttr number,
                    mlir::Value table, mlir::Type type);

} // namespace attn

#endif // ATTN_DIALECT_LIB_ATTN_MASKPARAMETER_H
