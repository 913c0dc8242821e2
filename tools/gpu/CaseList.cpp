//===- CaseList.cpp - The list of programs and sizes ----------------------===//

#include "FormText.h"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace attn::pack {
namespace {
bool isOneOf(const std::string &word,
             std::initializer_list<const char *> words) {
  for (const char *candidate : words)
    if (word == candidate)
      return true;
  return false;
}

bool parseSizes(std::string word, Sizes &sizes) {
  sizes.isTransposed = !word.empty() && word.back() == 't';
  if (sizes.isTransposed)
    word.pop_back();
  long long b = 0, lq = 0, lk = 0;
  int used = 0;
  int count = std::sscanf(word.c_str(), "%lldx%lld%n", &b, &lq, &used);
  lk = lq;
  if (count == 2 && size_t(used) < word.size()) {
    int more = 0;
    count = std::sscanf(word.c_str() + used, "x%lld%n", &lk, &more) + 1;
    used += more;
  }
  sizes.b = b;
  sizes.lq = lq;
  sizes.lk = lk;
  return count == 2 && size_t(used) == word.size() && b > 0 && lq > 0 && lk > 0;
}

/// An error of a line, or empty.
std::string parseLine(const std::string &line, CaseProgram &program) {
  std::istringstream words(line);
  std::string heads, word;
  if (!(words >> program.mask >> program.score >> program.dtype >> heads >>
        program.d))
    return "expected MASK SCORE DTYPE Hq/Hk D SIZES";
  long long hq = 0, hk = 0;
  if (std::sscanf(heads.c_str(), "%lld/%lld", &hq, &hk) != 2 || hk < 1 ||
      hq % hk)
    return "expected heads such as 32/8 but found '" + heads + "'";
  program.hq = hq;
  program.hk = hk;
  if (!isOneOf(program.mask,
               {"full", "causal", "band", "documents", "documents-causal"}) &&
      !windowKeys(program.mask))
    return "unknown mask '" + program.mask + "'";
  bool isPlainScore = isOneOf(
      program.score, {"none", "softcap", "alibi", "bias", "sink-alibi"});
  if (!isPlainScore && !isForm(program.score))
    return "unknown score '" + program.score + "'";
  if (!isOneOf(program.dtype, {"bf16", "f16", "f32"}))
    return "unknown dtype '" + program.dtype + "'";
  if (isForm(program.score) && program.mask.rfind("documents", 0) == 0)
    return "expected a mask without documents for '" + program.score + "'";
  while (words >> word) {
    Sizes sizes{};
    if (!parseSizes(word, sizes))
      return "expected sizes such as 1x37 or 1x37x300t but found '" + word +
             "'";
    if (sizes.lq != sizes.lk && program.hasOneLength())
      return "expected one length but found '" + word + "'";
    program.sizes.push_back(sizes);
  }
  return program.sizes.empty() ? "expected at least one size" : "";
}
} // namespace

int64_t windowKeys(const std::string &mask) {
  if (mask == "window")
    return 256;
  int digits = 0, keys = 0;
  return std::sscanf(mask.c_str(), "window%6d%n", &keys, &digits) == 1 &&
                 size_t(digits) == mask.size() && keys > 0
             ? keys
             : 0;
}

bool CaseProgram::hasOneLength() const {
  return mask.rfind("documents", 0) == 0 || score == "packed";
}

std::string CaseProgram::name() const {
  return mask + (score == "none" ? "" : "-" + score) + "-" + dtype + "-h" +
         std::to_string(hq) + "-" + std::to_string(hk) + "-d" +
         std::to_string(d);
}

std::vector<CaseProgram> readCaseList(const std::string &path) {
  std::ifstream file(path);
  if (!file)
    throw std::runtime_error("cannot open '" + path + "'");
  std::vector<CaseProgram> programs;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t") == std::string::npos || line[0] == '#')
      continue;
    CaseProgram program;
    std::string problem = parseLine(line, program);
    for (const CaseProgram &other : programs)
      if (problem.empty() && other.name() == program.name())
        problem = "the program " + other.name() + " is there already";
    if (!problem.empty())
      throw std::runtime_error(path + ":" + std::to_string(number) +
                               ": error: " + problem);
    programs.push_back(std::move(program));
  }
  return programs;
}

} // namespace attn::pack
