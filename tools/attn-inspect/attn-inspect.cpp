//===- attn-inspect.cpp - What is in an artifact --------------------------===//
//
// Prints kernels, launches and workspace of DIR.attn, as text or as JSON.
// Reads manifest.json through the manifest library; needs no compiler.
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>
#include <sys/stat.h>
#include <unistd.h>

namespace {
const char *const kHelp =
    R"(OVERVIEW: attn-inspect: kernels, launches and workspace of an artifact

USAGE: attn-inspect DIR.attn [--json]

OPTIONS:

  --json     - One JSON object: {"kernels": [...], "launches": [...],
               "workspace": {...}}; sizes that depend on letters are
               expressions such as "ceildiv(L, 64) * B"
  --help     - This text
  --version  - The version of attn-inspect

EXIT CODES: 0 good; 1 the artifact cannot be read; 2 the command line is wrong.
)";

int fail(int code, const std::string &text) {
  std::fprintf(stderr, "attn-inspect: error: %s\n", text.c_str());
  return code;
}

int inspect(const std::string &folder, bool asJson) {
  std::string path = folder + "/manifest.json";
  struct stat info{};
  if (stat(path.c_str(), &info) != 0)
    return fail(1, "cannot open '" + path + "': " + std::strerror(errno));
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!S_ISREG(info.st_mode) || !file)
    return fail(1, "cannot read '" + path + "'");
  auto parsed = attn::manifest::parseManifest(text);
  if (auto *error = std::get_if<attn::manifest::Error>(&parsed))
    return fail(1, path + ": " + error->message);
  const auto &manifest = std::get<attn::manifest::Manifest>(parsed);
  std::string report = asJson ? attn::inspect::jsonReport(manifest)
                              : attn::inspect::textReport(manifest);
  bool good = std::fputs(report.c_str(), stdout) >= 0;
  return good && std::fflush(stdout) == 0
             ? 0
             : fail(1, "cannot write to standard output");
}

/// Nothing is written by then, and a report of nlohmann/json could not even be
/// destroyed.
[[noreturn]] void onNoMemory() {
  constexpr char kText[] = "attn-inspect: error: out of memory\n";
  (void)!write(STDERR_FILENO, kText, sizeof kText - 1);
  _exit(1);
}
} // namespace

int main(int argc, char **argv) {
  std::set_new_handler(onNoMemory);
  std::string folder;
  bool asJson = false;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    if (text == "--help" || text == "-h")
      return std::fputs(kHelp, stdout) < 0;
    if (text == "--version") {
      std::printf("attn %s\nLLVM not used by this tool\nptxas not used by this "
                  "tool\n",
                  ATTN_VERSION);
      return 0;
    }
    if (text == "--json")
      asJson = true;
    else if (text.size() > 1 && text[0] == '-')
      return fail(2, "unknown option '" + text + "'; see --help");
    else if (!folder.empty())
      return fail(2, "expected one DIR.attn but found '" + folder + "' and '" +
                         text + "'");
    else
      folder = text;
  }
  if (folder.empty())
    return fail(2, "expected a DIR.attn; see --help");
  try {
    return inspect(folder, asJson);
  } catch (const std::exception &problem) {
    return fail(1, problem.what());
  }
}
