//===- Store.cpp - Results of a forward kernel ----------------------------===//

#include "Store.h"
#include "Terms.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

class Store {
public:
  Store(Cta &cta, Weights &weights, const RowState &state,
        ArrayRef<Value> elements, OutputTile &tile)
      : cta(cta), kb(cta.kb), weights(weights), state(state),
        elements(elements), tile(tile),
        closes(!cta.op.getStates().empty() || cta.op.getSink() ||
               !cta.op.getState().empty()) {}

  void run() {
    weights.locate();
    findTokens();
    Value output =
        cta.queries.getRows(kb, cta.args, cta.op.getOut(), weights.head);
    Value rowStride =
        cta.args.stride(kb, cta.op.getOut(), cta.queries.axes.length());
    Value base = kb.at(output, kb.shl(kb.sext(weights.column), 1));
    // Pairs of columns go as one 4-byte store where the caller's layout allows.
    Value bits = LLVM::PtrToIntOp::create(kb.b, kb.loc, kb.i64(), base);
    Value misaligned = kb.bitAnd(kb.bitOr(bits, kb.shl(rowStride, 1)), 3);
    Value isAligned = kb.eq(misaligned, kb.c64(0));
    whenTile([&] { tile.begin(); });
    for (unsigned r : {0, 1}) {
      SmallVector<Value> sums;
      for (const std::array<Value, 2> &sum : state.sums)
        sums.push_back(weights.getTotal(sum[r]));
      Value total = sums.front();
      for (Value sum : ArrayRef(sums).drop_front())
        total = kb.fadd(total, sum);
      ClosedRow row = closes ? ClosedRow() : closePlain(r, total);
      Value token = kb.sext(getStoredRow(r, cta.op.getOut()));
      Value address = kb.at(base, kb.shl(kb.mul(token, rowStride), 1));
      kb.when(kb.slt(weights.rows[r], cta.queriesEnd), [&] {
        SmallVector<Value> values =
            closes ? addTerms(r, total, row) : getElements(r);
        storeRow(r, values, address, row.inverse, isAligned);
        storeNumbers(r, row, total, sums);
      });
    }
    whenTile([&] { tile.finish(); });
  }

private:
  /// Where results are in place the rows are slots: who stands there.
  void findTokens() {
    LayoutGridOp layout;
    for (Value result : cta.op->getResults())
      if (LayoutGridOp own = getStoredLayout(result))
        layout = own;
    if (!layout)
      return;
    SmallVector<Value> sizes;
    for (Value size : cta.args.gridSizes(kb, layout))
      sizes.push_back(kb.trunc(size));
    for (unsigned r : {0, 1})
      tokens[r] = buildSlotToken(kb.b, kb.loc, layout, weights.rows[r], sizes,
                                 Padding::Nothing);
  }

  /// The row of `tensor` that row `r` of the thread is.
  Value getStoredRow(unsigned r, Value tensor) {
    return getStoredLayout(tensor) ? tokens[r].token : weights.rows[r];
  }

  /// Whether `tensor` has row `r`, i1; null: it does. Padding has none where
  /// tokens are in place.
  Value hasRow(unsigned r, Value tensor) {
    return getStoredLayout(tensor) ? tokens[r].exists : Value();
  }

  /// Runs `body` where `tensor` has row `r`.
  void whenStored(unsigned r, Value tensor, llvm::function_ref<void()> body) {
    if (Value exists = hasRow(r, tensor))
      kb.when(exists, body);
    else
      body();
  }

  /// Elements of row `r`: two for each group of 8 columns.
  SmallVector<Value> getElements(unsigned r) {
    SmallVector<Value> values;
    for (size_t j = 0; j < elements.size() / 4; ++j)
      values.append({elements[4 * j + 2 * r], elements[4 * j + 2 * r + 1]});
    return values;
  }

  /// Without terms the maximum of the streams is that of the row.
  ClosedRow closePlain(unsigned r, Value total) {
    ClosedRow row;
    Value isEmpty = LLVM::FCmpOp::create(kb.b, kb.loc, LLVM::FCmpPredicate::oeq,
                                         total, kb.cf(0));
    Value inverse =
        NVVM::RcpApproxFtzF32Op::create(kb.b, kb.loc, kb.f32(), total);
    row.inverse = kb.select(isEmpty, kb.cf(0), inverse);
    return row;
  }

  Value getPlainLse(unsigned r, Value total) {
    Value isEmpty = LLVM::FCmpOp::create(kb.b, kb.loc, LLVM::FCmpPredicate::oeq,
                                         total, kb.cf(0));
    Value log = math::LogOp::create(kb.b, kb.loc, total);
    Value value = kb.fadd(weights.getNaturalMaximum(state.maximum[r]), log);
    return kb.select(isEmpty, kb.cf(-INFINITY), value);
  }

