//===- NvvmOps.cpp - Verifiers of the attn_nvvm dialect -------------------===//

#include "attn/dialect/Nvvm/Nvvm.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "attn/dialect/Nvvm/NvvmOps.cpp.inc"

namespace attn::nvvm {
namespace {

bool isStructOfF32(Type type, size_t size) {
  auto structType = cast<LLVM::LLVMStructType>(type);
  return structType.getBody().size() == size &&
         llvm::all_of(structType.getBody(), [](Type t) { return t.isF32(); });
}

LogicalResult verifyTied(Operation *op, TypeRange operands) {
  if (llvm::equal(operands, op->getResultTypes()))
    return success();
  return op->emitOpError() << "expects results of the types of its operands ("
                           << operands << ") but got (" << op->getResultTypes()
                           << ")";
}

} // namespace

LogicalResult WgmmaRaOp::verify() {
  // wgmma_ra-C1
  int64_t n = static_cast<int32_t>(getN());
  if (n < 8 || n > 256 || n % 8 != 0)
    return emitOpError()
           << "expects 'n' to be a multiple of 8 from 8 to 256 but "
              "got "
           << n;
  if (!isStructOfF32(getAcc().getType(), n / 2))
    return emitOpError() << "expects 'acc' to be a struct of " << n / 2
                         << " f32 (n / 2) but got " << getAcc().getType();
  // wgmma_ra-C2
  if (!getElement().isF16() && !getElement().isBF16())
    return emitOpError() << "expects 'element' f16 or bf16 but got "
                         << getElement();
  return success();
}

LogicalResult WgmmaFenceOp::verify() {
  // wgmma_fence-C1
  return verifyTied(*this, getOperandTypes());
}

LogicalResult WgmmaWaitOp::verify() {
  // wgmma_wait-C2
  if (getPending() > 7)
    return emitOpError() << "expects 'pending' from 0 to 7 but got "
                         << static_cast<int32_t>(getPending());
  // wgmma_wait-C1
  return verifyTied(*this, getAccs().getTypes());
}

} // namespace attn::nvvm
