//===- Store.cpp - Output and lse of a forward kernel ---------------------===//

#include "Store.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

class Store {
public:
  Store(Cta &cta, Weights &weights, const RowState &state,
        ArrayRef<Value> elements)
      : cta(cta), kb(cta.kb), weights(weights), state(state),
        elements(elements) {}

  void run() {
    weights.locate();
    Value output = rowAddress(cta.op.getOut());
    Value rowStride = cta.args.stride(kb, cta.op.getOut(), 2);
    Value base = kb.at(output, kb.shl(kb.sext(weights.column), 1));
    // Pairs of columns go as one 4-byte store where the caller's layout allows.
    Value bits = LLVM::PtrToIntOp::create(kb.b, kb.loc, kb.i64(), base);
    Value misaligned = kb.bitAnd(kb.bitOr(bits, kb.shl(rowStride, 1)), 3);
    Value isAligned = kb.eq(misaligned, kb.c64(0));
    for (unsigned r : {0, 1}) {
      Value total = weights.getTotal(state.sum[r]);
      Value isEmpty = LLVM::FCmpOp::create(
          kb.b, kb.loc, LLVM::FCmpPredicate::oeq, total, kb.cf(0));
      Value inverse =
          NVVM::RcpApproxFtzF32Op::create(kb.b, kb.loc, kb.f32(), total);
      inverse = kb.select(isEmpty, kb.cf(0), inverse);
      Value row =
          kb.at(base, kb.shl(kb.mul(kb.sext(weights.rows[r]), rowStride), 1));
      kb.when(kb.slt(weights.rows[r], cta.queries), [&] {
        storeRow(r, row, inverse, isAligned);
        if (Value lse = cta.op.getLse())
          storeLse(r, lse, total, isEmpty);
      });
    }
  }

private:
  /// Address of element [batch, head, 0, ...].
  Value rowAddress(Value tensor) {
    Value offset =
        kb.add(kb.mul(kb.sext(cta.batch), cta.args.stride(kb, tensor, 0)),
               kb.mul(kb.sext(cta.head), cta.args.stride(kb, tensor, 1)));
    int64_t bytes =
        cast<RankedTensorType>(tensor.getType()).getElementTypeBitWidth() / 8;
    return kb.at(cta.args.pointer(kb, tensor), kb.mul(offset, bytes));
  }

  void storeRow(unsigned r, Value row, Value inverse, Value isAligned) {
    int64_t pairs = elements.size() / 4;
    SmallVector<Value> packed;
    for (int64_t j = 0; j < pairs; ++j)
      packed.push_back(
          kb.packPair(cta.element(), kb.fmul(elements[4 * j + 2 * r], inverse),
                      kb.fmul(elements[4 * j + 2 * r + 1], inverse)));
    Block *behind = kb.block();
    Block *halves = kb.block();
    Block *words = kb.block();
    kb.condBr(isAligned, words, {}, halves, {});
    kb.enter(words);
    for (int64_t j = 0; j < pairs; ++j)
      storePair(row, j, packed[j], /*isWord=*/true);
    kb.br(behind);
    kb.enter(halves);
    for (int64_t j = 0; j < pairs; ++j)
      storePair(row, j, packed[j], /*isWord=*/false);
    kb.br(behind);
    kb.enter(behind);
  }

  void storePair(Value row, int64_t j, Value packed, bool isWord) {
    Value to = kb.at(row, 16 * j);
    if (isWord && 8 * (j + 1) <= cta.valueSize())
      return kb.store(packed, to, 4);
    for (int64_t c : {0, 1}) {
      Value half = LLVM::TruncOp::create(kb.b, kb.loc, kb.b.getI16Type(),
                                         c ? kb.lshr(packed, 16) : packed);
      auto store = [&] { kb.store(half, kb.at(to, 2 * c), 2); };
      if (8 * (j + 1) <= cta.valueSize())
        store();
      else
        kb.when(kb.slt(weights.column, kb.c32(cta.valueSize() - 8 * j - c)),
                store);
    }
  }

  /// One of the four threads of a row stores its lse.
  void storeLse(unsigned r, Value lse, Value total, Value isEmpty) {
    Value row = kb.at(
        rowAddress(lse),
        kb.shl(kb.mul(kb.sext(weights.rows[r]), cta.args.stride(kb, lse, 2)),
               2));
    kb.when(kb.eq(weights.column, kb.c32(0)), [&] {
      Value log = math::LogOp::create(kb.b, kb.loc, total);
      Value value = kb.fadd(weights.getNaturalMaximum(state.maximum[r]), log);
      kb.store(kb.select(isEmpty, kb.cf(-INFINITY), value), row, 4);
    });
  }

  Cta &cta;
  KernelBuilder &kb;
  Weights &weights;
  const RowState &state;
  ArrayRef<Value> elements;
};

} // namespace

void attn::nvptx::emitStore(Cta &cta, Weights &weights, const RowState &state,
                            ArrayRef<Value> elements) {
  Store(cta, weights, state, elements).run();
}
