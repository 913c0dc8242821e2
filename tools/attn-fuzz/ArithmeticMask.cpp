//===- ArithmeticMask.cpp - Masks of random integer arithmetic ------------===//
//
// Mask analysis knows more arithmetic than the masks with names use. Here every
// kind of term meets every other; where a result might not be a sum that does
// not wrap, analysis must say that it knows nothing.
//
//===----------------------------------------------------------------------===//

#include "ArithmeticMask.h"

namespace attn::fuzz {
namespace {

class Printer {
public:
  explicit Printer(Random &random) : random(random) {}

  std::string print() {
    std::string shown = truth(/*depth=*/2);
    return "  %m = attn.mask.free {\n  ^bb0(%b: index, %h: index, %i: index, "
           "%j: index):\n" +
           text + "    attn.yield " + shown + " : i1\n  }\n";
  }

private:
  std::string op(const std::string &right) {
    std::string name = "%x" + std::to_string(next++);
    text += "    " + name + " = " + right + "\n";
    return name;
  }
  std::string binary(const std::string &name, const std::string &a,
                     const std::string &b, const char *type = "index") {
    return op("arith." + name + " " + a + ", " + b + " : " + type);
  }
  std::string number(int64_t least, int64_t most) {
    return op("arith.constant " + std::to_string(random.range(least, most)) +
              " : index");
  }

  std::string leaf() {
    switch (random.range(0, 6)) {
    case 0:
      return number(-70, 70);
    case 1:
      return op("attn.length queries");
    case 2:
      return op("attn.length keys");
    case 3:
    case 4:
      return "%i";
    default:
      return "%j";
    }
  }

  /// 1 or more, the same for all pairs.
  std::string divisor() {
    if (!random.once(4))
      return number(1, 50);
    std::string keys = op("attn.length keys");
    return binary("maxsi", keys, number(1, 3));
  }

  std::string integer(int depth) {
    if (depth == 0 || random.once(4))
      return leaf();
    std::string a = integer(depth - 1);
    switch (random.range(0, 8)) {
    case 0:
      return op("math.absi " + a + " : index");
    case 1:
      return binary("muli", a, number(-3, 5));
    case 2:
      return binary("shrsi", a, number(0, 5));
    case 3:
      return binary("floordivsi", a, divisor());
    case 4:
    case 5:
      return remainder(a);
    default: {
      std::string b = integer(depth - 1);
      return binary(random.pick({"addi", "subi", "maxsi", "minsi"}), a, b);
    }
    }
  }

  /// Rounding towards zero: mostly of what is known not to be negative.
  std::string remainder(std::string a) {
    if (!random.once(4))
      a = binary("maxsi", a, number(0, 3));
    std::string b = divisor();
    return binary(random.pick({"remsi", "remsi", "divsi"}), a, b);
  }

  std::string truth(int depth) {
    if (depth == 0 || random.once(3)) {
      std::string predicate =
          random.pick({"sle", "slt", "sge", "sgt", "eq", "ne", "ult"});
      std::string a = integer(2), b = integer(2);
      return binary("cmpi " + predicate + ",", a, b);
    }
    std::string a = truth(depth - 1), b = truth(depth - 1);
    switch (random.range(0, 4)) {
    case 0:
      return binary("xori", a, b, "i1");
    case 1:
      return op("arith.select " + truth(depth - 1) + ", " + a + ", " + b +
                " : i1");
    default:
      return binary(random.pick({"andi", "ori"}), a, b, "i1");
    }
  }

  Random &random;
  std::string text;
  int next = 0;
};

} // namespace

std::string printArithmeticMask(Random &random) {
  return Printer(random).print();
}

} // namespace attn::fuzz
