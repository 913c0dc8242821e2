//===- attn-pack.cpp - What the check of a pack compares with -------------===//
//
// attn-pack --programs LIST FOLDER writes the programs of a list; after they
// are compiled, attn-pack --rows LIST FOLDER evaluates every case in float64
// and writes FOLDER/rows and FOLDER/pack.json. tools/gpu_pack.sh does it all.
//
//===----------------------------------------------------------------------===//

#include "CaseList.h"
#include "Codes.h"
#include "Failure.h"
#include "FormText.h"
#include "Inputs.h"
#include "Oracle.h"

#include "attn-c/AttnRandom.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <set>
#include <sys/stat.h>

using namespace attn;
using namespace attn::pack;
using attn::run::HostTensor;
using attn::run::require;

namespace {
const char *const kHelp =
    R"(OVERVIEW: attn-pack: the programs and expected rows of a GPU pack

USAGE: attn-pack --programs LIST FOLDER
       attn-pack --rows LIST FOLDER [COMMIT]

Writes FOLDER/programs/NAME.mlir for every program of LIST; or, once each is
compiled to FOLDER/programs/NAME.attn, FOLDER/rows/CASE.rows and
FOLDER/pack.json. A program that is not compiled is left out. See
tools/gpu_pack.sh.

EXIT CODES: 0 good; 1 failed, with a message; 2 the command line is wrong.
)";

constexpr int64_t kSampledRows = 64; ///< Per head.
constexpr int64_t kTile = 128;

void writeFile(const std::string &path, const std::string &bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (!file)
    throw run::RunError("cannot write '" + path + "'");
}

void makeFolder(const std::string &path) {
  if (mkdir(path.c_str(), 0777) != 0 && errno != EEXIST)
    throw run::RunError("cannot make '" + path + "': " + std::strerror(errno));
}

/// Seeded rows plus the first, the last and those of the ragged last tile's
/// edge.
std::vector<int64_t> chooseRows(int64_t rows, uint64_t seed, int64_t b,
                                int64_t h) {
  std::set<int64_t> chosen = {0, rows - 1, rows / kTile * kTile - 1,
                              rows / kTile * kTile};
  std::string name = "rows of " + std::to_string(b) + "," + std::to_string(h);
  uint64_t key = attnRandomKey(seed, name.c_str());
  for (int64_t n = 0; n < kSampledRows; ++n) {
    uint32_t word;
    attnRandomWords(key, uint64_t(n), 1, &word);
    chosen.insert(int64_t(uint64_t(word) * uint64_t(rows) >> 32));
  }
  std::vector<int64_t> all;
  for (int64_t row : chosen)
    if (row >= 0 && row < rows)
      all.push_back(row);
  return all;
}

/// A compiled program and its oracle.
struct Program {
  Program(AttnRuntime *runtime, const std::string &base) {
    std::string error, folder = base + ".attn";
    oracle = Oracle::load(base + ".mlir", error);
    if (!oracle)
      throw run::RunError(error);
    require(attnArtifactLoadFolder, runtime, folder.c_str(), &artifact);
  }
  ~Program() { attnArtifactDestroy(artifact); }

  std::unique_ptr<Oracle> oracle;
  AttnArtifact *artifact = nullptr;
};

void check(const std::string &error) {
  if (!error.empty())
    throw run::RunError(error);
}

std::vector<AttnTensor> viewsOf(const std::vector<HostTensor> &tensors) {
  std::vector<AttnTensor> views;
  for (const HostTensor &tensor : tensors)
    views.push_back(tensor.view());
  return views;
}

/// With q = 0 a row's lse is ln n unless the score region moves a logit of 0.
bool keepsZero(
    const Oracle &oracle, std::vector<HostTensor> &inputs,
    const std::vector<ValueRow> &rows,
    const std::vector<std::vector<KeyRange>> &visible, int64_t lq,
    const std::function<std::vector<int64_t>(int64_t, int64_t)> &rowsOfHead) {
  std::vector<char> q(inputs[0].bytes.data(),
                      inputs[0].bytes.data() + inputs[0].bytes.size());
  std::memset(inputs[0].bytes.data(), 0, q.size());
  std::vector<ValueRow> zero;
  check(oracle.rows(viewsOf(inputs), rowsOfHead, zero));
  std::memcpy(inputs[0].bytes.data(), q.data(), q.size());
  for (const ValueRow &row : zero) {
    double n = 0;
    for (const KeyRange &range : visible[size_t(row.b * lq + row.i)])
      n += double(range.last) - range.first;
    if (n > 0 && !(std::fabs(row.lse - std::log(n)) <= 1e-9))
      return false;
  }
  return true;
}

/// Whether every row would show every single wrong key.
bool isSharp(const Case &c, const std::vector<std::vector<KeyRange>> &visible) {
  for (int64_t head = 0; head < c.b * c.hk; ++head) {
    Codes codes(c.seed, head, c.lk, c.d);
    for (int64_t i = 0; i < c.lq; ++i)
      if (!codeRow(codes, visible[size_t(head / c.hk * c.lq + i)], c.d,
                   roundingOf(c.dtype))
               .isSharp())
        return false;
  }
  return true;
}

/// Rows of packed sequences as rows of the tensors [Hq, T, ...].
void toTokens(const std::vector<HostTensor> &inputs,
              std::vector<ValueRow> &rows) {
  const int32_t *offsets = nullptr;
  for (const HostTensor &input : inputs)
    if (input.name == "offsets")
      offsets = reinterpret_cast<const int32_t *>(input.bytes.data());
  for (ValueRow &row : rows) {
    row.i += uint32_t(offsets[row.b]);
    row.b = 0;
  }
}

