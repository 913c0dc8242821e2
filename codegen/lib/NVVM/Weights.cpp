//===- Weights.cpp - From logits to weights -------------------------------===//

#include "Weights.h"

#include "Exp2.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include <cfloat>
#include <cmath>

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {
constexpr double kLog2E = 1.4426950408889634;
/// Column groups of 8 whose table reads may be in flight together.
constexpr int64_t kGroupsPerPiece = 2;
/// Weights may grow to 2 to this power before a new maximum is the reference.
constexpr float kSlack = 8;
/// One in so many exponentials is computed on FMA units where the special
/// function units are the limit; early ones, as their chains are long.
constexpr unsigned kPolynomialEvery = 12;
/// Cycles of the tensor cores for a score are (D + Dv) / 128 of those for ex2.
constexpr int64_t kExpLimit = 128;
/// Columns of O that leave few registers.
constexpr int64_t kWide = 192;

Value isNotOne(KernelBuilder &kb, Value x) {
  return LLVM::FCmpOp::create(kb.b, kb.loc, LLVM::FCmpPredicate::une, x,
                              kb.cf(1));
}
} // namespace

// The scale folds into the exponent if it keeps the order of logits; a score
// region needs it before.
Weights::Weights(Cta &cta, KeyTiles &tiles, Value consumer)
    : cta(cta), kb(cta.kb), tiles(tiles), consumer(consumer),
      isLazy(cta.streams.size() == 1) {
  double scale = cta.op.getScale().convertToDouble();
  isScaled = !cta.op.getScore().empty() || scale <= 0;
  factor = isScaled ? kLog2E : scale * kLog2E;
  locate();
  for (const KeyStream &stream : cta.streams)
    regions.push_back(std::make_unique<StreamRegions>(cta, stream));
  if (regions.size() > 1)
    return;
  make(RegionKind::Score, *regions.front());
  make(RegionKind::Visible, *regions.front());
}

void Weights::make(RegionKind kind, StreamRegions &of) {
  bool isScore = kind == RegionKind::Score;
  Region &score = cta.op.getScore();
  if (!isScore)
    of.mask = std::make_unique<RowMaskEmitter>(cta, of.stream, of.target);
  else if (!score.empty())
    of.score = std::make_unique<RegionEmitter>(of.target, score, kind,
                                               cta.op.getCaptures());
  for (unsigned r : {0, 1}) {
    if (!isScore)
      of.mask->emitRow(r, getQuery(r), column);
    else if (of.score)
      of.score->emitRow(r, getQuery(r));
  }
  if (RegionEmitter *region = getRegion(of, kind))
    if (region->readsByKey())
      of.isAligned[!isScore] = of.target.arePairsAligned(*region);
}

RegionEmitter *Weights::getRegion(StreamRegions &of, RegionKind kind) {
  return kind == RegionKind::Score ? of.score.get() : of.mask->getPredicates();
}

void Weights::forRegions(
    RegionKind kind, SmallVectorImpl<Value> &s, Value at,
    llvm::function_ref<void(StreamRegions &, Value)> body) {
  tiles.forStream(at, s, [&](unsigned stream, Value tile) {
    StreamRegions &of = *regions[stream];
    Value queries[2] = {rows[0], rows[1]}, first = column;
    bool isInPlace =
        kind == RegionKind::Visible && of.mask && of.mask->isLarge();
    if (regions.size() > 1 || isInPlace) {
      locate();
      of.target.pinCoordinates();
      make(kind, of);
    }
    body(of, tile);
    rows[0] = queries[0];
    rows[1] = queries[1];
    column = first;
  });
}

void Weights::locate() {
  Value thread = attn::nvvm::PinOp::create(kb.b, kb.loc, cta.thread);
  Value lane = kb.bitAnd(thread, 31);
  column = kb.shl(kb.bitAnd(lane, 3), 1);
  Value group = kb.shl(consumer, 6), ofWarp = kb.lshr(kb.bitAnd(thread, 96), 1);
  head = cta.head;
  if (cta.headTile() > 1) {
    auto [query, ofTile] = cta.splitRow(kb.add(group, ofWarp));
    head = kb.add(head, ofTile);
    group = query;
    ofWarp = kb.c32(0);
  }
  Value inGroup = kb.add(ofWarp, kb.lshr(lane, 2));
  rows[0] = kb.add(kb.add(cta.firstQuery, group), inGroup);
  rows[1] = kb.add(rows[0], 8);
}

Value Weights::getQuery(unsigned r) {
  return kb.smin(rows[r], kb.add(cta.queriesEnd, -1));
}

/// The maximum starts finite, so that a row that sees no key, or only logits of
/// -inf, never subtracts infinities; far enough from the end of the range that
/// scaling it does not overflow.
RowState Weights::getEmptyState() {
  Value least = kb.cf(-FLT_MAX / 4 / std::max(1.0, factor)), zero = kb.cf(0);
  RowState state{{least, least}, {zero, zero}, {}, {}};
  size_t sums = std::max<size_t>(cta.op.getMass().size(), 1);
  state.sums.assign(sums, {zero, zero});
  return state;
}

