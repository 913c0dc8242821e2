//===- ProgramText.cpp - A random program as text -------------------------===//

#include "Spec.h"

namespace attn::fuzz {
namespace {

std::string printDtype(AttnDtype dtype) {
  switch (dtype) {
  case ATTN_F16:
    return "f16";
  case ATTN_BF16:
    return "bf16";
  case ATTN_F32:
    return "f32";
  case ATTN_BOOL:
    return "i1";
  default:
    return "i32";
  }
}

/// The body of a free region that says what an atom says, the way people write
/// it: distances instead of positions, i64 or i32 in places.
class FreeRegion {
public:
  FreeRegion(const MaskNode &node, const std::vector<std::string> &types)
      : node(node), types(types) {}

  std::string print() {
    switch (node.kind) {
    case MaskNode::Causal:
      position();
      number("o", node.first, "%h");
      op("d", "arith.subi %j, %p : index");
      op("ok", "arith.cmpi sle, %d, %o : index");
      break;
    case MaskNode::Window:
      printWindow();
      break;
    case MaskNode::First:
    case MaskNode::Prefix:
      number("n", node.first, node.kind == MaskNode::First ? "%h" : "%b");
      op("j64", "arith.index_cast %j : index to i64");
      op("n64", "arith.index_cast %n : index to i64");
      op("ok", "arith.cmpi sgt, %n64, %j64 : i64");
      break;
    case MaskNode::Block:
      printBlock();
      break;
    default:
      op("x", "attn.read %t0[%b, %i] : " + types[0]);
      op("y", "attn.read %t" + std::to_string(types.size() - 1) +
                  "[%b, %j] : " + types.back());
      op("ok", "arith.cmpi eq, %y, %x : i32");
    }
    return text;
  }

private:
  void op(const std::string &name, const std::string &right) {
    text += "    %" + name + " = " + right + "\n";
  }

  void position() {
    op("lq", "attn.length queries");
    op("lk", "attn.length keys");
    op("e", "arith.subi %lq, %i : index");
    op("p", "arith.subi %lk, %e : index");
  }

  void number(const std::string &name, const MaskNode::Parameter &parameter,
              const std::string &index) {
    if (parameter.number)
      return op(name, "arith.constant " + std::to_string(*parameter.number) +
                          " : index");
    std::string table = std::to_string(next++);
    op(name + "32",
       "attn.read %t" + table + "[" + index + "] : " + types[std::stoi(table)]);
    op(name, "arith.index_cast %" + name + "32 : i32 to index");
  }

  void printWindow() {
    position();
    op("d", "arith.subi %p, %j : index");
    op("zero", "arith.constant 0 : index");
    op("back", "arith.subi %zero, %d : index");
    if (node.first.isGiven()) {
      number("l", node.first, "%h");
      op(node.second.isGiven() ? "u" : "ok", "arith.cmpi sle, %d, %l : index");
    }
    if (node.second.isGiven()) {
      number("r", node.second, "%h");
      op(node.first.isGiven() ? "w" : "ok",
         "arith.cmpi sle, %back, %r : index");
    }
    if (node.first.isGiven() && node.second.isGiven())
      op("ok", "arith.andi %u, %w : i1");
  }

  void printBlock() {
    position();
    number("n", node.first, "%h");
    op("one", "arith.constant 1 : index");
    op("m", "arith.maxsi %n, %one : index");
    op("x", "arith.floordivsi %p, %m : index");
    op("y", "arith.divui %j, %m : index");
    op("ok", "arith.cmpi eq, %y, %x : index");
  }

  const MaskNode &node;
  const std::vector<std::string> &types;
  std::string text;
  int next = 0;
};

/// Prints the ops of a mask, operands first.
class MaskPrinter {
public:
  MaskPrinter(const Spec &spec, std::string &text, int &next)
      : spec(spec), text(text), next(next) {}

