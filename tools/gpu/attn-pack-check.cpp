//===- attn-pack-check.cpp - Check and time a pack on a device ------------===//
//
// Needs the runtime and nothing else. One line per case; exit code 0 if all
// passed, 1 if one missed or could not run, 2 for a wrong command line.
//
//===----------------------------------------------------------------------===//

#include "CheckCase.h"
#include "Children.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <stdexcept>

using namespace attn::pack;
using json = nlohmann::ordered_json;

namespace {
const char *const kHelp =
    R"(OVERVIEW: attn-pack-check: check and time the cases of a pack on a device

USAGE: attn-pack-check PACK --device=cuda|sim|cpu [options]

OPTIONS:

  --device=<name>       - Where to run: cuda, cuda:N, sim or cpu
  --filter=<regex>      - Only cases whose name it matches
  --most-pairs=<n>      - Leave out cases with more visible pairs (for sim)
  --time[=<n>]          - Time each case over n runs (default: 20)
  --timeout=<seconds>   - A case that takes longer has failed (default: 300)
  --results=<file>      - Write a JSON record of device, driver and all cases
  --note=<key>=<text>   - Add a field to the record, such as clocks; repeat
  --help                - This text
  --version             - The version of attn-pack-check

EXIT CODES: 0 all passed; 1 a case missed or could not run; 2 the command line
is wrong.
)";

struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  std::string pack, device, filter, results;
  int64_t runs = 0, timeout = 300;
  double mostPairs = 1e300;
  std::vector<std::pair<std::string, std::string>> notes;
};

int64_t number(const std::string &name, const std::string &value) {
  char *end = nullptr;
  long long parsed = std::strtoll(value.c_str(), &end, 10);
  if (value.empty() || *end || parsed < 1)
    throw Usage("--" + name + ": expected a positive number but found '" +
                value + "'");
  return parsed;
}

void parseOne(Options &options, const std::string &text) {
  size_t equals = text.find('=');
  std::string name = text.substr(
      2, equals == std::string::npos ? std::string::npos : equals - 2);
  std::string value =
      equals == std::string::npos ? "" : text.substr(equals + 1);
  if (name == "device")
    options.device = value;
  else if (name == "filter")
    options.filter = value;
  else if (name == "results")
    options.results = value;
  else if (name == "most-pairs")
    options.mostPairs = double(number(name, value));
  else if (name == "timeout")
    options.timeout = number(name, value);
  else if (name == "time")
    options.runs = equals == std::string::npos ? 20 : number(name, value);
  else if (name == "note" && value.find('=') != std::string::npos)
    options.notes.emplace_back(value.substr(0, value.find('=')),
                               value.substr(value.find('=') + 1));
  else
    throw Usage("unknown option '" + text + "'; see --help");
}

Options parseOptions(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    if (text.rfind("--", 0) == 0)
      parseOne(options, text);
    else if (!options.pack.empty())
      throw Usage("expected one PACK but found '" + options.pack + "' and '" +
                  text + "'");
    else
      options.pack = text;
  }
  if (options.pack.empty() || options.device.empty())
    throw Usage("expected PACK and --device=cuda|sim|cpu; see --help");
  return options;
}

Pack loadPack(const std::string &folder) {
  std::ifstream file(folder + "/pack.json", std::ios::binary);
  if (!file)
    throw std::runtime_error("cannot open '" + folder + "/pack.json'");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  try {
    return packFromJson(text);
  } catch (const std::exception &problem) {
    throw std::runtime_error(folder + "/pack.json: " + problem.what());
  }
}

std::vector<Case> chosenCases(const Pack &pack, const Options &options,
                              size_t &skipped) {
  std::vector<Case> chosen;
  std::regex filter;
  try {
    filter = options.filter;
  } catch (const std::regex_error &problem) {
    throw Usage("--filter: '" + options.filter + "': " + problem.what());
  }
  for (const Case &c : pack.cases) {
    if (!std::regex_search(c.name, filter))
      continue;
    if (c.pairs > options.mostPairs)
      ++skipped;
    else
      chosen.push_back(c);
  }
  return chosen;
}

/// What the device says of itself, asked in a child: a driver does not survive
/// a fork. Empty if the device cannot be opened; `problem` says why.
std::string describeDevice(const std::string &name, std::string &problem) {
  std::string description;
  runInChildren(
      1, 120,
      [&](size_t) {
        try {
          Host host(name);
          return "+" + std::string(attnDeviceDescription(host.device));
        } catch (const std::exception &failure) {
          return "-" + std::string(failure.what());
        }
      },
      [&](size_t, const std::string &line, const std::string &reason) {
        if (line.empty() || line[0] == '-')
          problem = line.empty() ? reason : line.substr(1);
        else
          description = line.substr(1);
      });
  return description.empty() ? name : description;
}