Value Weights::getFirstKey(Value tile) {
  return kb.add(kb.mul(tile, cta.keyTile()), column);
}

/// Keys beyond the length are hidden, whatever is computed for them: only reads
/// must stay inside.
void Weights::beginKey(RegionEmitter *region, StreamRegions &of, Value first,
                       int64_t e, bool isInside) {
  if (!region)
    return;
  Value key = kb.add(first, 8 * (e / 2) + e % 2);
  if (!isInside && region->readsByKey())
    key = kb.smin(key, kb.add(of.stream.keys.count, -1));
  of.target.setAtPair(isInside && e % 2 == 0);
  region->beginKey(key);
}

// Addresses are one plus constants where LLVM sees sums of 64 bits: not behind
// a sign extension, nor where it makes `or` of a sum whose bits it knows.
void Weights::forColumns(SmallVectorImpl<Value> &s, Value tile,
                         StreamRegions &of, RegionKind kind, bool hide,
                         ColumnBody body) {
  RegionEmitter *region = getRegion(of, kind);
  int64_t groups = s.size() / 4;
  auto begin = [&](bool isInside) {
    if (kind == RegionKind::Visible)
      of.mask->beginTile(tile, isInside);
  };
  if (!region || !region->readsByKey()) {
    begin(false);
    body(0, groups, region ? getFirstKey(tile) : Value(), false);
    return;
  }
  Value isAligned = of.isAligned[kind != RegionKind::Score];
  if (!isAligned) {
    begin(false);
    return forPieces(s, tile, of, *region, hide, body);
  }
  SmallVector<Value> before(s.begin(), s.end());
  Block *behind = kb.block(TypeRange(ValueRange(before)));
  Block *edge = kb.block();
  Block *inside = kb.block();
  Value end = kb.mul(kb.add(tile, 1), cta.keyTile());
  Value isInside = kb.sge(of.stream.keys.count, end);
  kb.condBr(kb.bitAnd(isInside, isAligned), inside, {}, edge, {});
  kb.enter(inside);
  begin(true);
  if (hide)
    of.target.pinAddresses(*region);
  Value first = attn::nvvm::PinOp::create(kb.b, kb.loc, getFirstKey(tile));
  first = kb.sext(first);
  body(0, groups, first, true);
  kb.br(behind, s);
  kb.enter(edge);
  s.assign(before.begin(), before.end());
  begin(false);
  forPieces(s, tile, of, *region, hide, body);
  kb.br(behind, s);
  kb.enter(behind);
  s.assign(behind->args_begin(), behind->args_end());
}

void Weights::forPieces(SmallVectorImpl<Value> &s, Value tile,
                        StreamRegions &of, RegionEmitter &region, bool hide,
                        ColumnBody body) {
  int64_t groups = s.size() / 4;
  for (int64_t first = 0; first < groups; first += kGroupsPerPiece) {
    int64_t count = std::min(kGroupsPerPiece, groups - first);
    auto piece = MutableArrayRef(s).slice(4 * first, 4 * count);
    Block *behind = kb.block(SmallVector<Type>(piece.size(), kb.f32()));
    Block *inside = kb.block();
    SmallVector<Value> left(piece);
    if (hide)
      left.assign(piece.size(), kb.cf(-INFINITY));
    Value key = kb.add(kb.mul(tile, cta.keyTile()), 8 * first);
    kb.condBr(kb.slt(key, of.stream.keys.count), inside, {}, behind, left);
    kb.enter(inside);
    if (hide)
      of.target.pinAddresses(region);
    body(first, count, getFirstKey(tile), false);
    kb.br(behind, SmallVector<Value>(piece));
    kb.enter(behind);
    llvm::copy(behind->getArguments(), piece.begin());
  }
}

void Weights::score(SmallVectorImpl<Value> &s, Value at) {
  if (!isScaled)
    return;
  if (cta.op.getScore().empty())
    return scoreTile(s, at, *regions.front());
  forRegions(RegionKind::Score, s, at,
             [&](StreamRegions &of, Value tile) { scoreTile(s, tile, of); });
}

void Weights::scoreTile(SmallVectorImpl<Value> &s, Value tile,
                        StreamRegions &of) {
  Value scale = kb.cf(cta.op.getScale().convertToDouble());
  RegionEmitter *score = of.score.get();
  auto body = [&](int64_t begin, int64_t count, Value first, bool isInside) {
    for (int64_t e = 2 * begin; e < 2 * (begin + count); ++e) {
      beginKey(score, of, first, e, isInside);
      for (unsigned r : {0, 1}) {
        Value &element = s[4 * (e / 2) + 2 * r + e % 2];
        element = kb.fmul(element, scale);
        if (score)
          element = score->emitPair(r, element);
      }
    }
  };
  forColumns(s, tile, of, RegionKind::Score, /*hide=*/false, body);
}

