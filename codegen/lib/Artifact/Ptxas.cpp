//===- Ptxas.cpp - Finding NVIDIA's assembler -----------------------------===//

#include "attn/codegen/Ptxas.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"

using namespace llvm;

namespace attn {
namespace {

/// Text of `path --version`, or std::nullopt if it does not run.
std::optional<std::string> runVersion(StringRef path) {
  SmallString<128> output;
  if (sys::fs::createTemporaryFile("ptxas-version", "txt", output))
    return std::nullopt;
  std::optional<StringRef> redirects[] = {StringRef(""), output.str(),
                                          StringRef("")};
  int code = sys::ExecuteAndWait(path, {path, "--version"}, std::nullopt,
                                 redirects, /*SecondsToWait=*/10);
  auto text = MemoryBuffer::getFile(output);
  std::optional<std::string> result;
  if (code == 0 && text)
    result = (*text)->getBuffer().str();
  sys::fs::remove(output);
  return result;
}

std::optional<Ptxas> tryPath(const Twine &candidate) {
  std::string path = candidate.str();
  if (!sys::fs::can_execute(path))
    return std::nullopt;
  std::optional<std::string> text = runVersion(path);
  SmallVector<StringRef> match;
  if (!text || !Regex("V([0-9.]+)").match(*text, &match))
    return std::nullopt;
  return Ptxas{path, match[1].str()};
}

PtxasSearch tryNamed(StringRef what, StringRef path) {
  PtxasSearch search;
  search.found = tryPath(path);
  if (!search.found)
    search.error =
        (what + " names '" + path +
         "', which does not run as ptxas; give another path, or none")
            .str();
  return search;
}

/// build/venv/lib/pythonX.Y/site-packages/nvidia/cu13/bin/ptxas
std::optional<Ptxas> tryWheel(StringRef environment) {
  SmallString<256> libraries(environment);
  sys::path::append(libraries, "lib");
  std::error_code error;
  for (sys::fs::directory_iterator it(libraries, error), end;
       !error && it != end; it.increment(error))
    if (auto found =
            tryPath(it->path() + "/site-packages/nvidia/cu13/bin/ptxas"))
      return found;
  return std::nullopt;
}

} // namespace

PtxasSearch findPtxas(StringRef option) {
  if (option == "none")
    return {};
  if (!option.empty())
    return tryNamed("--ptxas", option);
  if (std::optional<std::string> path = sys::Process::GetEnv("ATTN_PTXAS"))
    return tryNamed("ATTN_PTXAS", *path);
  PtxasSearch search;
  search.found = tryWheel(ATTN_BUILD_VENV);
  if (search.found)
    return search;
  if (std::optional<std::string> home = sys::Process::GetEnv("CUDA_HOME"))
    search.found = tryPath(*home + "/bin/ptxas");
  if (search.found)
    return search;
  if (ErrorOr<std::string> path = sys::findProgramByName("ptxas"))
    search.found = tryPath(*path);
  return search;
}

} // namespace attn
