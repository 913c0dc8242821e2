//===- EmulatedTiles.cpp - Products of bf16 on any AVX-512 ----------------===//
//
// Source of TDPBF16PS: Intel SDM, volume 2: products of even and of odd
// elements are summed apart, by fused multiply-add in order, then added to each
// other and to the destination; denormals are zero on both sides, rounding is
// to nearest even, MXCSR is neither read nor written. VDPBF16PS adds the
// product of odd elements, then that of even ones.
//
//===----------------------------------------------------------------------===//

#include "EmulatedTiles.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Transforms/DialectConversion.h"

#include <cstring>
#include <immintrin.h>

using namespace mlir;

namespace {

constexpr int64_t kRows = 16, kRowBytes = 64, kTileBytes = kRows * kRowBytes;

//===----------------------------------------------------------------------===//
// What kernels call
//===----------------------------------------------------------------------===//

/// A row of 32 bf16 has the even ones in lower halves.
__attribute__((target("avx512f"))) void multiplyTiles(float *result,
                                                      const uint32_t *a,
                                                      const uint32_t *b,
                                                      const float *sums) {
  unsigned saved = _mm_getcsr();
  _mm_setcsr(0x9fc0); // Nearest even, flush to zero, denormals are zero.
  const __m512i high = _mm512_set1_epi32(static_cast<int>(0xffff0000));
  for (int64_t m = 0; m < kRows; ++m) {
    __m512 even = _mm512_setzero_ps(), odd = _mm512_setzero_ps();
    for (int64_t k = 0; k < 16; ++k) {
      __m512i x = _mm512_set1_epi32(static_cast<int>(a[m * 16 + k]));
      __m512i y = _mm512_loadu_si512(b + k * 16);
      even =
          _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(x, 16)),
                          _mm512_castsi512_ps(_mm512_slli_epi32(y, 16)), even);
      odd =
          _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(x, high)),
                          _mm512_castsi512_ps(_mm512_and_si512(y, high)), odd);
    }
    __m512 sum = _mm512_add_ps(even, odd);
    _mm512_storeu_ps(result + m * 16,
                     _mm512_add_ps(_mm512_loadu_ps(sums + m * 16), sum));
  }
  _mm_setcsr(saved);
}

void zeroTile(char *tile) { std::memset(tile, 0, kTileBytes); }

void loadTile(char *tile, const char *memory, int64_t stride) {
  for (int64_t row = 0; row < kRows; ++row)
    std::memcpy(tile + row * kRowBytes, memory + row * stride, kRowBytes);
}

void storeTile(const char *tile, char *memory, int64_t stride) {
  for (int64_t row = 0; row < kRows; ++row)
    std::memcpy(memory + row * stride, tile + row * kRowBytes, kRowBytes);
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

/// Calls `function` of this process with `operands`.
template <typename Function>
void callHere(OpBuilder &b, Location loc, Function *function,
              ValueRange operands) {
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  Value address = LLVM::ConstantOp::create(
      b, loc, b.getI64Type(),
      b.getI64IntegerAttr(reinterpret_cast<int64_t>(function)));
  SmallVector<Value> all = {LLVM::IntToPtrOp::create(b, loc, ptr, address)};
  llvm::append_range(all, operands);
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  llvm::to_vector(operands.getTypes()));
  LLVM::CallOp::create(b, loc, type, all);
}

/// Memory of the result of `op` in the frame of its function. It is written
/// whenever `op` runs: no kernel reads a tile of a turn of a loop after that.
Value allocateTile(OpBuilder &b, Operation *op) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(
      &op->getParentOfType<LLVM::LLVMFuncOp>().getBody().front());
  Value size = LLVM::ConstantOp::create(b, op->getLoc(), b.getI64Type(),
                                        b.getI64IntegerAttr(kTileBytes));
  return LLVM::AllocaOp::create(b, op->getLoc(),
                                LLVM::LLVMPointerType::get(b.getContext()),
                                b.getI8Type(), size, kRowBytes);
}

