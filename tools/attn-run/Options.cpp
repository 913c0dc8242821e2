//===- Options.cpp - The command line of attn-run -------------------------===//

#include "Options.h"
#include "Failure.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace attn::run {

const char *const kHelp =
    R"(OVERVIEW: attn-run: run an attention program on a device, check and time it

USAGE: attn-run FILE.mlir|DIR.attn --device=NAME [options]

OPTIONS:

Run:

  --device=<name>        - Where to run; there is no default:
    =reference           -   float64, obvious, slow; needs the compiler
    =cpu                 -   compiled code on this machine's threads
    =sim                 -   GPU kernels executed on the CPU
    =cuda                -   an NVIDIA GPU
  --entry=<name>         - Which function (default: main, else the only one)
  --in=<name>=<file>     - An argument from a .npy file; repeat per argument
  --out=<name>=<file>    - A result into a .npy file; repeat per result
  --set=<letter>=<n>     - The size of a letter, e.g. --set=L=4096; repeat
  --random               - Draw every argument that has no --in from N(0,1)
  --seed=<n>             - Seed of --random and of sampled rows (default: 0)
  --sim-seed=<n>         - Order of CTAs and threads on device sim (default: 0)
  --sim-strict=<on|off>  - Look for missing waits, races and other bugs of kernels
                           on device sim; a finding is a failure (default: on)

Check and time:

  --against=reference    - Print the largest error / bound per result; above 1
                           the exit code is 1
  --rows=<n>             - Rows per head that are checked when sampling
  --time[=<n>]           - Run n more times (default: 10) and print median,
                           minimum and GFLOP/s of visible pairs
  --stats[=<file.json>]  - What the warps of every kernel did on device sim:
                           print it, or write it as JSON
  --verbose              - Say which image runs and why, letters, workspace,
                           and what the turns of CPU kernels took

  --help                 - This text
  --version              - Versions of attn-run, LLVM and ptxas

The .npy files hold f16, f32, f64, i8, i32, i64 or bool in the axis order of the
program. For bf16 arguments f32 values are rounded to nearest even; bf16 results
are written as f32.

EXIT CODES: 0 good; 1 failed, with a message; 2 the command line is wrong.
)";

namespace {
int64_t number(const std::string &option, const std::string &text,
               int64_t least, int64_t most) {
  errno = 0;
  char *end = nullptr;
  long long value = std::strtoll(text.c_str(), &end, 10);
  bool isDigits = !text.empty() &&
                  text.find_first_not_of("0123456789") == std::string::npos;
  if (!isDigits || errno || *end || value < least || value > most)
    throw UsageError("--" + option + ": expected a number from " +
                     std::to_string(least) + " to " + std::to_string(most) +
                     " but found '" + text + "'");
  return value;
}

/// Splits NAME=VALUE and refuses a NAME given twice.
template <typename T>
std::pair<std::string, std::string>
assignment(const std::string &option, const std::string &text,
           const std::map<std::string, T> &all, const char *form) {
  size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw UsageError("--" + option + ": expected " + form + " but found '" +
                     text + "'");
  std::string name = text.substr(0, equals);
  if (all.count(name))
    throw UsageError("--" + option + ": '" + name + "' is given twice");
  return {name, text.substr(equals + 1)};
}

void requireValue(const std::string &name, bool hasValue) {
  if (!hasValue)
    throw UsageError("--" + name + ": expected --" + name +
                     "=VALUE but found no value; see --help");
}

void setFlag(const std::string &name, bool hasValue, bool &flag) {
  if (hasValue)
    throw UsageError("--" + name + ": expected no value; see --help");
  flag = true;
}

std::string oneOf(const std::string &option, const std::string &value,
                  std::initializer_list<const char *> known) {
  std::string all;
  for (const char *candidate : known) {
    if (value == candidate)
      return value;
    all += (all.empty() ? "" : ", ") + std::string(candidate);
  }
  throw UsageError("--" + option + ": expected one of " + all + " but found '" +
                   value + "'");
}

/// Options whose value is required; false for a name not among them.
bool parseValued(Options &options, const std::string &name,
                 const std::string &value) {
  if (name == "device")
    options.device = oneOf(name, value, {"reference", "cpu", "sim", "cuda"});
  else if (name == "entry")
    options.entry = value;
  else if (name == "in")
    options.in.insert(assignment(name, value, options.in, "NAME=FILE.npy"));
  else if (name == "out")
    options.out.insert(assignment(name, value, options.out, "NAME=FILE.npy"));
  else if (name == "set") {
    auto [letter, size] = assignment(name, value, options.letters, "LETTER=N");
    options.letters[letter] = number(name, size, 0, INT32_MAX);
  } else if (name == "seed")
    options.seed = uint64_t(number(name, value, 0, INT64_MAX));
  else if (name == "sim-seed")
    options.simSeed = uint64_t(number(name, value, 0, INT64_MAX));
  else if (name == "sim-strict")
    options.simStrict = oneOf(name, value, {"on", "off"}) == "on";
  else if (name == "against")
    options.against = oneOf(name, value, {"reference"}) == "reference";
  else if (name == "rows")
    options.rows = number(name, value, 1, INT32_MAX);
  else
    return false;
  return true;
}

void parseOne(Options &options, const std::string &text) {
  size_t equals = text.find('=');
  bool hasValue = equals != std::string::npos;
  std::string name = text.substr(2, hasValue ? equals - 2 : equals);
  std::string value = hasValue ? text.substr(equals + 1) : "";
  constexpr const char *kValued[] = {
      "device", "entry",    "in",         "out",     "set",
      "seed",   "sim-seed", "sim-strict", "against", "rows"};
  if (name == "random")
    return setFlag(name, hasValue, options.random);
  if (name == "verbose")
    return setFlag(name, hasValue, options.verbose);
  if (name == "help")
    return setFlag(name, hasValue, options.help);
  if (name == "version")
    return setFlag(name, hasValue, options.version);
  if (name == "stats") {
    if (hasValue)
      requireValue(name, !value.empty());
    options.stats = true;
    options.statsFile = value;
    return;
  }
  if (name == "time") {
    options.runs = hasValue ? number(name, value, 1, 1000000) : 10;
    return;
  }
  if (std::find(std::begin(kValued), std::end(kValued), name) !=
      std::end(kValued)) {
    requireValue(name, hasValue && !value.empty());
    parseValued(options, name, value);
    return;
  }
  throw UsageError("unknown option '--" + name + "'; see --help");
}
} // namespace

Options parseOptions(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    if (text.rfind("--", 0) == 0)
      parseOne(options, text);
    else if (text == "-h")
      options.help = true;
    else if (text.size() > 1 && text[0] == '-')
      throw UsageError("unknown option '" + text + "'; see --help");
    else if (!options.path.empty())
      throw UsageError("expected one FILE.mlir or DIR.attn but found '" +
                       options.path + "' and '" + text + "'");
    else
      options.path = text;
  }
  if (options.help || options.version)
    return options;
  if (options.path.empty())
    throw UsageError("expected a FILE.mlir or DIR.attn; see --help");
  if (options.device.empty())
    throw UsageError("expected --device=reference|cpu|sim|cuda; there is no "
                     "default device");
  if (options.stats && options.device != "sim")
    throw UsageError("--stats: expected --device=sim but found --device=" +
                     options.device);
  if (options.stats && !options.simStrict)
    throw UsageError("--stats: expected --sim-strict=on, whose code counts");
  return options;
}

} // namespace attn::run
