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
  if (int64_t keys = windowKeys(mask))
    return "  %m = attn.mask.window left(" + std::to_string(keys - 1) +
           ") right(0)\n";
  if (mask == "band")
    return "  %m = attn.mask.window left(100) right(40)\n";
  if (mask == "documents")
    return "  %m = " + same;
  if (mask == "documents-causal")
    return "  %causal = attn.mask.causal\n  %same = " + same +
           "  %m = attn.mask.and %causal, %same\n";
  return "";
}

/// A number per query head.
std::string headType(const CaseProgram &program) {
  return "tensor<" + std::to_string(program.hq) + "xf32>";
}

std::string tableType(const CaseProgram &program) {
  return "tensor<65x" + std::to_string(program.hq) + "xf32>";
}

bool hasSlopes(const CaseProgram &program) {
  return program.score == "alibi" || program.score == "sink-alibi";
}

std::string scoreRegion(const CaseProgram &program) {
  std::string slopes = headType(program), biases = tableType(program);
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
  if (program.score == "bias")
    return " score(%table : " + biases + ") {" + head + ", %t: " + biases +
           R"():
    %far = arith.constant 32 : index
    %back = arith.constant -32 : index
    %distance = arith.subi %j, %i : index
    %0 = arith.minsi %distance, %far : index
    %1 = arith.maxsi %0, %back : index
    %row = arith.addi %1, %far : index
    %bias = attn.read %t[%row, %h] : )" +
           biases + R"(
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  })";
  if (hasSlopes(program))
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

/// Arguments behind q, k, v.
std::string moreArguments(const CaseProgram &program) {
  std::string text;
  if (program.hasOneLength())
    text += ",\n" + argument("doc", kDocuments, "\"B\", \"L\"",
                             ", attn.random = \"segments\"");
  if (hasSlopes(program))
    text += ",\n" + argument("slopes", headType(program), "\"Hq\"");
  if (program.score == "sink-alibi")
    text += ",\n" + argument("sink", headType(program), "\"Hq\"");
  if (program.score == "bias")
    text += ",\n" + argument("table", tableType(program), "\"R\", \"Hq\"");
  return text;
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
  text +=
      moreArguments(*this) + ")\n    -> (" + q + " {attn.name = \"o\"}, " +
      lse + " {attn.name = \"lse\"}) {\n" + ops +
      "  %keys = attn.stream %k, %v" + (ops.empty() ? "" : " mask %m") + " : " +
      k + ", " + k + "\n" + "  %o, %lse = attn.attend %q over %keys" +
      (score == "sink-alibi" ? " sink(%sink : " + headType(*this) + ")" : "") +
      scoreRegion(*this) + " : " + q + " -> " + q + ", " + lse + "\n" +
      "  return %o, %lse : " + q + ", " + lse + "\n}\n";
  return text;
}

} // namespace attn::pack
