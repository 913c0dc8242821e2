//===- Tests.h - What attn-fuzz can do --------------------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNFUZZ_TESTS_H
#define ATTN_TOOLS_ATTNFUZZ_TESTS_H

#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace attn::fuzz {

struct Options {
  uint64_t from = 1;                ///< First seed.
  int64_t count = 100;              ///< Seeds.
  std::vector<std::string> devices; ///< cpu, sim, reference.
  /// Variants of device cpu; none: all that this machine runs.
  std::vector<std::string> cpuVariants;
  std::string logFile;             ///< A line per seed; "" for none.
  bool keepGoing = false;          ///< Count failures, do not stop.
  std::string saveFolder;          ///< Of the last failing program, or "".
  std::vector<std::string> inputs; ///< Files that are damaged.
};

/// The log of `options`, null if none is wanted. Prints an error and gives
/// nothing if the file can not be written.
std::optional<std::unique_ptr<llvm::raw_ostream>>
openLog(const Options &options);

/// Random programs: values by the row bound, visibility exactly, round trips;
/// on sim also the same bits in any order. Each returns the exit code.
int runPrograms(const Options &options);

/// The exact visibility test over many masks, types and lengths up to 4096
/// keys.
int runVisibility(const Options &options);

/// Mask analysis over random masks: what it proves must hold for every pair.
int runTiles(const Options &options);

/// Damaged copies of `options.inputs`, programs, through the compiler: an
/// artifact or an error with its place, never a crash.
int runBytes(const Options &options);

/// Plants faults in a plain implementation and demands that the checks see
/// them.
int runPlants();

/// Compiles programs with a fault and demands that the program test sees it.
int runMiscompiled(const Options &options);

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_TESTS_H