  /// The name of the mask's value.
  std::string print(const MaskNode &node) {
    std::vector<std::string> operands;
    for (const MaskNode &operand : node.operands)
      operands.push_back(print(operand));
    std::string name = "%m" + std::to_string(next++);
    text +=
        "  " + name + " = attn.mask." + printOp(node, join(operands)) + "\n";
    return name;
  }

private:
  std::string printOp(const MaskNode &node, const std::string &operands) {
    if (node.isFree)
      return printFree(node);
    auto parameter = [&](const char *word, const MaskNode::Parameter &p) {
      return !p.isGiven()
                 ? ""
                 : std::string(" ") + word + "(" +
                       (p.number ? std::to_string(*p.number)
                                 : "%" + p.table + " : " + typeOf(p.table)) +
                       ")";
    };
    switch (node.kind) {
    case MaskNode::Causal:
      return "causal" + parameter("offset", node.first);
    case MaskNode::Window:
      return "window" + parameter("left", node.first) +
             parameter("right", node.second);
    case MaskNode::First:
      return "first" + parameter("count", node.first);
    case MaskNode::Prefix:
      return "prefix %" + node.first.table + " : " + typeOf(node.first.table);
    case MaskNode::Block:
      return "block" + parameter("size", node.first);
    case MaskNode::Document:
      return "document %" + node.queryIds + ", %" + node.keyIds + " : " +
             typeOf(node.queryIds) + ", " + typeOf(node.keyIds);
    case MaskNode::And:
      return "and " + operands;
    case MaskNode::Or:
      return "or " + operands;
    case MaskNode::Not:
      return "not " + operands;
    case MaskNode::Pattern:
      if (node.isTable)
        return node.text + " %" + node.first.table + node.tail + " : " +
               typeOf(node.first.table);
      return node.text + parameter("offset", node.first) + node.tail;
    }
    return "";
  }

  /// The same predicate as a free region.
  std::string printFree(const MaskNode &node) {
    std::vector<std::string> names;
    for (const std::string &name :
         {node.first.table, node.second.table, node.queryIds, node.keyIds})
      if (!name.empty())
        names.push_back(name);
    std::vector<std::string> captures, types, block;
    for (size_t n = 0; n < names.size(); ++n) {
      captures.push_back("%" + names[n]);
      types.push_back(typeOf(names[n]));
      block.push_back(", %t" + std::to_string(n) + ": " + types.back());
    }
    std::string text = "free ";
    if (!names.empty())
      text += "(" + join(captures) + " : " + join(types) + ") ";
    text += "{\n  ^bb0(%b: index, %h: index, %i: index, %j: index";
    for (const std::string &argument : block)
      text += argument;
    return text + "):\n" + FreeRegion(node, types).print() +
           "    attn.yield %ok : i1\n  }";
  }

  std::string typeOf(const std::string &name) const {
    for (const Argument &argument : spec.arguments)
      if (argument.name == name)
        return printType(argument);
    return "";
  }

  const Spec &spec;
  std::string &text;
  int &next;
};

} // namespace

std::string join(const std::vector<std::string> &parts) {
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string printArgument(const Argument &argument) {
  std::vector<std::string> letters;
  for (const Axis &axis : argument.shape)
    letters.push_back("\"" + axis.letter + "\"");
  return "%" + argument.name + ": " + printType(argument) + " {attn.name = \"" +
         argument.name + "\", attn.shape = [" + join(letters) + "]}";
}

std::string printScore(const Score &score) {
  if (score.body.empty())
    return "";
  std::vector<std::string> names, types, block;
  for (size_t n = 0; n < score.tables.size(); ++n) {
    names.push_back("%" + score.tables[n].name);
    types.push_back(printType(score.tables[n]));
    block.push_back("%c" + std::to_string(n) + ": " + types.back());
  }
  std::string captures =
      names.empty() ? "" : "(" + join(names) + " : " + join(types) + ")";
  return " score" + captures +
         " {\n  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index" +
         (block.empty() ? "" : ", " + join(block)) + "):\n" + score.body +
         "\n    attn.yield %y : f32\n  }";
}

std::string printMask(const Spec &spec, const MaskNode &mask, int &next,
                      std::string &text) {
  return MaskPrinter(spec, text, next).print(mask);
}

std::string printType(const Argument &argument) {
  std::string text = "tensor<";
  for (const Axis &axis : argument.shape)
    text += (axis.isStatic ? std::to_string(axis.size) : "?") + "x";
  return text + printDtype(argument.dtype) + ">";
}

std::string printProgram(const Spec &spec) {
  Argument out = spec.arguments[0];
  out.shape[3] = spec.arguments[2].shape[3];
  Argument lse = out;
  lse.dtype = ATTN_F32;
  lse.shape.pop_back();
  std::string q = printType(spec.arguments[0]),
              k = printType(spec.arguments[1]),
              v = printType(spec.arguments[2]), o = printType(out),
              l = printType(lse), body, mask;
  int next = 0;
  if (spec.mask)
    mask = " mask " + printMask(spec, *spec.mask, next, body);
  std::vector<std::string> arguments;
  for (const Argument &argument : spec.arguments)
    arguments.push_back(printArgument(argument));
  return "func.func @main(" + join(arguments) + ")\n    -> (" + o +
         " {attn.name = \"o\"}, " + l + " {attn.name = \"lse\"}) {\n" + body +
         "  %s = attn.stream %k, %v" + mask + " : " + k + ", " + v +
         "\n  %o, %l = attn.attend %q over %s : " + q + " -> " + o + ", " + l +
         "\n  return %o, %l : " + o + ", " + l + "\n}\n";
}

} // namespace attn::fuzz
