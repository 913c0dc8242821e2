//===- Epilogue.cpp - Results of a task -----------------------------------===//
//
// What streams left is (m, l, O^T) in the unit of logits. Without terms and
// state results
//
//   out = O / l                lse = m + log l           mass_s = l_s / l
//
// With them, natural, M = max(m, logits of terms), f = exp(m - M), w = exp(x -
// M):
//
//   L = f l + sum w l_x        acc = f O + sum w acc_x   state: M, L, acc
//   out = acc / L              lse = M + log L           mass_s = f l_s / L
//
// Rows are written from blocks of lanes x lanes elements, transposed in
// registers; head sizes below the vector length go element by element.
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"
#include "Elements.h"
#include "Terms.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class Epilogue {
public:
  explicit Epilogue(FoldTask &task)
      : task(task), kb(task.kb), shape(task.shape), fold(shape.fold),
        closes(shape.hasTerms() || shape.givesState()),
        terms(task.call, task.scratch,
              {task.sequence, task.head, task.firstQuery, task.numQueries,
               shape.queryTile}) {
    for (Value state : fold.getStates())
      terms.addState(state.getDefiningOp<StateOp>());
    if (fold.getSink())
      terms.addSink(fold.getSink());
    bool keepsSums = closes || shape.hasMass();
    sums = factors = task.sums.front();
    lse = task.maxima;
    if (!keepsSums)
      return;
    for (Value *row : {&sums, &factors, &lse})
      *row = task.scratch.allocateFloats(shape.queryTile);
  }

  void emit() {
    forEachLanes([&](Value lane) {
      closes ? closeTerms(lane) : close(lane);
      if (!shape.givesState())
        normalise(lane);
    });
    if (shape.givesState()) {
      storeNumbers(task.maxima, fold.getState()[0]);
      storeNumbers(sums, fold.getState()[1]);
      storeRows(emitQueryRows(task, fold.getState()[2]));
      forEachLanes([&](Value lane) { normalise(lane); });
    }
    if (task.lse)
      storeNumbers(lse, fold.getLse());
    for (auto [mass, row] : llvm::zip(fold.getMass(), task.sums))
      storeNumbers(row, mass);
    storeRows(task.out);
  }

