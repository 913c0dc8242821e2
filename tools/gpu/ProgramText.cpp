//===- ProgramText.cpp - A program of the list as MLIR --------------------===//

#include "FormText.h"

namespace attn::pack {
namespace {
std::string tensorType(const std::string &heads, const CaseProgram &program) {
  return "tensor<?x" + heads + "x?x" + std::to_string(program.d) + "x" +
         program.dtype + ">";
}

std::string argument(const std::string &name, const std::string &type,
                     const std::string &letters, const std::string &more = "") {
  return "    %" + name + ": " + type + " {attn.name = \"" + name +
         "\", attn.shape = [" + letters + "]" + more + "}";
}

constexpr const char *kDocuments = "tensor<?x?xi32>";

/// Ops of the mask, which becomes %m; empty for full.
std::string maskOps(const std::string &mask) {
  std::string same = std::string("attn.mask.document %doc, %doc : ") +
                     kDocuments + ", " + kDocuments + "\n";
  if (mask == "causal")
    return "  %m = attn.mask.causal\n";
  if (mask == "window")
    return "  %m = attn.mask.window left(255) right(0)\n";
  if (mask == "band")
    return "  %m = attn.mask.window left(100) right(40)\n";
  if (mask == "documents")
    return "  %m = " + same;
  if (mask == "documents-causal")
    return "  %causal = attn.mask.causal\n  %same = " + same +
           "  %m = attn.mask.and %causal, %same\n";
  return "";
}

std::string scoreRegion(const CaseProgram &program) {
  std::string slopes = "tensor<" + std::to_string(program.hq) + "xf32>";
  std::string head = "\n  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: "
                     "index";
  if (program.score == "softcap")
    return " score {" + head + R"():
    %cap = arith.constant 30.0 : f32
    %0 = arith.divf %s, %cap : f32
    %1 = math.tanh %0 : f32
    %2 = arith.mulf %1, %cap : f32
    attn.yield %2 : f32
  })";
  if (program.score == "alibi")
    return " score(%slopes : " + slopes + ") {" + head + ", %table: " + slopes +
           R"():
    %slope = attn.read %table[%h] : )" +
           slopes + R"(
    %step = arith.constant 0.015625 : f32
    %distance = arith.subi %j, %i : index
    %d = arith.index_cast %distance : index to i32
    %f = arith.sitofp %d : i32 to f32
    %0 = arith.mulf %slope, %step : f32
    %bias = arith.mulf %0, %f : f32
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  })";
  return "";
}
} // namespace

std::string CaseProgram::text() const {
  if (isForm(score))
    return formText(*this, maskOps(mask));
  std::string q = tensorType(std::to_string(hq), *this);
  std::string k = tensorType(std::to_string(hk), *this);
  std::string lse = "tensor<?x" + std::to_string(hq) + "x?xf32>";
  std::string lqLetter = hasOneLength() ? "\"L\"" : "\"Lq\"";
  std::string lkLetter = hasOneLength() ? "\"L\"" : "\"Lk\"";
  std::string keys = "\"B\", \"Hk\", " + lkLetter + ", \"D\"";
  std::string ops = maskOps(mask);
  std::string text = "func.func @main(\n";
  text += argument("q", q, "\"B\", \"Hq\", " + lqLetter + ", \"D\"") + ",\n";
  text += argument("k", k, keys) + ",\n" + argument("v", k, keys);
  if (hasOneLength())
    text += ",\n" + argument("doc", kDocuments, "\"B\", \"L\"",
                             ", attn.random = \"segments\"");
  if (score == "alibi")
    text += ",\n" + argument("slopes", "tensor<" + std::to_string(hq) + "xf32>",
                             "\"Hq\"");
  text += ")\n    -> (" + q + " {attn.name = \"o\"}, " + lse +
          " {attn.name = \"lse\"}) {\n" + ops + "  %keys = attn.stream %k, %v" +
          (ops.empty() ? "" : " mask %m") + " : " + k + ", " + k + "\n" +
          "  %o, %lse = attn.attend %q over %keys" + scoreRegion(*this) +
          " : " + q + " -> " + q + ", " + lse + "\n" +
          "  return %o, %lse : " + q + ", " + lse + "\n}\n";
  return text;
}

} // namespace attn::pack
