//===- KeyWords.cpp - Words of bits from values of keys -------------------===//

#include "KeyWords.h"

#include "attn/dialect/Nvvm/Nvvm.h"

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

constexpr int64_t kLanes = 32;

/// Operands of casts that keep different values apart, where both are one.
void skipCasts(Value &x, Value &y) {
  while (true) {
    Operation *ofX = x.getDefiningOp(), *ofY = y.getDefiningOp();
    if (!ofX || !ofY || ofX->getName() != ofY->getName() ||
        !isa<arith::IndexCastOp, arith::ExtSIOp, arith::ExtUIOp>(ofX))
      return;
    Type from = ofX->getOperand(0).getType();
    if (from != ofY->getOperand(0).getType() || from.isIndex())
      return;
    x = ofX->getOperand(0);
    y = ofY->getOperand(0);
  }
}

Value toWord(KernelBuilder &kb, Value value) {
  if (value.getType() == kb.i32())
    return value;
  return LLVM::ZExtOp::create(kb.b, kb.loc, kb.i32(), value);
}

} // namespace

std::optional<KeyTest> attn::nvptx::getKeyTest(Value predicate,
                                               DependenceAnalysis &on,
                                               bool &isNegated) {
  if (!on.get(predicate).query)
    return KeyTest{{}, predicate};
  auto compare = predicate.getDefiningOp<arith::CmpIOp>();
  if (!compare || (compare.getPredicate() != arith::CmpIPredicate::eq &&
                   compare.getPredicate() != arith::CmpIPredicate::ne))
    return std::nullopt;
  Value row = compare.getLhs(), key = compare.getRhs();
  skipCasts(row, key);
  if (on.get(row).key)
    std::swap(row, key);
  if (on.get(row).key || on.get(key).query || !row.getType().isIntOrIndex() ||
      isWideInteger(row.getType()))
    return std::nullopt;
  isNegated ^= compare.getPredicate() == arith::CmpIPredicate::ne;
  return KeyTest{row, key};
}

KeyWords::KeyWords(Cta &cta, RegionEmitter &region, Value tile, Value last)
    : cta(cta), kb(cta.kb), region(region), tile(tile), last(last),
      kinds(cta.keyTile() <= 2 * kLanes ? 2 : 1) {
  Value thread = attn::nvvm::PinOp::create(kb.b, kb.loc, cta.thread);
  lane = kb.bitAnd(thread, kLanes - 1);
}

/// Element e of a row is column 8 (e / 2) + e % 2 = 4 e - 3 (e % 2) of the
/// thread that begins at column 0; others begin 2, 4 and 6 behind it. Lanes
/// without an element look at keys of the next tile, and nobody at their bits.
SmallVector<KeyWords::OfKeys, 1> KeyWords::getOfKeys(Value value) {
  Value element = kb.bitAnd(lane, kLanes / kinds - 1);
  Value column = kb.sub(kb.shl(element, 2), kb.mul(kb.bitAnd(lane, 1), 3));
  if (kinds == 2)
    column = kb.add(column, kb.shl(kb.lshr(lane, 4), 1));
  Value first = kb.add(kb.mul(tile, cta.keyTile()), column);
  SmallVector<OfKeys, 1> all;
  for (int64_t at = 0; at < cta.keyTile(); at += 4 * kLanes) {
    OfKeys values;
    for (int64_t kind = 0; kind < 4; kind += kinds) {
      int64_t behind = at + 2 * kind;
      Value key = kb.smin(first, kb.add(last, -behind));
      region.beginKey(kb.add(kb.sext(key), behind));
      values.push_back(region.getHeld(0, value));
    }
    all.push_back(values);
  }
  return all;
}

Value KeyWords::ballot(Value predicate) {
  return NVVM::VoteSyncOp::create(kb.b, kb.loc, kb.i32(), kb.c32(-1), predicate,
                                  NVVM::VoteSyncKind::ballot);
}

Value KeyWords::choose(ArrayRef<Value> ballots) {
  Value isLow = kb.eq(kb.bitAnd(lane, 2), kb.c32(0));
  if (kinds == 2) {
    Value both = kb.select(isLow, ballots[0], ballots[1]);
    Value half = kb.shl(kb.bitAnd(lane, 1), 4);
    return LLVM::LShrOp::create(kb.b, kb.loc, both, half);
  }
  Value isOdd = kb.eq(kb.bitAnd(lane, 1), kb.c32(1));
  return kb.select(isLow, kb.select(isOdd, ballots[1], ballots[0]),
                   kb.select(isOdd, ballots[3], ballots[2]));
}

std::array<KeyWords::Words, 2> KeyWords::emit(const KeyTest &test) {
  if (test.row)
    return emitEqual(test);
  Words words;
  for (const OfKeys &values : getOfKeys(test.key)) {
    SmallVector<Value> ballots;
    for (Value value : values)
      ballots.push_back(ballot(value));
    words.push_back(choose(ballots));
  }
  return {words, words};
}

/// Once for every value that rows of the warp have: one, as a rule, in a few
/// rows of a tile two.
std::array<KeyWords::Words, 2> KeyWords::emitEqual(const KeyTest &test) {
  auto keys = getOfKeys(test.key);
  for (OfKeys &values : keys)
    for (Value &value : values)
      value = toWord(kb, value);
  Value ofRow[2];
  for (unsigned r : {0, 1})
    ofRow[r] = toWord(kb, region.getHeld(r, test.row));

  // Lanes whose row 0 or 1 has no word yet, some; words of row 0, of row 1.
  SmallVector<Value> carried(2, kb.c32(-1));
  carried.append(2 * keys.size(), kb.c32(0));
  Block *behind = kb.block(TypeRange(ValueRange(carried)));
  Block *body = kb.block(TypeRange(ValueRange(carried)));
  kb.br(body, carried);
  kb.enter(body);
  carried.assign(body->args_begin(), body->args_end());
  Value isRow1 = kb.eq(carried[0], kb.c32(0));
  Value left = kb.select(isRow1, carried[1], carried[0]);
  Value first = LLVM::CountTrailingZerosOp::create(kb.b, kb.loc, kb.i32(), left,
                                                   /*is_zero_poison=*/true);
  Value value = kb.broadcast(kb.select(isRow1, ofRow[1], ofRow[0]), first);
  Value isOf[2];
  for (unsigned r : {0, 1}) {
    isOf[r] = kb.eq(ofRow[r], value);
    Value others = ballot(kb.bitXor(isOf[r], kb.c1(true)));
    carried[r] = kb.bitAnd(carried[r], others);
  }
  for (auto [v, values] : llvm::enumerate(keys)) {
    SmallVector<Value> ballots;
    for (Value key : values)
      ballots.push_back(ballot(kb.eq(key, value)));
    Value word = choose(ballots);
    for (unsigned r : {0, 1}) {
      Value &of = carried[2 + r * keys.size() + v];
      of = kb.select(isOf[r], word, of);
    }
  }
  Value isDone = kb.eq(kb.bitOr(carried[0], carried[1]), kb.c32(0));
  kb.condBr(isDone, behind, carried, body, carried);
  kb.enter(behind);
  auto words = behind->getArguments().drop_front(2);
  return {Words(words.take_front(keys.size())),
          Words(words.take_back(keys.size()))};
}
