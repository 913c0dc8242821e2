//===- Options.h - The command line of attn-run -----------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNRUN_OPTIONS_H
#define ATTN_TOOLS_ATTNRUN_OPTIONS_H

#include <cstdint>
#include <map>
#include <string>

namespace attn::run {

struct Options {
  std::string path;
  std::string entry; ///< Empty: `main`, else the only one.
  std::string device;
  std::map<std::string, std::string> in;  ///< Argument to file.
  std::map<std::string, std::string> out; ///< Result to file.
  std::map<std::string, int64_t> letters;
  bool random = false;
  uint64_t seed = 0;
  uint64_t simSeed = 0; ///< Order of threads on device sim.
  bool simStrict = true;
  bool against = false;
  int64_t rows = 0; ///< 0: the reference decides.
  int64_t runs = 0; ///< 0: no --time.
  bool stats = false;
  std::string statsFile; ///< Empty: print.
  bool verbose = false;
  bool help = false;
  bool version = false;
};

/// Throws UsageError.
Options parseOptions(int argc, char **argv);

extern const char *const kHelp;

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_OPTIONS_H
