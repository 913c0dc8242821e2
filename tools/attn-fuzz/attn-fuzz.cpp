//===- attn-fuzz.cpp - Random programs against the reference --------------===//
//
// Options, one call, exit code: 0 good, 1 a failure, 2 a wrong command line.
//
//===----------------------------------------------------------------------===//

#include "Tests.h"

#include "attn/codegen/Compiler.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;
using namespace attn::fuzz;

static cl::OptionCategory category("Fuzz");
static cl::opt<uint64_t> from("from", cl::desc("First seed (default: 1)"),
                              cl::init(1), cl::cat(category));
static cl::opt<int64_t> howMany("count", cl::desc("Seeds (default: 100)"),
                                cl::init(100), cl::cat(category));
static cl::opt<std::string>
    deviceNames("device",
                cl::desc("cpu, sim (kernels for sm_90a) or reference, or a "
                         "list of them (default: cpu,sim)"),
                cl::init("cpu,sim"), cl::value_desc("names"),
                cl::cat(category));
static cl::list<std::string> cpuVariants(
    "cpu", cl::CommaSeparated,
    cl::desc("Variants of device cpu: v3, v4, v4bf16, amx, or a list of "
             "them (default: all that this machine can run)"),
    cl::value_desc("names"), cl::cat(category));
static cl::opt<std::string>
    logFile("log",
            cl::desc("Write a line per seed; programs that stand in the file "
                     "already are not run again"),
            cl::value_desc("file"), cl::cat(category));
static cl::opt<std::string>
    saveFolder("save",
               cl::desc("Write a failing program, its arguments and a test for "
                        "attn-reduce"),
               cl::value_desc("folder"), cl::cat(category));
static cl::opt<bool>
    keepGoing("keep-going",
              cl::desc("Count failures, do not stop at the first"),
              cl::cat(category));

static cl::list<std::string> inputs(cl::Positional, cl::ZeroOrMore,
                                    cl::desc("[programs for --bytes]"),
                                    cl::cat(category));

enum class Mode { Programs, Visibility, Tiles, Bytes, Plants, Miscompiled };
static cl::opt<Mode> mode(
    cl::desc("What to test:"), cl::init(Mode::Programs), cl::cat(category),
    cl::values(
        clEnumValN(
            Mode::Programs, "programs",
            "random programs: values, visibility, round trips (default)"),
        clEnumValN(Mode::Visibility, "visibility",
                   "who sees whom, exactly, up to 4096 keys"),
        clEnumValN(Mode::Tiles, "tiles",
                   "mask analysis against every pair: sound, and how precise"),
        clEnumValN(Mode::Bytes, "bytes",
                   "damaged copies of the given programs, to the compiler"),
        clEnumValN(Mode::Plants, "plants",
                   "planted faults that the checks must see"),
        clEnumValN(Mode::Miscompiled, "miscompiled",
                   "programs compiled with a fault that must be seen")));

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter(
      [](raw_ostream &out) { out << attn::getCompilerVersion() << "\n"; });
  std::string text;
  raw_string_ostream errors(text);
  if (!cl::ParseCommandLineOptions(argc, argv,
                                   "attn-fuzz: random programs against the "
                                   "reference\n",
                                   &errors)) {
    errs() << text;
    return 2;
  }
  std::vector<std::string> devices;
  for (StringRef device : split(deviceNames, ',')) {
    if (!is_contained({"cpu", "sim", "reference"}, device)) {
      WithColor::error(errs(), "attn-fuzz")
          << "unknown device '" << device
          << "'; expected cpu, sim or reference\n";
      return 2;
    }
    devices.push_back(device.str());
  }
  for (StringRef variant : cpuVariants)
    if (!is_contained({"v3", "v4", "v4bf16", "amx"}, variant)) {
      WithColor::error(errs(), "attn-fuzz")
          << "unknown variant '" << variant
          << "' for --cpu; expected v3, v4, v4bf16 or amx\n";
      return 2;
    }
  if (howMany < 0) {
    WithColor::error(errs(), "attn-fuzz")
        << "--count is " << howMany << "; expected 0 or more\n";
    return 2;
  }
  if (inputs.empty() != (mode != Mode::Bytes)) {
    WithColor::error(errs(), "attn-fuzz")
        << "expected programs with --bytes, and only there, but found "
        << inputs.size() << "\n";
    return 2;
  }
  Options options{from,    howMany,   devices,    cpuVariants,
                  logFile, keepGoing, saveFolder, inputs};
  switch (mode) {
  case Mode::Programs:
    return runPrograms(options);
  case Mode::Visibility:
    return runVisibility(options);
  case Mode::Tiles:
    return runTiles(options);
  case Mode::Bytes:
    return runBytes(options);
  case Mode::Plants:
    return runPlants();
  case Mode::Miscompiled:
    return runMiscompiled(options);
  }
}
