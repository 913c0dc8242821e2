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
  if (kind == RegionKind::Score) {
    of.score =
        makeRegion(of.target, cta.op.getScore(), kind, cta.op.getCaptures());
    return;
  }
  RouteOp route = of.stream.route;
  if (isRangeOfEveryRow(route)) {
    for (unsigned r : {0, 1})
      of.ranges[r] =
          emitRowRange(cta, of.stream, of.target, getQuery(r), column);
    return;
  }
  of.visible =
      makeRegion(of.target, route.getVisible(), kind, route.getCaptures());
}

void Weights::forRegions(
    RegionKind kind, SmallVectorImpl<Value> &s, Value at,
    llvm::function_ref<void(StreamRegions &, Value)> body) {
  tiles.forStream(at, s, [&](unsigned stream, Value tile) {
    StreamRegions &of = *regions[stream];
    if (regions.size() > 1) {
      locate();
      of.target.pinCoordinates();
      make(kind, of);
    }
    body(of, tile);
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

std::unique_ptr<RegionEmitter> Weights::makeRegion(NvvmRegionTarget &target,
                                                   Region &region,
                                                   RegionKind kind,
                                                   ValueRange captures) {
  if (region.empty())
    return nullptr;
  auto emitter =
      std::make_unique<RegionEmitter>(target, region, kind, captures);
  for (unsigned r : {0, 1})
    emitter->emitRow(r, getQuery(r));
  return emitter;
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

Value Weights::getKey(Value tile, int64_t j, int64_t c) {
  Value first = kb.add(kb.mul(tile, cta.keyTile()), column);
  return kb.add(first, 8 * j + c);
}

Value Weights::clampKey(Value key, const StreamRegions &of) {
  return kb.smin(key, kb.add(of.stream.keys.count, -1));
}

void Weights::forColumns(SmallVectorImpl<Value> &s, Value tile,
                         StreamRegions &of, RegionEmitter *region, bool hide,
                         llvm::function_ref<void(int64_t)> body) {
  int64_t groups = s.size() / 4;
  if (!region || !region->readsByKey()) {
    for (int64_t j = 0; j < groups; ++j)
      body(j);
    return;
  }
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
      of.target.pinAddresses(*region);
    for (int64_t j = first; j < first + count; ++j)
      body(j);
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
  forColumns(s, tile, of, score, /*hide=*/false, [&](int64_t j) {
    for (int64_t c : {0, 1}) {
      if (score)
        score->beginKey(clampKey(getKey(tile, j, c), of));
      for (unsigned r : {0, 1}) {
        Value &element = s[4 * j + 2 * r + c];
        element = kb.fmul(element, scale);
        if (score)
          element = score->emitPair(r, element);
      }
    }
  });
}

void Weights::mask(SmallVectorImpl<Value> &s, Value at) {
  forRegions(RegionKind::Visible, s, at,
             [&](StreamRegions &of, Value tile) { maskTile(s, tile, of); });
}

void Weights::maskTile(SmallVectorImpl<Value> &s, Value tile,
                       StreamRegions &of) {
  if (!cta.op.getScore().empty())
    tile = attn::nvvm::PinOp::create(kb.b, kb.loc, tile);
  if (!of.visible)
    return hideByWords(s, tile, of);
  Value hidden = kb.cf(-INFINITY);
  RegionEmitter *visible = of.visible.get();
  forColumns(s, tile, of, visible, /*hide=*/true, [&](int64_t j) {
    for (int64_t c : {0, 1}) {
      Value key = getKey(tile, j, c);
      Value isInside = kb.slt(key, of.stream.keys.count);
      visible->beginKey(clampKey(key, of));
      for (unsigned r : {0, 1}) {
        Value &element = s[4 * j + 2 * r + c];
        Value isShown = kb.bitAnd(isInside, visible->emitPair(r));
        element = kb.select(isShown, element, hidden);
      }
    }
  });
}

void Weights::hideByWords(SmallVectorImpl<Value> &s, Value tile,
                          StreamRegions &of) {
  Value hidden = kb.cf(-INFINITY), zero = kb.c32(0);
  for (unsigned r : {0, 1}) {
    SmallVector<Value> words = emitMaskWords(cta, of.ranges[r], tile);
    for (size_t e = 0; e < s.size() / 2; ++e) {
      Value bit = kb.bitAnd(words[e / 32], int64_t(1) << e % 32);
      Value isHidden = kb.eq(bit, zero);
      Value &element = s[4 * (e / 2) + 2 * r + e % 2];
      element = kb.select(isHidden, hidden, element);
    }
  }
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
