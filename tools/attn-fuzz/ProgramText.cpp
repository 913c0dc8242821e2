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
  default:
    return "i32";
  }
}

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

/// Prints the ops of a mask, operands first.
class MaskPrinter {
public:
  MaskPrinter(const Spec &spec, std::string &text) : spec(spec), text(text) {}

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
    auto number = [](const char *word, int64_t value) {
      return std::string(" ") + word + "(" + std::to_string(value) + ")";
    };
    switch (node.kind) {
    case MaskNode::Causal:
      return "causal" + (node.offset ? number("offset", node.offset) : "");
    case MaskNode::Window:
      return "window" + (node.left ? number("left", *node.left) : "") +
             (node.right ? number("right", *node.right) : "");
    case MaskNode::Document:
      return "document %" + node.queryIds + ", %" + node.keyIds + " : " +
             typeOf(node.queryIds) + ", " + typeOf(node.keyIds);
    case MaskNode::And:
      return "and " + operands;
    case MaskNode::Or:
      return "or " + operands;
    case MaskNode::Not:
      return "not " + operands;
    }
    return "";
  }

  std::string typeOf(const std::string &name) const {
    for (const Argument &argument : spec.arguments)
      if (argument.name == name)
        return printType(argument);
    return "";
  }

  const Spec &spec;
  std::string &text;
  int next = 0;
};

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

} // namespace

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
              v = printType(spec.arguments[2]), o = printType(out);
  std::string l = printType(lse), body, mask;
  if (spec.mask)
    mask = " mask " + MaskPrinter(spec, body).print(*spec.mask);
  std::vector<std::string> arguments;
  for (const Argument &argument : spec.arguments)
    arguments.push_back(printArgument(argument));
  std::string scale =
      spec.scale ? " scale(" + std::to_string(*spec.scale) + ")" : "";
  return "func.func @main(" + join(arguments) + ")\n    -> (" + o +
         " {attn.name = \"o\"}" +
         (spec.lse ? ", " + l + " {attn.name = \"lse\"}" : "") + ") {\n" +
         body + "  %s = attn.stream %k, %v" + mask + " : " + k + ", " + v +
         "\n" + (spec.lse ? "  %o, %l" : "  %o") + " = attn.attend %q over %s" +
         scale + printScore(spec.score) + " : " + q + " -> " + o +
         (spec.lse ? ", " + l : "") + "\n  return " +
         (spec.lse ? "%o, %l : " + o + ", " + l : "%o : " + o) + "\n}\n";
}

} // namespace attn::fuzz