void Weights::mask(SmallVectorImpl<Value> &s, Value at) {
  forRegions(RegionKind::Visible, s, at,
             [&](StreamRegions &of, Value tile) { maskTile(s, tile, of); });
}

void Weights::maskTile(SmallVectorImpl<Value> &s, Value tile,
                       StreamRegions &of) {
  if (!cta.op.getScore().empty())
    tile = attn::nvvm::PinOp::create(kb.b, kb.loc, tile);
  RegionEmitter *predicates = of.mask->getPredicates();
  // Row by row: ptxas makes predicates of neighbouring bits of one word. What
  // depends on keys is the same code for both, of which LLVM keeps one.
  auto body = [&](int64_t begin, int64_t count, Value first, bool isInside) {
    auto forElements =
        [&](llvm::function_ref<Value(unsigned, int64_t, Value)> f) {
          for (unsigned r : {0, 1})
            for (int64_t e = 2 * begin; e < 2 * (begin + count); ++e) {
              Value &element = s[4 * (e / 2) + 2 * r + e % 2];
              element = f(r, e, element);
            }
        };
    forElements([&](unsigned r, int64_t e, Value logit) {
      return of.mask->hideByWords(r, e, logit);
    });
    if (!predicates)
      return;
    forElements([&](unsigned r, int64_t e, Value logit) {
      beginKey(predicates, of, first, e, isInside);
      predicates->beginPair(r);
      return of.mask->hideByPredicates(r, e, logit);
    });
  };
  forColumns(s, tile, of, RegionKind::Visible, /*hide=*/true, body);
}

void Weights::addToSums(Value ofTile, unsigned r, RowState &state, Value at) {
  for (auto [stream, sum] : llvm::enumerate(state.sums)) {
    Value scaled = kb.fmul(sum[r], state.rescale[r]);
    sum[r] = kb.select(tiles.isOf(at, stream), kb.fadd(scaled, ofTile), scaled);
  }
}

/// A state result gives the maximum itself; others only need a number that the
/// weights are close to.
Value Weights::getReference(Value before, Value maximum) {
  if (!isLazy)
    return maximum;
  Value f = kb.cf(factor);
  Value distance = kb.fma(before, f, kb.fneg(kb.fmul(maximum, f)));
  float slack = cta.op.getState().empty() ? kSlack : 0;
  Value isFar = LLVM::FCmpOp::create(kb.b, kb.loc, LLVM::FCmpPredicate::olt,
                                     distance, kb.cf(-slack));
  return kb.select(isFar, maximum, before);
}

void Weights::softmax(SmallVectorImpl<Value> &s, RowState &state, Value at) {
  Value f = kb.cf(factor);
  bool isMixed = cta.headSize() + cta.valueSize() <= kExpLimit;
  for (unsigned r : {0, 1}) {
    SmallVector<unsigned> elements;
    for (unsigned i = 0; i < s.size(); ++i)
      if (i / 2 % 2 == r)
        elements.push_back(i);
    Value maximum = state.maximum[r];
    for (unsigned i : elements)
      maximum = kb.fmax(maximum, s[i]);
    for (int64_t mask : {2, 1})
      maximum = kb.fmax(maximum, kb.shuffleXor(maximum, mask));
    maximum = getReference(state.maximum[r], maximum);
    Value shift = kb.fneg(kb.fmul(maximum, f));
    auto makeRescale = [&] {
      state.rescale[r] = kb.ex2(kb.fma(state.maximum[r], f, shift));
    };
    // The vote waits for it. Where O is wide, ptxas moves exponentials that
    // stand behind it behind the wait; elsewhere an early one is better.
    bool isLate = cta.valueSize() > kWide;
    bool isOneSum = state.sums.size() == 1;
    Value &first = state.sums.front()[r];
    if (!isLate)
      makeRescale();
    Value sum = kb.cf(0);
    if (isOneSum && !isLate)
      sum = kb.fmul(first, state.rescale[r]);
    for (auto [n, i] : llvm::enumerate(elements)) {
      Value exponent = kb.fma(s[i], f, shift);
      s[i] = isMixed && n % kPolynomialEvery == 1 ? emitExp2OnFma(kb, exponent)
                                                  : kb.ex2(exponent);
      sum = kb.fadd(sum, s[i]);
    }
    if (isLate)
      makeRescale();
    if (isOneSum)
      first = isLate ? kb.fma(first, state.rescale[r], sum) : sum;
    else
      addToSums(sum, r, state, at);
    state.maximum[r] = maximum;
  }
  Value changes =
      kb.bitOr(isNotOne(kb, state.rescale[0]), isNotOne(kb, state.rescale[1]));
  // The vote stands here: at the rescale, ptxas moves exponentials behind the
  // wait.
  state.isRescaled = kb.any(changes);
}

Value Weights::getTotal(Value sum) {
  for (int64_t mask : {2, 1})
    sum = kb.fadd(sum, kb.shuffleXor(sum, mask));
  return sum;
}

Value Weights::getNaturalMaximum(Value maximum) {
  return kb.fmul(maximum, kb.cf(factor / kLog2E));
}
