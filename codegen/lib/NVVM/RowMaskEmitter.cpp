//===- RowMaskEmitter.cpp - What the rows of a thread see -----------------===//

#include "RowMaskEmitter.h"

#include "Instructions.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include <cmath>

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

/// How many elements of a row lie before `limit`, counted from the thread's
/// first column. Tiles are a multiple of 8 keys, so that what is left of a
/// limit inside of a block of 8 is the same for all of them, and counted here
/// once.
Value countElements(KernelBuilder &kb, Value limit) {
  Value blocks = LLVM::AShrOp::create(kb.b, kb.loc, limit, kb.c32(3));
  Value rest = kb.smin(kb.bitAnd(limit, 7), kb.c32(2));
  return kb.add(kb.shl(blocks, 1), rest);
}

/// The lowest n bits: none below 1, all from 32 on.
Value getLowBits(KernelBuilder &kb, Value n) {
  Value operands[] = {kb.c32(0), kb.smax(n, kb.c32(0))};
  return LLVM::CallIntrinsicOp::create(kb.b, kb.loc, kb.i32(),
                                       kb.b.getStringAttr(kBitMask), operands)
      .getResult(0);
}

Value invert(KernelBuilder &kb, Value bits) {
  return kb.bitXor(bits, kb.cst(bits.getType(), -1));
}

} // namespace

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

RowMaskEmitter::RowMaskEmitter(Cta &cta, const KeyStream &stream,
                               NvvmRegionTarget &target)
    : cta(cta), kb(cta.kb), stream(stream), target(target) {
  Node length{RowMask::Below, {}};
  length.isLength = true;
  root.operands.push_back(length);
  RouteOp route = stream.route;
  if (!route.getVisible().empty())
    root.operands.push_back(convert(analyzeRow(route.getVisible(), limits)));
  simplify(root);
  SmallVector<Value> evaluated, tested;
  collectPredicates(root, evaluated, tested);
  auto makeEmitter = [&](ArrayRef<Value> roots) {
    if (roots.empty())
      return std::unique_ptr<RegionEmitter>();
    return std::make_unique<RegionEmitter>(target, route.getVisible(),
                                           attn::RegionKind::Visible,
                                           route.getCaptures(), roots);
  };
  predicates = makeEmitter(evaluated);
  tests = makeEmitter(tested);
}

RowMaskEmitter::Node RowMaskEmitter::convert(const RowMask &mask) {
  Node node{mask.kind, {}};
  node.predicate = mask.predicate;
  node.isNegated = mask.isNegated;
  if (mask.kind == RowMask::Below)
    node.upper = {mask.limit};
  if (mask.kind == RowMask::NotBelow)
    node.lower = {mask.limit};
  if (mask.kind == RowMask::NotBelow)
    node.kind = RowMask::Below;
  if (mask.kind == RowMask::Predicate) {
    RouteOp route = stream.route;
    DependenceAnalysis on(route.getVisible(), attn::RegionKind::Visible);
    bool isOfKey = on.get(mask.predicate).key;
    if (isOfKey)
      node.test =
          getKeyTest(mask.predicate, on, node.isNegated).value_or(KeyTest());
    node.isWord = !isOfKey || node.test;
  }
  for (const RowMask &operand : mask.operands)
    node.operands.push_back(convert(operand));
  return node;
}

void RowMaskEmitter::simplify(Node &node) {
  if (node.kind != RowMask::All && node.kind != RowMask::Any)
    return;
  std::vector<Node> flat;
  for (Node &operand : node.operands) {
    simplify(operand);
    if (operand.kind != node.kind)
      flat.push_back(std::move(operand));
    else
      llvm::move(operand.operands, std::back_inserter(flat));
  }
  Node words{node.kind, {}};
  Node *range = nullptr;
  std::vector<Node> others;
  // References into `words` hold: no more operands than it has room for.
  words.operands.reserve(flat.size());
  for (Node &operand : flat) {
    if (!operand.isWord) {
      others.push_back(std::move(operand));
    } else if (range && operand.kind == RowMask::Below) {
      range->upper.append(operand.upper);
      range->lower.append(operand.lower);
      range->isLength |= operand.isLength;
    } else {
      words.operands.push_back(std::move(operand));
      Node &last = words.operands.back();
      if (node.kind == RowMask::All && last.kind == RowMask::Below)
        range = &last;
    }
  }
  node.isWord = others.empty();
  if (node.isWord) {
    node.operands = std::move(words.operands);
    return;
  }
  node.operands = std::move(others);
  if (!words.operands.empty())
    node.operands.insert(node.operands.begin(), std::move(words));
}

