//===- Instructions.cpp - attn_nvvm as assembly ---------------------------===//
//
// Constraint strings of LLVM: "=f" an f32 result, "r" an i32 operand, a number
// ties an operand to the result of that position. Tied operands come first in
// fence and wait, last in wgmma.
//
//===----------------------------------------------------------------------===//

#include "Instructions.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace attn::nvptx;

namespace {

class InstructionEmitter {
public:
  explicit InstructionEmitter(Operation *op) : b(op), loc(op->getLoc()) {}

  void emit(attn::nvvm::WgmmaRaOp op) {
    int64_t n = op.getN(), registers = n / 2;
    std::string text, element = op.getElement().isBF16() ? "bf16" : "f16";
    text = llvm::formatv(
        "wgmma.mma_async.sync.aligned.m64n{0}k16.f32.{1}.{1} {{", n, element);
    for (int64_t i = 0; i < registers; ++i)
      text += (i ? ", $" : "$") + std::to_string(i);
    text +=
        llvm::formatv("}, {{${0}, ${1}, ${2}, ${3}}, ${4}, 1, 1, 1, {5};",
                      registers, registers + 1, registers + 2, registers + 3,
                      registers + 4, op.getTransposed() ? 1 : 0);
    SmallVector<Value> operands{op.getA0(), op.getA1(), op.getA2(), op.getA3(),
                                op.getDescB()};
    std::string constraints = repeat("=f", registers) + ",r,r,r,r,l";
    for (int64_t i = 0; i < registers; ++i)
      constraints += "," + std::to_string(i);
    append(operands, op.getAcc());
    op.replaceAllUsesWith(
        assemble(op.getResult().getType(), operands, text, constraints));
  }

  /// Results are the tied operands: all f32 of the structs, then the i32.
  void emit(attn::nvvm::WgmmaFenceOp op) {
    emitTied(op, op.getAccs(), op.getFragments(), {},
             "wgmma.fence.sync.aligned;");
  }

  void emit(attn::nvvm::WgmmaWaitOp op) {
    emitTied(
        op, op.getAccs(), {}, op.getKept(),
        llvm::formatv("wgmma.wait_group.sync.aligned {0};", op.getPending())
            .str());
  }

  void emit(attn::nvvm::AnchorOp op) {
    for (Value value : op.getValues())
      assemble(Type(), value, "// keep $0", "f");
  }

  void emit(attn::nvvm::PinOp op) {
    Type type = op.getType();
    if (auto address = op.getX().getDefiningOp<LLVM::AddressOfOp>()) {
      std::string text = ("mov.u64 $0, " + address.getGlobalName() + ";").str();
      op.replaceAllUsesWith(assemble(type, {}, text, "=l"));
      return;
    }
    op.replaceAllUsesWith(assemble(type, op.getX(), "// here $0",
                                   type.isInteger(32) ? "=r,0" : "=l,0"));
  }

  void emit(attn::nvvm::Ex2Op op) {
    auto call = LLVM::CallIntrinsicOp::create(
        b, loc, op.getType(), b.getStringAttr("llvm.nvvm.ex2.approx.ftz.f32"),
        ValueRange{op.getX()});
    op.replaceAllUsesWith(call.getResult(0));
  }

private:
  static std::string repeat(StringRef text, int64_t count) {
    return llvm::join(SmallVector<StringRef>(count, text), ",");
  }

  void append(SmallVectorImpl<Value> &values, Value accumulator) {
    auto type = cast<LLVM::LLVMStructType>(accumulator.getType());
    for (int64_t i = 0, e = type.getBody().size(); i < e; ++i)
      values.push_back(LLVM::ExtractValueOp::create(b, loc, accumulator, i));
  }

  Value assemble(Type result, ValueRange operands, StringRef text,
                 StringRef constraints) {
    auto dialect =
        LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT);
    auto op = LLVM::InlineAsmOp::create(
        b, loc, result, operands, text, constraints, /*has_side_effects=*/true,
        /*is_align_stack=*/false, LLVM::TailCallKind::None, dialect,
        ArrayAttr());
    return result ? op.getRes() : Value();
  }

  void emitTied(Operation *op, ValueRange accs, ValueRange fragments,
                ValueRange kept, StringRef text) {
    SmallVector<Value> operands;
    for (Value acc : accs)
      append(operands, acc);
    int64_t floats = operands.size(), tied = floats + fragments.size();
    llvm::append_range(operands, fragments);
    llvm::append_range(operands, kept);
    SmallVector<Type> types(floats, b.getF32Type());
    types.append(fragments.size(), b.getI32Type());
    SmallVector<std::string> constraints;
    for (int64_t i = 0; i < tied; ++i)
      constraints.push_back(i < floats ? "=f" : "=r");
    for (int64_t i = 0; i < tied; ++i)
      constraints.push_back(std::to_string(i));
    constraints.append(kept.size(), "r");
    constraints.push_back("~{memory}");
    // One result has no struct around it.
    Type result =
        types.empty() ? Type()
        : tied == 1
            ? types.front()
            : Type(LLVM::LLVMStructType::getLiteral(b.getContext(), types));
    Value all = assemble(result, operands, text, llvm::join(constraints, ","));
    auto element = [&](int64_t i) {
      return tied == 1 ? all
                       : Value(LLVM::ExtractValueOp::create(b, loc, all, i));
    };
    int64_t next = 0;
    for (auto [i, acc] : llvm::enumerate(accs)) {
      auto type = cast<LLVM::LLVMStructType>(acc.getType());
      Value value = LLVM::UndefOp::create(b, loc, type);
      for (int64_t j = 0, e = type.getBody().size(); j < e; ++j)
        value = LLVM::InsertValueOp::create(b, loc, value, element(next++), j);
      op->getResult(i).replaceAllUsesWith(value);
    }
    for (auto i : llvm::seq(fragments.size()))
      op->getResult(accs.size() + i).replaceAllUsesWith(element(next++));
  }

  OpBuilder b;
  Location loc;
};

} // namespace

void attn::nvptx::emitInstructions(gpu::GPUModuleOp kernels) {
  SmallVector<Operation *> ops;
  kernels.walk([&](Operation *op) {
    if (isa<attn::nvvm::AttnNvvmDialect>(op->getDialect()))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    InstructionEmitter emitter(op);
    llvm::TypeSwitch<Operation *>(op)
        .Case<attn::nvvm::WgmmaRaOp, attn::nvvm::WgmmaFenceOp,
              attn::nvvm::WgmmaWaitOp, attn::nvvm::AnchorOp, attn::nvvm::PinOp,
              attn::nvvm::Ex2Op>(
            [&](auto instruction) { emitter.emit(instruction); });
    op->erase();
  }
}
