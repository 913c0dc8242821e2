//===- Spec.cpp - Drawing sizes, types and masks --------------------------===//

#include "Spec.h"

#include "attn/codegen/Visibility.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace attn::fuzz {
namespace {

/// Lengths around the edges of tiles, and some in between.
int64_t drawLength(Random &random) {
  if (random.once(12))
    return random.pick<int64_t>({0, 1, 1, 2});
  if (random.once(3))
    return random.range(1, 300);
  int64_t tile = random.pick<int64_t>({16, 32, 48, 64, 96, 128, 192, 256});
  return tile + random.range(-2, 2);
}

int64_t drawHeadSize(Random &random) {
  return random.pick<int64_t>(
      {1, 3, 8, 16, 17, 32, 40, 64, 64, 72, 80, 96, 128, 128, 192, 256});
}

/// A number, or a table of one number per head.
MaskNode::Parameter makeParameter(Random &random, Spec &spec, int64_t number,
                                  Fill fill) {
  if (!random.once(4))
    return {number, ""};
  std::string name = "per" + std::to_string(spec.arguments.size());
  spec.arguments.push_back({name, ATTN_I32, {headAxis(spec)}, fill});
  spec.hasHeadMask = true;
  return {std::nullopt, name};
}

/// Numbers of the exact family keep the query's own position visible.
Fill countsOf(Random &random, MaskFamily family) {
  return family == MaskFamily::Exact || random.once(2) ? Fill::Counts
                                                       : Fill::AnyInteger;
}

MaskNode makeWindow(Random &random, Spec &spec, MaskFamily family) {
  MaskNode node{MaskNode::Window};
  int64_t sides = random.range(1, 3);
  if (sides & 1)
    node.first =
        makeParameter(random, spec, random.once(4) ? 0 : random.range(0, 100),
                      countsOf(random, family));
  if (sides & 2)
    node.second =
        makeParameter(random, spec, random.once(2) ? 0 : random.range(0, 60),
                      countsOf(random, family));
  return node;
}

MaskNode makeFirst(Random &random, Spec &spec, MaskFamily family) {
  MaskNode node{MaskNode::First};
  node.first =
      makeParameter(random, spec, random.range(0, random.once(2) ? 8 : 200),
                    countsOf(random, family));
  return node;
}

MaskNode makePrefix(Random &random, Spec &spec, MaskFamily family) {
  MaskNode node{MaskNode::Prefix};
  node.first.table = "prefix" + std::to_string(spec.arguments.size());
  spec.arguments.push_back({node.first.table,
                            ATTN_I32,
                            {batchAxis(spec)},
                            countsOf(random, family)});
  return node;
}

MaskNode makeBlock(Random &random, Spec &spec, MaskFamily family) {
  MaskNode node{MaskNode::Block};
  int64_t size = random.pick<int64_t>({1, 7, 16, 64, 100, 128});
  bool isAny = family != MaskFamily::Exact && random.once(2);
  node.first =
      makeParameter(random, spec, size, isAny ? Fill::AnyInteger : Fill::Sizes);
  return node;
}

/// In a conjunction of the exact family every range holds the query's own
/// position: ranges that contradict each other are for the other family.
MaskNode makeCausal(Random &random, Spec &spec, MaskFamily family,
                    bool holdsDiagonal) {
  MaskNode node{MaskNode::Causal};
  int64_t offset =
      random.once(2) ? 0 : random.range(holdsDiagonal ? 0 : -40, 40);
  node.first = makeParameter(random, spec, offset, countsOf(random, family));
  return node;
}

MaskNode makeDocument(Random &random, Spec &spec, MaskFamily family) {
  MaskNode node{MaskNode::Document};
  Fill fill = family == MaskFamily::Exact || random.once(2) ? Fill::SortedIds
                                                            : Fill::Ids;
  std::string number = std::to_string(spec.arguments.size());
  auto add = [&](std::string name, Axis length) {
    spec.arguments.push_back({name, ATTN_I32, {batchAxis(spec), length}, fill});
    return name;
  };
  bool isShared =
      spec.sameLength && (family == MaskFamily::Exact || !random.once(4));
  node.queryIds = add((isShared ? "ids" : "qids") + number, queryAxis(spec));
  node.keyIds = isShared ? node.queryIds : add("kids" + number, keyAxis(spec));
  return node;
}

MaskNode makeTable(Spec &spec, const char *op, std::vector<Axis> shape,
                   Fill fill) {
  MaskNode node{MaskNode::Pattern};
  node.text = op;
  node.isTable = true;
  node.first.table = op + std::to_string(spec.arguments.size());
  spec.arguments.push_back({node.first.table, ATTN_I32, shape, fill});
  return node;
}

/// Marks of blocks, sometimes more than the lengths have.
MaskNode makeBitmap(Random &random, Spec &spec,
                    std::initializer_list<int64_t> sizes) {
  int64_t querySize = random.pick(sizes), keySize = random.pick(sizes);
  auto countBlocks = [&](const char *name, int64_t length, int64_t size) {
    return Axis{name + std::to_string(spec.arguments.size()),
                llvm::divideCeilSigned(length, size) + random.range(0, 1),
                spec.isStatic};
  };
  std::vector<Axis> shape;
  std::string tail;
  if (random.once(2)) {
    shape.push_back(batchAxis(spec));
    tail += " per_batch";
  }
  if (random.once(2)) {
    shape.push_back(headAxis(spec));
    tail += " per_head";
    spec.hasHeadMask = true;
  }
  shape.push_back(countBlocks("Nq", spec.lq, querySize));
  shape.push_back(countBlocks("Nk", spec.lk, keySize));
  MaskNode node = makeTable(spec, "block_bitmap", shape, Fill::Marks);
  if (random.once(2))
    spec.arguments.back().dtype = ATTN_BOOL;
  node.tail = tail + " size(" + std::to_string(querySize) + ", " +
              std::to_string(keySize) + ")";
  return node;
}

MaskNode makePattern(Random &random, Spec &spec) {
  auto word = [](const char *name, int64_t number) {
    return std::string(" ") + name + "(" + std::to_string(number) + ")";
  };
  std::string size = word("size", random.pick<int64_t>({1, 7, 16, 64, 100}));
  Fill ids = random.once(2) ? Fill::SortedIds : Fill::Ids;
  MaskNode node{MaskNode::Pattern};
  auto addOffset = [&](int64_t least, int64_t most) {
    if (random.once(2))
      node.first = makeParameter(random, spec, random.range(least, most),
                                 countsOf(random, MaskFamily::Any));
  };
  switch (random.range(0, 7)) {
  case 0:
    node.text = "block_causal" + size;
    addOffset(-3, 3);
    return node;
  case 1:
    node.text = "stride" + word("every", random.range(1, 9)) + size;
    addOffset(-9, 9);
    if (random.once(2)) {
      node.tail = word("step", random.range(0, 3));
      spec.hasHeadMask = true;
    }
    node.tail += random.once(2) ? " relative" : "";
    return node;
  case 2:
    node.text = "power_of_two" + size;
    return node;
  case 3:
    node.text = "staircase" + word("step", random.pick<int64_t>({1, 4, 16}));
    addOffset(-20, 40);
    return node;
  case 4:
    node.text = "two_stream" + size + (random.once(2) ? " blocks" : "");
    return node;
  case 5: {
    std::string number = std::to_string(spec.arguments.size());
    return makeTable(spec, "slices",
                     {{"S" + number, random.range(1, 7), true}, {"W", 5, true}},
                     Fill::Slices);
  }
  case 6:
    return makeTable(spec, "rows", {batchAxis(spec), queryAxis(spec)}, ids);
  default:
    if (random.once(2))
      return makeBitmap(random, spec, {1, 7, 64, 128, 128, 128});
    return makeTable(spec, "columns", {batchAxis(spec), keyAxis(spec)}, ids);
  }
}

constexpr int kMaskDepth = 2;

MaskNode drawAtom(Random &random, Spec &spec, MaskFamily family,
                  bool holdsDiagonal) {
  switch (random.range(0, 5)) {
  case 0:
    return makeWindow(random, spec, family);
  case 1:
    return makeFirst(random, spec, family);
  case 2:
    return makePrefix(random, spec, family);
  case 3:
    return makeBlock(random, spec, family);
  case 4:
    if (family != MaskFamily::Exact || spec.sameLength)
      return makeDocument(random, spec, family);
    [[fallthrough]];
  default:
    return makeCausal(random, spec, family, holdsDiagonal);
  }
}

MaskNode drawNode(Random &random, Spec &spec, int depth, MaskFamily family) {
  bool isExact = family == MaskFamily::Exact;
  bool isLeaf = depth == 0 || random.once(2);
  if (isLeaf) {
    if (family == MaskFamily::Patterns && !random.once(3))
      return makePattern(random, spec);
    MaskNode node =
        drawAtom(random, spec, family, isExact && depth < kMaskDepth);
    node.isFree = random.once(4);
    return node;
  }
  MaskNode node{isExact ? MaskNode::And
                        : random.pick({MaskNode::And, MaskNode::And,
                                       MaskNode::Or, MaskNode::Not})};
  int64_t operands = node.kind == MaskNode::Not ? 1 : random.range(2, 3);
  for (int64_t n = 0; n < operands; ++n)
    node.operands.push_back(drawNode(random, spec, depth - 1, family));
  return node;
}

/// A bitmap whose blocks are not too small, or one of blocks that tiles lie
/// inside of with what is decided exactly.
MaskNode drawBitmap(Random &random, Spec &spec) {
  if (random.once(2)) {
    MaskNode bitmap = makeBitmap(random, spec, {16, 48, 64, 100, 128});
    if (!random.once(3))
      return bitmap;
    MaskNode inverse{MaskNode::Not};
    inverse.operands = {std::move(bitmap)};
    return inverse;
  }
  MaskNode both{MaskNode::And};
  both.operands = {makeBitmap(random, spec, {128, 256}),
                   drawNode(random, spec, 1, MaskFamily::Exact)};
  return both;
}

void drawSizes(Random &random, Spec &spec) {
  spec.b = random.range(1, 2);
  spec.hk = random.range(1, 3);
  spec.hq = spec.hk * random.pick<int64_t>({1, 1, 2, 3, 4});
  spec.sameLength = random.once(2);
  spec.lq = drawLength(random);
  spec.lk = spec.sameLength ? spec.lq : drawLength(random);
  spec.d = drawHeadSize(random);
  spec.dv = random.once(2) ? spec.d : drawHeadSize(random);
  spec.isStatic = random.once(4);
  spec.dynamicHeads = spec.hq == spec.hk && !spec.isStatic && random.once(3);
}

} // namespace