Case makeCase(const CaseProgram &program, const Sizes &sizes) {
  Case c{};
  c.program = program.name();
  c.name = c.program + "-b" + std::to_string(sizes.b) + "-l" +
           std::to_string(sizes.lq);
  if (sizes.lk != sizes.lq)
    c.name += "-" + std::to_string(sizes.lk);
  c.name += sizes.isTransposed ? "-t" : "";
  c.mask = program.mask;
  c.score = program.score;
  c.dtype = program.dtype;
  c.b = sizes.b;
  c.hq = program.hq;
  c.hk = program.hk;
  c.lq = sizes.lq;
  c.lk = sizes.lk;
  c.d = program.d;
  c.isTransposed = sizes.isTransposed;
  c.seed = attnRandomKey(4, c.name.c_str()) >> 1;
  c.letters = {{"B", c.b}};
  if (program.score == "streams")
    c.letters["Lm"] = c.lk / 2 + 1;
  if (program.score == "packed")
    c.letters = {{"T", c.lq}, {"N", c.b + 1}};
  else if (program.hasOneLength())
    c.letters["L"] = c.lq;
  else
    c.letters.insert({{"Lq", c.lq}, {"Lk", c.lk}});
  return c;
}

/// Evaluates a case and writes its rows.
Case packCase(const Program &program, const CaseProgram &listed,
              const Sizes &sizes, const std::string &folder) {
  Case c = makeCase(listed, sizes);
  run::Options options;
  options.random = true;
  options.seed = c.seed;
  options.letters = c.letters;
  std::vector<HostTensor> inputs =
      run::makeInputs(program.artifact, 0, options);
  auto rowsOfHead = [&](int64_t b, int64_t h) {
    return chooseRows(c.lq, c.seed, b, h);
  };
  Expected expected;
  expected.dv = uint32_t(c.d);
  const Oracle &oracle = *program.oracle;
  check(oracle.count(viewsOf(inputs), c.pairs, c.operations));
  check(oracle.rows(viewsOf(inputs), rowsOfHead, expected.values));
  if (listed.score == "packed")
    toTokens(inputs, expected.values);
  bool hasForm = isForm(listed.score);
  if (!hasForm)
    check(oracle.visible(viewsOf(inputs), c.b, c.hq, c.lq, expected.visible));
  if (hasForm)
    c.visibility = "none: codes are for one stream of full length";
  else if (expected.visible.empty())
    c.visibility = "none: heads see different keys";
  else if (!keepsZero(oracle, inputs, expected.values, expected.visible, c.lq,
                      rowsOfHead))
    c.visibility = "none: the score region moves a logit of 0";
  else if (!isSharp(c, expected.visible))
    c.visibility = "none: rows see too many separate ranges of keys";
  else
    c.visibility = "all rows";
  if (c.visibility != "all rows")
    expected.visible.clear();
  writeFile(folder + "/rows/" + c.name + ".rows", encode(expected));
  return c;
}

void writePrograms(const std::string &list, const std::string &folder) {
  makeFolder(folder);
  makeFolder(folder + "/programs");
  for (const CaseProgram &program : readCaseList(list)) {
    writeFile(folder + "/programs/" + program.name() + ".mlir", program.text());
    std::printf("%s\n", program.name().c_str());
  }
}

void writeRows(const std::string &list, const std::string &folder,
               const std::string &commit) {
  makeFolder(folder + "/rows");
  AttnRuntime *runtime = nullptr;
  require(attnRuntimeCreate, static_cast<const AttnRuntimeOptions *>(nullptr),
          &runtime);
  char date[32];
  std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));
  Pack pack{commit, date, {}, {}};
  for (const CaseProgram &listed : readCaseList(list)) {
    std::string base = folder + "/programs/" + listed.name();
    struct stat info{};
    if (stat((base + ".attn").c_str(), &info) != 0) {
      pack.leftOut.push_back(listed.name());
      continue;
    }
    Program program(runtime, base);
    for (const Sizes &sizes : listed.sizes) {
      pack.cases.push_back(packCase(program, listed, sizes, folder));
      const Case &c = pack.cases.back();
      std::printf("%s: %.0f visible pairs, visibility: %s\n", c.name.c_str(),
                  c.pairs, c.visibility.c_str());
      std::fflush(stdout);
    }
  }
  writeFile(folder + "/pack.json", toJson(pack));
  attnRuntimeDestroy(runtime);
}
} // namespace

int main(int argc, char **argv) {
  std::string action = argc > 1 ? argv[1] : "";
  if (action == "--help")
    return std::fputs(kHelp, stdout) < 0;
  if (action == "--version")
    return std::printf("%s\n", Oracle::version().c_str()) < 0;
  bool isPrograms = action == "--programs" && argc == 4;
  bool isRows = action == "--rows" && (argc == 4 || argc == 5);
  if (!isPrograms && !isRows) {
    std::fprintf(stderr, "attn-pack: error: expected --programs or --rows, a "
                         "list and a folder; see --help\n");
    return 2;
  }
  try {
    if (isPrograms)
      writePrograms(argv[2], argv[3]);
    else
      writeRows(argv[2], argv[3], argc == 5 ? argv[4] : "unknown");
    return 0;
  } catch (const std::exception &problem) {
    std::fprintf(stderr, "attn-pack: error: %s\n", problem.what());
    return 1;
  }
}
