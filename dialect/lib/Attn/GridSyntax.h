//===- GridSyntax.h - How grids and lists per axis are written --*- C++ -*-===//
//
// Directives of NeighborhoodOp.td: `shape(30, %w) keys(15, 20)`, sizes that are
// numbers or values, and `window(7, 5)`, `causal(false, true)`.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_LIB_ATTN_GRIDSYNTAX_H
#define ATTN_DIALECT_LIB_ATTN_GRIDSYNTAX_H

#include "mlir/IR/OpImplementation.h"

namespace attn {

constexpr llvm::StringLiteral kShape = "shape", kKeys = "keys",
                              kWindow = "window", kStride = "stride",
                              kDilation = "dilation", kCausal = "causal",
                              kTile = "tile", kShift = "shift";

/// `custom<Grids>`: values stand in `sizes` in the order of the text.
mlir::ParseResult
parseGrids(mlir::OpAsmParser &parser, mlir::DenseI64ArrayAttr &shape,
           mlir::DenseI64ArrayAttr &keys,
           llvm::SmallVectorImpl<mlir::OpAsmParser::UnresolvedOperand> &sizes);
void printGrids(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                mlir::DenseI64ArrayAttr shape, mlir::DenseI64ArrayAttr keys,
                mlir::OperandRange sizes);

/// `custom<Grid>`: a shape alone.
mlir::ParseResult
parseGrid(mlir::OpAsmParser &parser, mlir::DenseI64ArrayAttr &shape,
          llvm::SmallVectorImpl<mlir::OpAsmParser::UnresolvedOperand> &sizes);
void printGrid(mlir::OpAsmPrinter &printer, mlir::Operation *op,
               mlir::DenseI64ArrayAttr shape, mlir::OperandRange sizes);

/// `custom<PerAxis>`. Absent: null.
mlir::ParseResult parsePerAxis(mlir::OpAsmParser &parser,
                               llvm::StringRef keyword,
                               mlir::DenseI64ArrayAttr &numbers);
mlir::ParseResult parsePerAxis(mlir::OpAsmParser &parser,
                               llvm::StringRef keyword,
                               mlir::DenseBoolArrayAttr &truths);
void printPerAxis(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                  llvm::StringRef keyword, mlir::DenseI64ArrayAttr numbers);
void printPerAxis(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                  llvm::StringRef keyword, mlir::DenseBoolArrayAttr truths);

} // namespace attn

#endif // ATTN_DIALECT_LIB_ATTN_GRIDSYNTAX_H
