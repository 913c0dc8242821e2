//===- RegionLegality.cpp - Operations that regions may use ---------------===//

#include "attn/codegen/Kernel/RegionOps.h"

using namespace mlir;
using namespace attn;

namespace {

constexpr StringLiteral kArithOps[] = {
    "addf",    "addi",   "andi",       "ceildivsi",    "ceildivui",
    "cmpf",    "cmpi",   "constant",   "divf",         "divsi",
    "divui",   "extf",   "extsi",      "extui",        "floordivsi",
    "fptosi",  "fptoui", "index_cast", "index_castui", "maximumf",
    "maxnumf", "maxsi",  "maxui",      "minimumf",     "minnumf",
    "minsi",   "minui",  "mulf",       "muli",         "negf",
    "ori",     "remsi",  "remui",      "select",       "shli",
    "shrsi",   "shrui",  "sitofp",     "subf",         "subi",
    "truncf",  "trunci", "uitofp",     "xori"};
constexpr StringLiteral kMathOps[] = {
    "absf",     "absi", "acos",  "asin",  "atan", "atan2", "ceil",
    "copysign", "cos",  "erf",   "exp",   "exp2", "expm1", "floor",
    "fma",      "log",  "log10", "log1p", "log2", "round", "roundeven",
    "rsqrt",    "sin",  "sqrt",  "tanh",  "trunc"};

} // namespace

LogicalResult attn::checkRegionOps(Region &region, StringRef target,
                                   ArrayRef<StringRef> missing) {
  SmallVector<StringRef> math;
  llvm::copy_if(kMathOps, std::back_inserter(math), [&](StringRef name) {
    return !llvm::is_contained(missing, name);
  });
  auto check = [&](Operation *op) -> WalkResult {
    if (isa<ReadOp, LengthOp, YieldOp>(op))
      return WalkResult::advance();
    StringRef dialect = op->getName().getDialectNamespace();
    StringRef name = op->getName().stripDialect();
    if ((dialect == "arith" && llvm::is_contained(kArithOps, name)) ||
        (dialect == "math" && llvm::is_contained(math, name)))
      return WalkResult::advance();
    InFlightDiagnostic diag = op->emitOpError()
                              << "is not supported in regions by target "
                              << target << "; supported are arith.{";
    llvm::interleaveComma(kArithOps, diag);
    diag << "} and math.{";
    llvm::interleaveComma(math, diag);
    diag << "}";
    return WalkResult::interrupt();
  };
  return failure(region.walk(check).wasInterrupted());
}