  /// Adds states and sink to row `r`, closes it, and gives the sums of values.
  SmallVector<Value> addTerms(unsigned r, Value total, ClosedRow &row) {
    Terms terms(kb, cta.args);
    for (Value made : cta.op.getStates())
      terms.addState(made.getDefiningOp<StateOp>(), cta.queries, weights.head,
                     weights.rows[r]);
    if (cta.op.getSink())
      terms.addSink(cta.op.getSink(), weights.head);
    row = terms.close(weights.getNaturalMaximum(state.maximum[r]), total);
    SmallVector<Value> values = getElements(r);
    for (auto [i, value] : llvm::enumerate(values))
      value = terms.addValues(kb.fmul(value, row.factor), getChannel(i));
    if (!cta.op.getState().empty())
      storeSums(r, values);
    return values;
  }

  /// Channel of value `i`, the last one instead of those beyond.
  Value getChannel(size_t i) {
    int64_t first = i / 2 * 8 + i % 2;
    Value channel = kb.add(weights.column, first);
    if (i / 2 * 8 + 8 <= size_t(cta.valueSize()))
      return channel;
    return kb.smin(channel, kb.c32(cta.valueSize() - 1));
  }

  /// Runs `body` where column group `j` has channel `column + c`.
  void whenInside(int64_t j, int64_t c, llvm::function_ref<void()> body) {
    if (8 * (j + 1) <= cta.valueSize())
      body();
    else
      kb.when(kb.slt(weights.column, kb.c32(cta.valueSize() - 8 * j - c)),
              body);
  }

  /// Runs `body` where the rows leave through shared memory.
  void whenTile(llvm::function_ref<void()> body) {
    if (tile.exists())
      kb.when(tile.isUsed(), body);
  }

  void storeRow(unsigned r, ArrayRef<Value> values, Value row, Value inverse,
                Value isAligned) {
    int64_t pairs = values.size() / 2;
    SmallVector<Value> packed;
    for (int64_t j = 0; j < pairs; ++j)
      packed.push_back(kb.packPair(cta.element(),
                                   kb.fmul(values[2 * j], inverse),
                                   kb.fmul(values[2 * j + 1], inverse)));
    Block *behind = kb.block();
    Block *halves = kb.block();
    Block *words = kb.block();
    if (tile.exists()) {
      Block *staged = kb.block();
      Block *direct = kb.block();
      kb.condBr(tile.isUsed(), staged, {}, direct, {});
      kb.enter(staged);
      tile.put(r, packed);
      kb.br(behind);
      kb.enter(direct);
    }
    if (Value exists = hasRow(r, cta.op.getOut())) {
      Block *stored = kb.block();
      kb.condBr(exists, stored, {}, behind, {});
      kb.enter(stored);
    }
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
      whenInside(j, c, [&] { kb.store(half, kb.at(to, 2 * c), 2); });
    }
  }

  /// acc of the state.
  void storeSums(unsigned r, ArrayRef<Value> values) {
    Value sums = cta.op.getState()[2];
    Value row = cta.queries.getRow(kb, cta.args, sums, weights.head,
                                   getStoredRow(r, sums));
    Value base = kb.at(row, kb.shl(kb.sext(weights.column), 2));
    whenStored(r, sums, [&] {
      for (auto [i, value] : llvm::enumerate(values))
        whenInside(i / 2, i % 2, [&, i = i, value = value] {
          kb.store(value, kb.at(base, 4 * (i / 2 * 8 + i % 2)), 4);
        });
    });
  }

  /// One of the four threads of a row stores its numbers.
  void storeNumbers(unsigned r, const ClosedRow &row, Value total,
                    ArrayRef<Value> sums) {
    if (Value lse = cta.op.getLse())
      storeNumber(r, lse,
                  [&] { return closes ? row.lse : getPlainLse(r, total); });
    if (!cta.op.getState().empty()) {
      storeNumber(r, cta.op.getState()[0], [&] { return row.maximum; });
      storeNumber(r, cta.op.getState()[1], [&] { return row.sum; });
    }
    for (auto [tensor, part] : llvm::zip(cta.op.getMass(), sums)) {
      Value share = kb.fmul(part, row.inverse);
      if (closes)
        share = kb.fmul(share, row.factor);
      storeNumber(r, tensor, [&] { return share; });
    }
  }

  void storeNumber(unsigned r, Value tensor,
                   llvm::function_ref<Value()> getValue) {
    Value address = cta.queries.getRow(kb, cta.args, tensor, weights.head,
                                       getStoredRow(r, tensor));
    Value isMine = kb.eq(weights.column, kb.c32(0));
    if (Value exists = hasRow(r, tensor))
      isMine = kb.bitAnd(isMine, exists);
    kb.when(isMine, [&] { kb.store(getValue(), address, 4); });
  }

  Cta &cta;
  KernelBuilder &kb;
  Weights &weights;
  const RowState &state;
  ArrayRef<Value> elements;
  OutputTile &tile;
  SlotToken tokens[2]; ///< Of the rows, where a result is in place.
  bool closes;         ///< States, a sink or a state result.
};

} // namespace

void attn::nvptx::emitStore(Cta &cta, Weights &weights, const RowState &state,
                            ArrayRef<Value> elements, OutputTile tile) {
  Store(cta, weights, state, elements, tile).run();
}