/// The address that a tile is at and the bytes from row to row. The memref was
/// made of a descriptor; the index is 0.
std::pair<Value, Value> getMemory(OpBuilder &b, Location loc, Value memref,
                                  Value stride) {
  auto cast = memref.getDefiningOp<UnrealizedConversionCastOp>();
  Value address = LLVM::ExtractValueOp::create(b, loc, cast.getOperand(0), 1);
  auto type = llvm::cast<MemRefType>(memref.getType());
  Value bytes = LLVM::ConstantOp::create(
      b, loc, b.getI64Type(),
      b.getI64IntegerAttr(type.getElementTypeBitWidth() / 8));
  stride = arith::IndexCastOp::create(b, loc, b.getI64Type(), stride);
  return {address, LLVM::MulOp::create(b, loc, stride, bytes)};
}

struct EmulateZero : OpConversionPattern<amx::TileZeroOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(amx::TileZeroOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value tile = allocateTile(rewriter, op);
    callHere(rewriter, op.getLoc(), zeroTile, tile);
    rewriter.replaceOp(op, tile);
    return success();
  }
};

struct EmulateLoad : OpConversionPattern<amx::TileLoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(amx::TileLoadOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto [from, stride] =
        getMemory(rewriter, op.getLoc(), op.getBase(), op.getStride());
    Value tile = allocateTile(rewriter, op);
    callHere(rewriter, op.getLoc(), loadTile, {tile, from, stride});
    rewriter.replaceOp(op, tile);
    return success();
  }
};

struct EmulateStore : OpConversionPattern<amx::TileStoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(amx::TileStoreOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto [to, stride] =
        getMemory(rewriter, op.getLoc(), op.getBase(), op.getStride());
    callHere(rewriter, op.getLoc(), storeTile, {adaptor.getVal(), to, stride});
    rewriter.eraseOp(op);
    return success();
  }
};

struct EmulateMultiply : OpConversionPattern<amx::TileMulFOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(amx::TileMulFOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value tile = allocateTile(rewriter, op);
    callHere(rewriter, op.getLoc(), multiplyTiles,
             {tile, adaptor.getLhs(), adaptor.getRhs(), adaptor.getAcc()});
    rewriter.replaceOp(op, tile);
    return success();
  }
};

} // namespace

LogicalResult attn::test::emulateTiles(ModuleOp module) {
  MLIRContext *context = module.getContext();
  TypeConverter types;
  types.addConversion([](Type type) { return type; });
  types.addConversion([&](amx::TileType) -> Type {
    return LLVM::LLVMPointerType::get(context);
  });
  RewritePatternSet patterns(context);
  patterns.add<EmulateZero, EmulateLoad, EmulateStore, EmulateMultiply>(
      types, context);
  ConversionTarget target(*context);
  target.addIllegalDialect<amx::AMXDialect>();
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns, target);
  return applyPartialConversion(module, target, std::move(patterns));
}

void attn::test::emulatePairs(ModuleOp module) {
  module.walk([](LLVM::CallIntrinsicOp call) {
    if (call.getIntrin() != "llvm.x86.avx512bf16.dpbf16ps.512")
      return;
    OpBuilder b(call);
    Location loc = call.getLoc();
    auto bits = VectorType::get({kRows}, b.getI32Type());
    auto floats = VectorType::get({kRows}, b.getF32Type());
    auto constant = [&](int32_t value) -> Value {
      return arith::ConstantOp::create(b, loc,
                                       DenseElementsAttr::get(bits, value));
    };
    auto widen = [&](Value pairs, bool isOdd) -> Value {
      Value x = LLVM::BitcastOp::create(b, loc, bits, pairs);
      x = isOdd ? Value(arith::AndIOp::create(b, loc, x, constant(-65536)))
                : Value(arith::ShLIOp::create(b, loc, x, constant(16)));
      return LLVM::BitcastOp::create(b, loc, floats, x);
    };
    Value sum = call.getArgs()[0];
    for (bool isOdd : {true, false})
      sum = LLVM::FMAOp::create(b, loc, widen(call.getArgs()[1], isOdd),
                                widen(call.getArgs()[2], isOdd), sum);
    call.getResult(0).replaceAllUsesWith(sum);
    call.erase();
  });
}