void RowMaskEmitter::collectPredicates(const Node &node,
                                       SmallVectorImpl<Value> &evaluated,
                                       SmallVectorImpl<Value> &tested) {
  ranges += node.kind == RowMask::Below;
  if (node.test)
    tested.push_back(node.test.key);
  if (node.test.row)
    tested.push_back(node.test.row);
  if (node.predicate && !node.test)
    evaluated.push_back(node.predicate);
  for (const Node &operand : node.operands)
    collectPredicates(operand, evaluated, tested);
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

void RowMaskEmitter::emitRow(unsigned r, Value query, Value column) {
  for (RegionEmitter *emitter : {predicates.get(), tests.get()})
    if (emitter)
      emitter->emitRow(r, query);
  SmallVector<Value> bounds;
  if (!limits.empty()) {
    RegionEmitter emitter(target, limits, attn::RegionKind::Bounds,
                          RouteOp(stream.route).getCaptures());
    emitter.emitRow(0, {query, query});
    bounds = emitter.emitBounds();
  }
  emitRanges(root, r, bounds, column);
}

void RowMaskEmitter::emitRanges(Node &node, unsigned r, ArrayRef<Value> bounds,
                                Value column) {
  for (Node &operand : node.operands)
    emitRanges(operand, r, bounds, column);
  if (node.kind != RowMask::Below)
    return;
  Value keys = kb.sext(stream.keys.count);
  auto count = [&](Value limit) {
    Value clamped = kb.trunc(kb.smax(kb.smin(limit, keys), kb.c64(0)));
    return countElements(kb, kb.sub(clamped, column));
  };
  Value end = node.isLength ? keys : Value(), first;
  for (unsigned limit : node.upper)
    end = end ? kb.smin(end, bounds[limit]) : bounds[limit];
  for (unsigned limit : node.lower)
    first = first ? kb.smax(first, bounds[limit]) : bounds[limit];
  node.range[r] = {first ? count(first) : Value(), end ? count(end) : Value()};
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

RowMaskEmitter::Words RowMaskEmitter::getRangeWords(const RowRange &range,
                                                    Value tile) {
  int64_t count = cta.keyTile() / 4;
  Value before = kb.mul(tile, count);
  Words words;
  for (int64_t at = 0; at < count; at += 32) {
    auto bitsBelow = [&](Value end) {
      return getLowBits(kb, kb.add(kb.sub(end, before), -at));
    };
    Value word = range.end ? bitsBelow(range.end) : Value();
    if (range.first) {
      Value from = invert(kb, bitsBelow(range.first));
      word = word ? kb.bitAnd(word, from) : from;
    }
    words.push_back(word);
  }
  return words;
}

void RowMaskEmitter::beginTile(Value tile, bool isInside) {
  if (tests) {
    target.setAtSingleKeys();
    KeyWords keys(cta, *tests, tile, kb.add(stream.keys.count, -1));
    emitTests(root, keys);
  }
  for (unsigned r : {0, 1})
    emitWords(root, r, tile, isInside);
}

void RowMaskEmitter::emitTests(Node &node, KeyWords &keys) {
  for (Node &operand : node.operands)
    emitTests(operand, keys);
  if (!node.test)
    return;
  auto words = keys.emit(node.test);
  for (unsigned r : {0, 1}) {
    node.tested[r] = words[r];
    for (Value &word : node.tested[r])
      word = node.isNegated ? invert(kb, word) : word;
  }
}

/// The node hides nothing of a tile inside of the length.
bool RowMaskEmitter::isWholeTile(const Node &node, bool isInside) const {
  return isInside && node.kind == RowMask::Below && node.upper.empty() &&
         node.lower.empty();
}

void RowMaskEmitter::emitWords(Node &node, unsigned r, Value tile,
                               bool isInside) {
  node.words[r].clear();
  for (Node &operand : node.operands)
    emitWords(operand, r, tile, isInside);
  if (!node.isWord || isWholeTile(node, isInside))
    return;
  if (node.kind == RowMask::Below) {
    node.words[r] = getRangeWords(node.range[r], tile);
    return;
  }
  Value none = kb.c32(0), all = kb.c32(-1);
  int64_t count = llvm::divideCeil(cta.keyTile() / 4, 32);
  if (node.test) {
    node.words[r] = node.tested[r];
    return;
  }
  if (node.kind == RowMask::Predicate) {
    Value holds = predicates->getHeld(r, node.predicate);
    holds = node.isNegated ? invert(kb, holds) : holds;
    node.words[r].assign(count, kb.select(holds, all, none));
    return;
  }
  joinWords(node, r, none);
}

void RowMaskEmitter::joinWords(Node &node, unsigned r, Value none) {
  bool isAll = node.kind == RowMask::All;
  bool isTested = &node == &root || &node == &root.operands.front();
  Words &words = node.words[r];
  int64_t count = llvm::divideCeil(cta.keyTile() / 4, 32);
  if (!isAll)
    words.assign(count, none);
  for (const Node &operand : node.operands) {
    ArrayRef<Value> others = operand.words[r];
    if (others.empty() && !isAll)
      return words.clear();
    if (words.empty())
      words.assign(others.begin(), others.end());
    else
      for (auto [word, other] : llvm::zip(words, others))
        word = !isAll     ? kb.bitOr(word, other)
               : isTested ? conjoin(word, other)
                          : kb.bitAnd(word, other);
  }
}

/// x & y, of which ptxas does not know that: it would join it with every test
/// of a bit, and make no predicates of many bits at once.
Value RowMaskEmitter::conjoin(Value x, Value y) {
  Value lost = kb.bitAnd(x, invert(kb, y));
  return kb.sub(x, attn::nvvm::PinOp::create(kb.b, kb.loc, lost));
}

/// Null: nothing is. A test of a bit against 0 is what ptxas makes of words.
Value RowMaskEmitter::isHidden(const Node &node, unsigned r, int64_t e) {
  if (node.isWord) {
    if (node.words[r].empty())
      return {};
    Value bit = kb.bitAnd(node.words[r][e / 32], int64_t(1) << e % 32);
    return kb.eq(bit, kb.c32(0));
  }
  if (node.kind == RowMask::Predicate) {
    Value holds = predicates->getHeld(r, node.predicate);
    return node.isNegated ? holds : invert(kb, holds);
  }
  bool isAll = node.kind == RowMask::All;
  Value result;
  for (const Node &operand : node.operands) {
    Value part = isHidden(operand, r, e);
    if (!part && !isAll)
      return {};
    if (!part)
      continue;
    result = !result ? part
             : isAll ? kb.bitOr(result, part)
                     : kb.bitAnd(result, part);
  }
  return result;
}

Value RowMaskEmitter::hide(Value hidden, Value logit) {
  return hidden ? kb.select(hidden, kb.cf(-INFINITY), logit) : logit;
}

// Apart from predicates, though a select more: ptxas makes predicates of many
// bits at once only where nothing stands between their tests.
Value RowMaskEmitter::hideByWords(unsigned r, int64_t e, Value logit) {
  const Node &words = root.isWord ? root : root.operands.front();
  return hide(words.isWord ? isHidden(words, r, e) : Value(), logit);
}

Value RowMaskEmitter::hideByPredicates(unsigned r, int64_t e, Value logit) {
  for (const Node &operand : root.operands)
    if (!root.isWord && !operand.isWord)
      logit = hide(isHidden(operand, r, e), logit);
  return logit;
}
