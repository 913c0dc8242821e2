//===- NvvmDialect.cpp - Registration of the attn_nvvm dialect ------------===//

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

#include "attn/dialect/Nvvm/NvvmDialect.cpp.inc"

void attn::nvvm::AttnNvvmDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Nvvm/NvvmOps.cpp.inc"
      >();
}

namespace {

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

/// Rank of the box that `op` copies; 0 if it copies none.
size_t getBoxRank(Operation *op) {
  if (auto load = dyn_cast<NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp>(op))
    return load.getCoordinates().size();
  if (auto store = dyn_cast<NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp>(op))
    return store.getCoordinates().size();
  return 0;
}

/// Rules of `may_leave` and `may_begin`.
LogicalResult verifyBoxAxes(Operation *op, StringRef name, Attribute value) {
  int64_t rank = int64_t(getBoxRank(op));
  if (!rank)
    return op->emitOpError()
           << "has '" << name << "', which is for tensor copies of nvvm";
  auto axes = dyn_cast<DenseI32ArrayAttr>(value);
  if (axes && llvm::all_of(axes.asArrayRef(), [&](int32_t axis) {
        return axis >= 0 && axis < rank;
      }))
    return success();
  return op->emitOpError() << "expects '" << name
                           << "' to be array<i32: ...> of axes from 0 to "
                           << rank - 1 << " but got " << value;
}
} // namespace

LogicalResult attn::nvvm::AttnNvvmDialect::verifyOperationAttribute(
    Operation *op, NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == kMayLeaveAttr || name == kMayBeginAttr)
    return verifyBoxAxes(op, name, attribute.getValue());
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
