//===- Find.cpp - Which ptxas is used -------------------------------------===//

#include "Process.h"

#include "attn/codegen/Ptxas.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"

using namespace llvm;

namespace attn {
namespace {

constexpr std::chrono::seconds kVersionLimit{10};

/// Runs `path --version`. Returns why `path` is no ptxas, or "".
std::string tryPath(StringRef path, std::optional<Ptxas> &found) {
  if (!sys::fs::exists(path))
    return "there is no such file";
  if (!sys::fs::can_execute(path))
    return "it is not an executable file";
  ProcessResult run = runProcess({path.str(), "--version"}, kVersionLimit);
  if (!run.failure.empty())
    return "--version " + run.failure;
  SmallVector<StringRef> match;
  if (!Regex("V([0-9]+(\\.[0-9]+)+)").match(run.output, &match))
    return "--version says no version such as V13.5.37";
  found = Ptxas{path.str(), match[1].str()};
  return "";
}

PtxasSearch tryNamed(StringRef what, StringRef path) {
  PtxasSearch search;
  std::string reason = tryPath(path, search.found);
  if (!reason.empty())
    search.error = (what + " names '" + path +
                    "', which does not run as ptxas: " + reason +
                    "; name another path, or pass --ptxas=none")
                       .str();
  return search;
}

/// Where wheels put it: <environment>/lib/pythonX.Y/site-packages.
std::vector<std::string> getWheelPaths(StringRef environment) {
  SmallString<256> libraries(environment);
  sys::path::append(libraries, "lib");
  std::vector<std::string> paths;
  std::error_code error;
  for (sys::fs::directory_iterator it(libraries, error), end;
       !error && it != end; it.increment(error))
    paths.push_back(it->path() + "/site-packages/nvidia/cu13/bin/ptxas");
  std::sort(paths.begin(), paths.end());
  return paths;
}

} // namespace

PtxasSearch findPtxas(StringRef option, StringRef environment) {
  if (option == "none")
    return {};
  if (!option.empty())
    return tryNamed("--ptxas", option);
  std::optional<std::string> path = sys::Process::GetEnv("ATTN_PTXAS");
  if (path && !path->empty())
    return tryNamed("ATTN_PTXAS", *path);
  std::vector<std::string> places = getWheelPaths(environment);
  if (std::optional<std::string> home = sys::Process::GetEnv("CUDA_HOME"))
    places.push_back(*home + "/bin/ptxas");
  if (ErrorOr<std::string> found = sys::findProgramByName("ptxas"))
    places.push_back(*found);
  PtxasSearch search;
  for (const std::string &place : places) {
    if (!sys::fs::exists(place))
      continue;
    std::string reason = tryPath(place, search.found);
    if (search.found)
      break;
    search.passedOver.push_back("'" + place +
                                "' does not run as ptxas: " + reason);
  }
  return search;
}

PtxasSearch findPtxas(StringRef option) {
  return findPtxas(option, ATTN_ENVIRONMENT);
}

} // namespace attn