json rowOf(const Case &c, const json &report) {
  json row{{"pass", "forward"}, {"mask", c.mask}, {"score", c.score},
           {"dtype", c.dtype},  {"B", c.b},       {"Hq", c.hq},
           {"Hk", c.hk},        {"Lq", c.lq},     {"Lk", c.lk},
           {"D", c.d},          {"Dv", c.d}};
  row["layout"] = c.isTransposed ? "BLHD" : "BHLD";
  for (const auto &item : report.items())
    if (item.key() != "text")
      row[item.key()] = item.value();
  return row;
}

std::string today() {
  char text[32];
  std::time_t now = std::time(nullptr);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text;
}

void writeRecord(const Options &options, const Pack &pack,
                 const std::string &device, const json &rows) {
  json record{{"device", device}, {"driver", ""},          {"clocks", ""},
              {"power", ""},      {"commit", pack.commit}, {"date", today()}};
  for (const auto &[key, text] : options.notes)
    record[key] = text;
  record["left_out"] = pack.leftOut;
  record["rows"] = rows;
  std::string temporary = options.results + ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  file << record.dump(1) << "\n";
  file.close();
  if (!file || std::rename(temporary.c_str(), options.results.c_str()) != 0)
    throw std::runtime_error("cannot write '" + options.results + "'");
  std::printf("results: %s\n", options.results.c_str());
}

/// One host per child, made with its first case.
std::string runCase(const Options &options, const Case &which) {
  static std::unique_ptr<Host> host;
  try {
    if (!host)
      host = std::make_unique<Host>(options.device);
    return checkCase(*host, options.pack, which, options.runs).dump();
  } catch (const std::exception &problem) {
    return json{{"name", which.name},
                {"passed", false},
                {"problem", problem.what()},
                {"text", "FAIL " + which.name + ": " + problem.what()}}
        .dump();
  }
}

int checkPack(const Options &options) {
  Pack pack = loadPack(options.pack);
  size_t skipped = 0, passed = 0;
  std::vector<Case> cases = chosenCases(pack, options, skipped);
  if (cases.empty())
    throw std::runtime_error("no case of '" + options.pack + "' is chosen");
  std::string problem, device = describeDevice(options.device, problem);
  if (!problem.empty())
    throw std::runtime_error(problem);
  std::printf("%zu cases on %s\n", cases.size(), device.c_str());
  std::fflush(stdout);
  json rows = json::array();
  runInChildren(
      cases.size(), int(options.timeout),
      [&](size_t i) { return runCase(options, cases[i]); },
      [&](size_t i, const std::string &line, const std::string &reason) {
        json report = json::parse(line, nullptr, /*allow_exceptions=*/false);
        if (report.is_discarded())
          report = json{{"name", cases[i].name},
                        {"passed", false},
                        {"problem", reason},
                        {"text", "FAIL " + cases[i].name + ": " + reason}};
        std::printf("%s\n", report["text"].get<std::string>().c_str());
        std::fflush(stdout);
        passed += report["passed"].get<bool>();
        rows.push_back(rowOf(cases[i], report));
      });
  std::printf("%s: %zu of %zu cases passed", device.c_str(), passed,
              cases.size());
  std::printf(skipped ? ", %zu left out as too large\n" : "\n", skipped);
  for (const std::string &program : pack.leftOut)
    std::printf("not in this pack: %s did not compile\n", program.c_str());
  if (!options.results.empty())
    writeRecord(options, pack, device, rows);
  return passed == cases.size() ? 0 : 1;
}
} // namespace

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--help")
      return std::fputs(kHelp, stdout) < 0;
    if (std::string(argv[i]) == "--version")
      return std::printf("attn %s\nLLVM not used by this tool\nptxas not "
                         "used by this tool\n",
                         ATTN_VERSION) < 0;
  }
  try {
    return checkPack(parseOptions(argc, argv));
  } catch (const Usage &problem) {
    std::fprintf(stderr, "attn-pack-check: error: %s\n", problem.what());
    return 2;
  } catch (const std::exception &problem) {
    std::fprintf(stderr, "attn-pack-check: error: %s\n", problem.what());
    return 1;
  }
}
