//===- FormText.cpp - Programs of more than one full stream as MLIR -------===//
//
// What a fold may have besides one stream of full length, one thing per
// program: written where SCORE stands in the list.
//
//===----------------------------------------------------------------------===//

#include "FormText.h"

#include <map>

namespace attn::pack {
namespace {
/// What a form adds, after replacement of !q !k !n !h: types of q, k, lse and
/// of a number per head.
struct Form {
  const char *arguments; ///< Behind q, k, v.
  const char *ops;       ///< Before the stream %s.
  const char *stream;    ///< Of %s, behind k, v and the mask.
  const char *more;      ///< Ops behind it.
  const char *attend;    ///< Of the attend, from q on.
};

const std::map<std::string, Form> kForms = {
    {"sink",
     {R"(, %sink: !h {attn.name = "sink", attn.shape = ["Hq"]})", "", "", "",
      "%q over %s sink(%sink : !h)"}},
    {"resume",
     {R"(,
    %o0: !q {attn.name = "o0", attn.shape = ["B", "Hq", "Lq", "D"]},
    %x0: !n {attn.name = "x0", attn.shape = ["B", "Hq", "Lq"]})",
      "", "", "  %st = attn.state %o0, %x0 : !q, !n\n", "%q over %s from %st"}},
    {"heads", {"", "", " heads [!map]", "", "%q over %s"}},
    {"streams",
     {R"(,
    %k2: !k {attn.name = "k2", attn.shape = ["B", "Hk", "Lm", "D"]},
    %v2: !k {attn.name = "v2", attn.shape = ["B", "Hk", "Lm", "D"]})",
      "", "", "  %t = attn.stream %k2, %v2 heads [!map] : !k, !k\n",
      "%q over %s, %t"}},
    {"lengths",
     {R"(,
    %qn: tensor<?xi32> {attn.name = "qn", attn.shape = ["B"], attn.random = "lengths"},
    %kn: tensor<?xi32> {attn.name = "kn", attn.shape = ["B"], attn.random = "lengths"})",
      "  %lq = attn.lengths.per_batch %qn : tensor<?xi32>\n"
      "  %lk = attn.lengths.per_batch %kn : tensor<?xi32>\n",
      " lengths(%lk)", "", "%q lengths(%lq) over %s"}},
    {"packed",
     {R"(,
    %offsets: tensor<?xi32> {attn.name = "offsets", attn.shape = ["N"], attn.random = "lengths"})",
      "  %l = attn.lengths.packed %offsets : tensor<?xi32>\n", " lengths(%l)",
      "", "%q lengths(%l) over %s"}},
};

void replaceAll(std::string &text, const std::string &from,
                const std::string &to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size())
    text.replace(at, from.size(), to);
}

/// Key heads in reverse.
std::string headMap(const CaseProgram &program) {
  std::string map;
  for (int64_t h = 0; h < program.hq; ++h)
    map += (h ? ", " : "") +
           std::to_string(program.hk - 1 - h / (program.hq / program.hk));
  return map;
}
} // namespace

bool isForm(const std::string &word) { return kForms.count(word) != 0; }

std::string formText(const CaseProgram &program, const std::string &maskOps) {
  const Form &form = kForms.at(program.score);
  bool isPacked = program.score == "packed";
  std::string batch = isPacked ? "" : "?x", letter = isPacked ? "" : "\"B\", ";
  std::string lq = isPacked ? "T" : "Lq", lk = isPacked ? "T" : "Lk";
  std::string text =
      "func.func @main(\n    %q: !q {attn.name = \"q\", attn.shape = [" +
      letter + "\"Hq\", \"" + lq + "\", \"D\"]}";
  for (const char *name : {"k", "v"})
    text += std::string(",\n    %") + name + ": !k {attn.name = \"" + name +
            "\", attn.shape = [" + letter + "\"Hk\", \"" + lk + "\", \"D\"]}";
  text += std::string(form.arguments) +
          ")\n    -> (!q {attn.name = \"o\"}, !n {attn.name = \"lse\"}) {\n" +
          maskOps + form.ops + "  %s = attn.stream %k, %v" +
          (maskOps.empty() ? "" : " mask %m") + form.stream + " : !k, !k\n" +
          form.more + "  %o, %lse = attn.attend " + form.attend +
          " : !q -> !q, !n\n  return %o, %lse : !q, !n\n}\n";
  std::string hq = std::to_string(program.hq), hk = std::to_string(program.hk);
  std::string end = "x?x" + std::to_string(program.d) + "x" + program.dtype;
  replaceAll(text, "!map", headMap(program));
  replaceAll(text, "!q", "tensor<" + batch + hq + end + ">");
  replaceAll(text, "!k", "tensor<" + batch + hk + end + ">");
  replaceAll(text, "!n", "tensor<" + batch + hq + "x?xf32>");
  replaceAll(text, "!h", "tensor<" + hq + "xf32>");
  return text;
}

} // namespace attn::pack