Axis batchAxis(const Spec &spec) { return {"B", spec.b, spec.isStatic}; }
Axis headAxis(const Spec &spec) {
  return {spec.dynamicHeads ? "H" : "Hq", spec.hq, !spec.dynamicHeads};
}
Axis queryAxis(const Spec &spec) {
  return {spec.sameLength ? "L" : spec.queryLetter, spec.lq, spec.isStatic};
}
Axis keyAxis(const Spec &spec) {
  return {spec.sameLength ? "L" : spec.keyLetter, spec.lk, spec.isStatic};
}

void addTensors(Spec &spec) {
  Axis keyHeads{spec.dynamicHeads ? "H" : "Hk", spec.hk, !spec.dynamicHeads};
  Axis d{"D", spec.d, true}, dv{"Dv", spec.dv, true};
  spec.arguments = {
      {"q", spec.dtype, {batchAxis(spec), headAxis(spec), queryAxis(spec), d}},
      {"k", spec.dtype, {batchAxis(spec), keyHeads, keyAxis(spec), d}},
      {"v", spec.dtype, {batchAxis(spec), keyHeads, keyAxis(spec), dv}}};
}

std::optional<MaskNode> drawMask(Random &random, Spec &spec,
                                 MaskFamily family) {
  if (family == MaskFamily::Bitmaps)
    return drawBitmap(random, spec);
  return drawNode(random, spec, kMaskDepth, family);
}

Spec drawSpec(uint64_t seed) {
  Random random(seed);
  Spec spec;
  spec.seed = seed;
  spec.dtype = random.pick({ATTN_F32, ATTN_F16, ATTN_BF16});
  drawSizes(random, spec);
  addTensors(spec);
  return spec;
}

} // namespace attn::fuzz
