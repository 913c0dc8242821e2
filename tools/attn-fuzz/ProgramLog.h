//===- ProgramLog.h - What became of random programs ------------*- C++ -*-===//
//
// The log has one line per seed and device and is read before it is continued:
// what stands in it is not run again.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNFUZZ_PROGRAMLOG_H
#define ATTN_TOOLS_ATTNFUZZ_PROGRAMLOG_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace attn::fuzz {

enum class End { Good, Refused, Failed };

/// A line of the log.
struct Entry {
  End end = End::Good;
  std::string variant = "-"; ///< Of the CPU, "v3,v4", or that which failed.
  double values = 0, visibility = 0;
  std::string refused; ///< What the target lacks.
  std::string sizes;
  std::vector<std::string> features;
};

/// All seeds on a device.
struct Summary {
  int64_t programs = 0, failures = 0, f32Refused = 0;
  double worst = 0, worstVisibility = 0;
  std::map<std::string, int64_t> refused; ///< By what the target lacks.
  std::map<std::string, int64_t> features;
  std::map<std::string, int64_t> variants; ///< How many ran on each.

  void add(const Entry &entry);
  void print(const std::string &device) const;
};

class ProgramLog {
public:
  /// Reads `path`, "" for no log. Prints an error and gives nothing if the file
  /// can not be written.
  static std::optional<ProgramLog> open(const std::string &path);

  const Entry *find(uint64_t seed, const std::string &device) const;
  void write(uint64_t seed, const std::string &device, const Entry &entry);

private:
  void read(llvm::StringRef line);

  std::map<std::pair<uint64_t, std::string>, Entry> entries;
  std::unique_ptr<llvm::raw_fd_ostream> out;
};

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_PROGRAMLOG_H
