//===- Boundary.h - Names and letters of function arguments -----*- C++ -*-===//
//
// The function boundary of a program: `attn.name`, `attn.shape`, `attn.random`
// on arguments and results. Source: dialect/README.md, "Function boundary".
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_BOUNDARY_H
#define ATTN_DIALECT_ATTN_BOUNDARY_H

#include "mlir/Interfaces/FunctionInterfaces.h"

namespace attn {

inline constexpr llvm::StringLiteral kNameAttr = "attn.name";
inline constexpr llvm::StringLiteral kShapeAttr = "attn.shape";
inline constexpr llvm::StringLiteral kRandomAttr = "attn.random";

/// `attn.name` of argument `index`, else "arg<index>".
std::string getArgumentName(mlir::FunctionOpInterface function, unsigned index);

/// `attn.name` of result `index`, else "result<index>".
std::string getResultName(mlir::FunctionOpInterface function, unsigned index);

/// Letters of argument `index`, one per axis; empty if it has no `attn.shape`.
llvm::SmallVector<llvm::StringRef>
getLetters(mlir::FunctionOpInterface function, unsigned index);

/// Checks rules boundary-C1 to boundary-C5 of the whole function.
llvm::LogicalResult verifyBoundary(mlir::FunctionOpInterface function);

} // namespace attn

#endif // ATTN_DIALECT_ATTN_BOUNDARY_H
