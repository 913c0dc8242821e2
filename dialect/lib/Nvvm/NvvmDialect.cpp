//===- NvvmDialect.cpp - Registration of the attn_nvvm dialect ------------===//

#include "attn/dialect/Nvvm/Nvvm.h"

#include "attn/dialect/Nvvm/NvvmDialect.cpp.inc"

void attn::nvvm::AttnNvvmDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Nvvm/NvvmOps.cpp.inc"
      >();
}

namespace {

using namespace mlir;

bool isSharedBytes(Attribute value) {
  auto bytes = dyn_cast<IntegerAttr>(value);
  return bytes && bytes.getType().isInteger(64) && bytes.getInt() >= 0;
}

bool areRoles(Attribute value) {
  auto roles = dyn_cast<DictionaryAttr>(value);
  return roles && llvm::all_of(roles, [](NamedAttribute role) {
           auto warps = dyn_cast<DenseI32ArrayAttr>(role.getValue());
           return warps && warps.size() == 2 && warps[0] >= 0 && warps[1] > 0;
         });
}

} // namespace

LogicalResult attn::nvvm::AttnNvvmDialect::verifyOperationAttribute(
    Operation *op, NamedAttribute attribute) {
  struct Row {
    StringRef name;
    bool (*isGood)(Attribute);
    StringRef expected;
  };
  static const Row rows[] = {
      {kRolesAttr, areRoles,
       "names with array<i32: first warp, number of warps>"},
      {kSharedBytesAttr, isSharedBytes, "an i64 of 0 or more"}};
  for (const Row &row : rows) {
    if (attribute.getName() != row.name)
      continue;
    if (row.isGood(attribute.getValue()))
      return success();
    return op->emitOpError()
           << "expects '" << row.name << "' to be " << row.expected
           << " but got " << attribute.getValue();
  }
  return op->emitOpError() << "has an attribute that attn_nvvm does not know: "
                           << attribute.getName();
}
