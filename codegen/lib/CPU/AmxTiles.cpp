//===- AmxTiles.cpp - Tile registers in kernel code -----------------------===//
//
// The amx dialect reads and writes memrefs, kernels have pointers: a memref is
// made of one by its descriptor, which lowering takes apart again.
//
//===----------------------------------------------------------------------===//

#include "AmxTiles.h"

#include "mlir/Dialect/AMX/AMXDialect.h"

using namespace mlir;
using namespace attn::cpu;

static constexpr llvm::StringLiteral kStreamed = "attn.streamed";

Value attn::cpu::halfAt(KernelBuilder &kb, Value pointer, Value index) {
  return kb.at(pointer, kb.b.getBF16Type(), index);
}
Value attn::cpu::halfAt(KernelBuilder &kb, Value pointer, int64_t index) {
  return kb.at(pointer, kb.b.getBF16Type(), index);
}

Type AmxTiles::sumsType() {
  return amx::TileType::get({kTileRows, kTileRows}, kb.f32Type());
}
Type AmxTiles::halvesType() {
  return amx::TileType::get({kTileRows, kTileDepth}, kb.b.getBF16Type());
}

Value AmxTiles::memoryAt(Value pointer, Type element) {
  OpBuilder &b = kb.b;
  Type one = LLVM::LLVMArrayType::get(kb.i64Type(), 1);
  Type ptr = kb.ptrType();
  auto type = LLVM::LLVMStructType::getLiteral(
      b.getContext(), {ptr, ptr, kb.i64Type(), one, one});
  // Lowering reads the aligned pointer only.
  Value memory = LLVM::InsertValueOp::create(
      b, kb.loc, LLVM::PoisonOp::create(b, kb.loc, type), pointer, 1);
  Type memref = MemRefType::get({ShapedType::kDynamic}, element);
  return UnrealizedConversionCastOp::create(b, kb.loc, memref, memory)
      .getResult(0);
}

Value AmxTiles::index(Value value) {
  return kb.b.createOrFold<arith::IndexCastOp>(kb.loc, kb.b.getIndexType(),
                                               value);
}

// One per accumulator: a tile that several begin with would be spilled.
Value AmxTiles::zeroSums() {
  return amx::TileZeroOp::create(kb.b, kb.loc, sumsType());
}

Value AmxTiles::loadSums(Value pointer, int64_t pitch) {
  return amx::TileLoadOp::create(
      kb.b, kb.loc, sumsType(), memoryAt(pointer, kb.f32Type()),
      ValueRange{index(kb.i64(0))}, index(kb.i64(pitch)));
}

void AmxTiles::storeSums(Value tile, Value pointer, int64_t pitch) {
  amx::TileStoreOp::create(kb.b, kb.loc, memoryAt(pointer, kb.f32Type()),
                           ValueRange{index(kb.i64(0))}, tile,
                           index(kb.i64(pitch)));
}

Operation *AmxTiles::createLoad(Value pointer, Value pitch) {
  return amx::TileLoadOp::create(kb.b, kb.loc, halvesType(),
                                 memoryAt(pointer, kb.b.getBF16Type()),
                                 ValueRange{index(kb.i64(0))}, index(pitch));
}

Value AmxTiles::loadHalves(Value pointer, Value pitch) {
  return createLoad(pointer, pitch)->getResult(0);
}

Value AmxTiles::streamHalves(Value pointer, Value pitch) {
  Operation *load = createLoad(pointer, pitch);
  load->setAttr(kStreamed, kb.b.getUnitAttr());
  return load->getResult(0);
}

void attn::cpu::lowerStreamedTiles(ModuleOp module) {
  module.walk([](amx::TileLoadOp load) {
    if (!load->hasAttr(kStreamed))
      return;
    OpBuilder b(load);
    Location loc = load.getLoc();
    auto shape = load.getTileType().getShape();
    int64_t bytes = load.getTileType().getElementTypeBitWidth() / 8;
    auto constant = [&](Type type, int64_t value) -> Value {
      return arith::ConstantIntOp::create(b, loc, type, value);
    };
    Type i16 = b.getI16Type(), i64 = b.getI64Type();
    auto memory = load.getBase().getDefiningOp<UnrealizedConversionCastOp>();
    Value pointer =
        LLVM::ExtractValueOp::create(b, loc, memory.getOperand(0), 1);
    Value pitch = arith::IndexCastOp::create(b, loc, i64, load.getStride());
    pitch = arith::MulIOp::create(b, loc, pitch, constant(i64, bytes));
    auto call = LLVM::CallIntrinsicOp::create(
        b, loc, LLVM::LLVMX86AMXType::get(b.getContext()),
        b.getStringAttr("llvm.x86.tileloaddt164.internal"),
        ValueRange{constant(i16, shape[0]), constant(i16, shape[1] * bytes),
                   pointer, pitch});
    load.getResult().replaceAllUsesWith(
        UnrealizedConversionCastOp::create(b, loc, load.getType(),
                                           call.getResults())
            .getResult(0));
    load.erase();
  });
}

Value AmxTiles::multiply(Value a, Value b, Value sums) {
  return amx::TileMulFOp::create(kb.b, kb.loc, sumsType(), a, b, sums);
}