private:
  void forEachLanes(llvm::function_ref<void(Value)> body) {
    kb.loop(kb.i64(0), emitUsedLanes(task), kb.variant.lanes, body);
  }

  Value load(Value row, Value lane) {
    return kb.loadFloats(kb.floatAt(row, lane));
  }
  void store(Value value, Value row, Value lane) {
    kb.storeFloats(value, kb.floatAt(row, lane));
  }

  /// Calls `body` unless `lane` is padding.
  void whenStored(const RowView &to, Value lane,
                  llvm::function_ref<void()> body) {
    if (!to.tokens)
      return body();
    kb.when(kb.less(kb.i64(-1), loadToken(kb, to.tokens, lane)), body);
  }

  Value isZero(Value x) {
    return arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::OEQ, x,
                                 kb.splat(0.0f));
  }

  /// Weights of all streams.
  Value addStreams(Value lane) {
    Value sum = load(task.sums.front(), lane);
    for (Value row : ArrayRef(task.sums).drop_front())
      sum = kb.addf(sum, load(row, lane));
    return sum;
  }

  void close(Value lane) {
    Value sum = addStreams(lane);
    if (task.lse) {
      Value log = math::LogOp::create(kb.b, kb.loc, sum);
      Value natural =
          kb.fma(load(task.maxima, lane), kb.splat(shape.unit()), log);
      store(kb.select(isZero(sum), kb.splat(-kInfinity), natural), lse, lane);
    }
    if (sums != task.sums.front())
      store(sum, sums, lane);
  }

  void closeTerms(Value lane) {
    Value streams = addStreams(lane), isNone = isZero(streams);
    auto loadNatural = [&](Value row) {
      Value x = kb.mulf(load(row, lane), kb.splat(shape.unit()));
      return kb.select(isNone, kb.splat(-kInfinity), x);
    };
    Value maximum = loadNatural(task.maxima);
    Value highest =
        task.pairs.largest ? loadNatural(task.pairs.largest) : maximum;
    Value largest = terms.raise(lane, highest);
    Value reference = emitReference(kb, largest);
    // -inf weighs 0.
    Value factor = emitWeight(kb, maximum, reference);
    Value sum = terms.weigh(lane, reference, kb.mulf(streams, factor));
    store(factor, factors, lane);
    store(sum, sums, lane);
    if (task.lse)
      store(emitLse(kb, reference, sum), lse, lane);
    if (!shape.givesState())
      return;
    Value isNaN = arith::CmpFOp::create(kb.b, kb.loc, arith::CmpFPredicate::UNO,
                                        sum, sum);
    store(kb.select(isNaN, sum, largest), task.maxima, lane);
  }

  /// Factors, weights of terms and sums of streams become shares.
  void normalise(Value lane) {
    Value factor = emitInverse(kb, load(sums, lane));
    if (closes) {
      terms.scale(lane, factor);
      factor = kb.mulf(load(factors, lane), factor);
    }
    store(factor, factors, lane);
    if (!shape.hasMass())
      return;
    for (Value row : task.sums) // of a row of NaN: NaN, even without a key
      store(kb.mulf(load(row, lane), factor), row, lane);
  }

  void storeNumbers(Value row, Value tensor) {
    RowView view = emitQueryRows(task, tensor);
    kb.loop(kb.i64(0), task.numQueries, 1, [&](Value lane) {
      whenStored(view, lane, [&] {
        kb.store(kb.load(kb.f32Type(), kb.floatAt(row, lane)),
                 emitRow(task, view, lane));
      });
    });
  }

  /// O^T times the factors, and the values of terms times their weights.
  void storeRows(const RowView &to) {
    if (shape.valueHeadSize < kb.variant.lanes)
      return kb.loop(kb.i64(0), task.numQueries, 1, [&](Value lane) {
        whenStored(to, lane, [&] { storeElementwise(to, lane); });
      });
    kb.loop(kb.i64(0), task.numQueries, kb.variant.lanes,
            [&](Value lane) { storeVectors(to, lane); });
  }

  void storeElementwise(const RowView &to, Value lane) {
    Value factor = kb.load(kb.f32Type(), kb.floatAt(factors, lane));
    Value row = emitRow(task, to, lane);
    kb.loop(kb.i64(0), kb.i64(shape.valueHeadSize), 1, [&](Value d) {
      Value x = kb.load(kb.f32Type(), kb.floatAt(emitOutputAt(task, lane),
                                                 kb.mul(d, shape.lanePitch)));
      x = terms.addValues(kb.mulf(x, factor), lane, d);
      storeElements(kb, x, to.element, kb.at(row, to.element, d));
    });
  }

  void storeVectors(const RowView &to, Value firstLane) {
    Value factor = load(factors, firstLane);
    forEachVector(kb, shape.valueHeadSize, [&](Value d) {
      Value from =
          kb.floatAt(emitOutputAt(task, firstLane), kb.mul(d, shape.lanePitch));
      SmallVector<Value> block;
      for (int64_t i = 0; i < kb.variant.lanes; ++i)
        block.push_back(kb.mulf(
            kb.loadFloats(kb.floatAt(from, i * shape.lanePitch)), factor));
      storeBlock(to, transpose(kb, block), firstLane, d);
    });
  }

  /// Stores row i of the block where it exists.
  void storeBlock(const RowView &to, ArrayRef<Value> block, Value firstLane,
                  Value d) {
    auto storeRow = [&](size_t i) {
      Value lane = kb.add(firstLane, i);
      whenStored(to, lane, [&] {
        storeElements(kb, terms.addValues(block[i], lane, d), to.element,
                      kb.at(emitRow(task, to, lane), to.element, d));
      });
    };
    Value valid = kb.sub(task.numQueries, firstLane);
    kb.when(
        kb.less(valid, kb.i64(block.size())),
        [&] {
          for (size_t i = 0; i < block.size(); ++i)
            kb.when(kb.less(kb.i64(i), valid), [&] { storeRow(i); });
        },
        [&] {
          for (size_t i = 0; i < block.size(); ++i)
            storeRow(i);
        });
  }

  FoldTask &task;
  KernelBuilder &kb;
  const FoldShape &shape;
  tile::FoldOp fold;
  bool closes; ///< Terms or state results: M and what is relative to it.
  Terms terms;
  // Lanes of scratch.
  Value sums;    ///< The normaliser.
  Value factors; ///< Of O^T.
  Value lse;
};

} // namespace

void attn::cpu::emitEpilogue(FoldTask &task) { Epilogue(task).emit(); }
