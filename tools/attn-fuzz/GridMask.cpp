//===- GridMask.cpp - Masks of tokens on a grid ---------------------------===//

#include "GridMask.h"

#include <algorithm>
#include <vector>

namespace attn::fuzz {
namespace {

struct GridAxis {
  int64_t queries, keys, window, stride = 1, dilation = 1;
  bool isCausal = false;
};

std::string list(const std::string &word,
                 const std::vector<std::string> &parts) {
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return " " + word + "(" + text + ")";
}

class Drawer {
public:
  /// `isExact`: keys finer than queries leave no gap between two windows.
  Drawer(Random &random, bool isExact) : random(random), isExact(isExact) {
    drawSizes();
    isShifted = !random.once(3);
    bool isCrossScale = random.once(4);
    for (GridAxis &axis : axes) {
      if (isCrossScale)
        axis.keys = random.once(2) ? (axis.queries + 1) / 2
                                   : random.range(1, 2 * axis.queries);
      drawAxis(axis);
    }
  }

  std::string print() {
    auto each = [&](auto get) {
      std::vector<std::string> parts;
      for (const GridAxis &axis : axes)
        parts.push_back(get(axis));
      return parts;
    };
    auto number = [&](int64_t GridAxis::*member) {
      return each(
          [=](const GridAxis &axis) { return std::to_string(axis.*member); });
    };
    std::string text =
        "attn.mask.neighborhood" + list("shape", number(&GridAxis::queries));
    if (random.once(2) || count(&GridAxis::keys) != count(&GridAxis::queries) ||
        number(&GridAxis::keys) != number(&GridAxis::queries))
      text += list("keys", number(&GridAxis::keys));
    text += list("window", number(&GridAxis::window)) +
            list("stride", number(&GridAxis::stride)) +
            list("dilation", number(&GridAxis::dilation)) +
            list("causal", each([](const GridAxis &axis) -> std::string {
                   return axis.isCausal ? "true" : "false";
                 }));
    return text + (isShifted ? "" : " edge(shrink)");
  }

  int64_t count(int64_t GridAxis::*member) const {
    int64_t tokens = 1;
    for (const GridAxis &axis : axes)
      tokens *= axis.*member;
    return tokens;
  }

  /// Tokens per line of queries.
  int64_t getLine() const { return axes.back().queries; }

private:
  /// Few hundred tokens; lines shorter and longer than tiles.
  void drawSizes() {
    std::vector<int64_t> sizes;
    switch (random.range(0, 4)) {
    case 0:
      sizes = {random.range(1, 300)};
      break;
    case 1:
      sizes = {random.range(1, 20), random.range(1, 20)};
      break;
    case 2:
      sizes = {random.range(1, 5),
               random.pick<int64_t>({31, 32, 48, 63, 64, 65, 97})};
      break;
    case 3:
      sizes = {random.range(1, 7), random.range(1, 8), random.range(1, 8)};
      break;
    default:
      sizes = {random.range(1, 4), random.range(1, 4),
               random.pick<int64_t>({1, 16, 21, 33})};
    }
    for (int64_t size : sizes)
      axes.push_back({size, size, 1});
  }

  void drawAxis(GridAxis &axis) {
    int64_t finer = (axis.keys + axis.queries - 1) / axis.queries;
    bool isFiner = axis.keys > axis.queries;
    if (random.once(3) && !(isExact && isFiner))
      axis.dilation = random.range(1, std::min<int64_t>(axis.keys, 5));
    int64_t most = isShifted ? axis.keys / axis.dilation : axis.keys + 3;
    axis.window = random.once(8)   ? most
                  : random.once(2) ? random.range(1, std::min<int64_t>(most, 9))
                                   : random.range(1, most);
    if (isExact && isFiner)
      axis.window = std::max(axis.window, std::min(finer, most));
    int64_t mostStride =
        isExact && isFiner ? axis.window - finer + 1 : axis.window;
    axis.stride = random.once(2) ? 1
                  : random.once(3)
                      ? mostStride
                      : random.range(1, std::max<int64_t>(mostStride, 1));
    axis.stride = std::max<int64_t>(axis.stride, 1);
    axis.isCausal = random.once(4);
    bool needsMiddle = !isShifted && !axis.isCausal;
    if (needsMiddle && (axis.window - axis.stride) % 2)
      axis.stride > 1 ? --axis.stride : ++axis.window;
  }

  Random &random;
  bool isExact, isShifted = true;
  std::vector<GridAxis> axes;
};

/// Squares of differences of coordinates, or a remainder of a difference.
std::string printFree(Random &random, int64_t line) {
  std::string text =
      "attn.mask.free {\n  ^bb0(%b: index, %h: index, %i: index, %j: index):\n";
  auto op = [&](const std::string &name, const std::string &right) {
    text += "    %" + name + " = arith." + right + " : index\n";
  };
  op("w", "constant " + std::to_string(line));
  op("r", "constant " + std::to_string(random.range(1, 60)));
  op("yi", "divui %i, %w");
  op("yj", "floordivsi %j, %w");
  op("xi", "remui %i, %w");
  op("xj", "remsi %j, %w");
  op("dy", "subi %yi, %yj");
  op("dx", "subi %xi, %xj");
  op("y2", "muli %dy, %dy");
  op("x2", "muli %dx, %dx");
  op("d2", "addi %y2, %x2");
  text += "    %near = arith.cmpi slt, %d2, %r : index\n"
          "    %same = arith.cmpi eq, %xi, %xj : index\n"
          "    %before = arith.cmpi sle, %yj, %yi : index\n";
  std::string shown = random.pick({"%near", "%near", "%both", "%any"});
  text += "    %both = arith.andi %near, %before : i1\n"
          "    %any = arith.ori %both, %same : i1\n";
  return text + "    attn.yield " + shown + " : i1\n  }";
}

} // namespace

GridMask drawNeighborhood(Random &random) {
  Drawer drawer(random, /*isExact=*/true);
  return {"  %m = " + drawer.print() + "\n", drawer.count(&GridAxis::queries),
          drawer.count(&GridAxis::keys)};
}

GridMask drawGridMask(Random &random) {
  Drawer drawer(random, /*isExact=*/false);
  GridMask mask{"  %n = " + drawer.print() + "\n",
                drawer.count(&GridAxis::queries),
                drawer.count(&GridAxis::keys)};
  if (random.once(4))
    mask.queries += random.range(0, 40);
  if (random.once(4))
    mask.keys += random.range(0, 40);
  std::string other = random.pick<std::string>(
      {"attn.mask.causal", "attn.mask.window left(40) right(3)",
       "attn.mask.first count(5)", "attn.mask.block size(32)"});
  if (random.once(2))
    other = printFree(random,
                      random.once(2) ? drawer.getLine() : random.range(1, 40));
  mask.text += "  %p = " + other + "\n";
  switch (random.range(0, 3)) {
  case 0:
    mask.text += "  %x = attn.mask.not %n\n  %m = attn.mask.and %x, %p\n";
    break;
  case 1:
    mask.text += "  %m = attn.mask.or %n, %p\n";
    break;
  case 2:
    mask.text += "  %m = attn.mask.and %n, %p\n";
    break;
  default:
    mask.text += "  %m = attn.mask.and %p, %p\n";
  }
  return mask;
}

} // namespace attn::fuzz
