//===- AttnDialect.cpp - Registration of the attn dialect -----------------===//

#include "GridSyntax.h"
#include "MaskParameter.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Boundary.h"
#include "attn/dialect/Attn/Layout.h"
#include "attn/dialect/Attn/Neighborhood.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "attn/dialect/Attn/AttnEnums.cpp.inc"
#include "attn/dialect/Attn/NeighborhoodEnums.cpp.inc"

#include "attn/dialect/Attn/AttnDialect.cpp.inc"

#include "attn/dialect/Attn/AttnInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "attn/dialect/Attn/AttnAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "attn/dialect/Attn/AttnTypes.cpp.inc"

#define GET_OP_CLASSES
#include "attn/dialect/Attn/AttnOps.cpp.inc"
#define GET_OP_CLASSES
#include "attn/dialect/Attn/LayoutOps.cpp.inc"
#define GET_OP_CLASSES
#include "attn/dialect/Attn/NeighborhoodOp.cpp.inc"

namespace attn {

void AttnDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "attn/dialect/Attn/AttnAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "attn/dialect/Attn/AttnTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Attn/AttnOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Attn/LayoutOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Attn/NeighborhoodOp.cpp.inc"
      >();
}

// The rules relate several arguments, so the whole boundary is checked at each
// attribute; the first failure ends verification.
LogicalResult AttnDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                    unsigned,
                                                    NamedAttribute attribute) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    return op->emitError() << "expects '" << attribute.getName().getValue()
                           << "' on an argument or result of a function";
  return verifyBoundary(function);
}

LogicalResult AttnDialect::verifyRegionResultAttribute(
    Operation *op, unsigned region, unsigned index, NamedAttribute attribute) {
  return verifyRegionArgAttribute(op, region, index, attribute);
}

} // namespace attn
