//===- Bf16Bits.cpp - bf16 as integers ------------------------------------===//

#include "Bf16Bits.h"

#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;

namespace attn::sim {
namespace {

/// Ops that move values without looking at them.
bool onlyMoves(Operation *op) {
  return isa<LLVM::LoadOp, LLVM::StoreOp, LLVM::BitcastOp,
             LLVM::InsertElementOp, LLVM::ExtractElementOp,
             LLVM::ShuffleVectorOp, LLVM::InsertValueOp, LLVM::ExtractValueOp,
             LLVM::SelectOp, LLVM::FreezeOp, LLVM::UndefOp, LLVM::PoisonOp,
             LLVM::ZeroOp, LLVM::ConstantOp, LLVM::GEPOp, LLVM::AllocaOp,
             LLVM::BrOp, LLVM::CondBrOp, LLVM::SwitchOp, LLVM::CallOp,
             LLVM::ReturnOp>(op);
}

bool holdsBf16(Type type) {
  bool found = false;
  type.walk([&](BFloat16Type) { found = true; });
  return found;
}

bool touchesBf16(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), holdsBf16) ||
         llvm::any_of(op->getResultTypes(), holdsBf16);
}

/// The bits of a constant.
Attribute bitsOf(Attribute value) {
  auto *context = value.getContext();
  if (auto number = dyn_cast<FloatAttr>(value))
    if (number.getType().isBF16())
      return IntegerAttr::get(IntegerType::get(context, 16),
                              number.getValue().bitcastToAPInt());
  if (auto dense = dyn_cast<DenseFPElementsAttr>(value))
    if (dense.getElementType().isBF16())
      return dense.bitcast(IntegerType::get(context, 16));
  return value;
}
} // namespace

LogicalResult replaceBf16ByBits(LLVM::LLVMFuncOp function) {
  auto result = function.walk([](Operation *op) {
    if (!touchesBf16(op) || onlyMoves(op))
      return WalkResult::advance();
    op->emitError() << "device sim does not know '" << op->getName()
                    << "' of bf16; expected f32 and a conversion";
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  AttrTypeReplacer replacer;
  replacer.addReplacement([](BFloat16Type type) -> std::optional<Type> {
    return IntegerType::get(type.getContext(), 16);
  });
  function.walk([&](LLVM::ConstantOp constant) {
    constant.setValueAttr(bitsOf(constant.getValue()));
  });
  replacer.recursivelyReplaceElementsIn(function, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
  return success();
}

} // namespace attn::sim
