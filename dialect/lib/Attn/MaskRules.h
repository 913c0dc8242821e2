//===- MaskRules.h - What verifiers and predicates of masks share -*- C++
//-*-===//

#ifndef ATTN_DIALECT_LIB_ATTN_MASKRULES_H
#define ATTN_DIALECT_LIB_ATTN_MASKRULES_H

#include "attn/dialect/Attn/Attn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace attn {

/// p = i + Lk - Lq, the bottom-right aligned position.
mlir::Value buildPosition(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value query);
mlir::Value buildCompare(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::arith::CmpIPredicate predicate, mlir::Value lhs,
                         mlir::Value rhs);
/// A parameter as an index: the number, else `table[h]`.
mlir::Value buildParameter(mlir::OpBuilder &builder, mlir::Location loc,
                           const PairCoordinates &at,
                           std::optional<int64_t> number, mlir::Value table);

/// Tables have as many axes as their rules, and integers of one of `widths`.
mlir::LogicalResult verifyTables(MaskOpInterface op,
                                 llvm::ArrayRef<unsigned> widths = {32});
mlir::LogicalResult verifyGivenOnce(mlir::Operation *op, llvm::StringRef name,
                                    std::optional<uint64_t> number,
                                    mlir::Value table);
/// Checks a number of keys, at least `least` and below 2^31.
mlir::LogicalResult verifyCount(mlir::Operation *op, llvm::StringRef name,
                                std::optional<uint64_t> number, int64_t least,
                                llvm::StringRef advice = "");
mlir::LogicalResult verifyOffset(mlir::Operation *op,
                                 std::optional<uint64_t> offset);

/// Rules of tables [Hq]; those that are null are left out.
llvm::SmallVector<TableRule>
makeHeadRules(llvm::ArrayRef<std::pair<mlir::Value, llvm::StringRef>> tables);

} // namespace attn

#endif // ATTN_DIALECT_LIB_ATTN_MASKRULES_H
