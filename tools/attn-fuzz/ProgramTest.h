//===- ProgramTest.h - One random program on one device ---------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNFUZZ_PROGRAMTEST_H
#define ATTN_TOOLS_ATTNFUZZ_PROGRAMTEST_H

#include "ProgramData.h"
#include "Session.h"

namespace attn::fuzz {

/// What a program came to.
struct Outcome {
  std::string variant; ///< Of the CPU: the last one that ran.
  double valueRatio = 0, visibilityRatio = 0;
};

/// What kernels for the CPU are made for, in the order of what they need.
struct CpuVariant {
  const char *name;
  bool runsHere;
};
std::vector<CpuVariant> getCpuVariants();

/// Those of `wanted`, or all if that is empty, that programs of `dtype` have
/// and this machine runs; none for other devices than cpu.
std::vector<std::string> chooseVariants(AttnDtype dtype,
                                        const std::string &device,
                                        const std::vector<std::string> &wanted);
/// Whether it runs all of `variants`, asked for by name; prints an error.
bool canRun(const std::vector<std::string> &variants);
/// Prints which variants this machine lacks.
void printSkippedVariants();

llvm::Expected<std::unique_ptr<Compiled>>
compileProgram(Session &session, const ProgramSpec &spec,
               const std::string &device,
               const std::vector<std::string> &variants = {});

/// Values by the row bound, visibility exactly, nothing written that is not a
/// row's; on cpu for each variant, from one artifact; on sim the same bits in
/// any order.
class ProgramTest {
public:
  ProgramTest(Session &session, const ProgramSpec &spec,
              const std::string &device,
              const std::vector<std::string> &variants);

  /// All of it.
  llvm::Error run();

  /// Compiles and draws, before one or both of the checks. \param computed what
  /// the device computes: the program, or one with a planted fault.
  llvm::Error prepare(const ProgramSpec &computed);
  llvm::Error checkValues();
  llvm::Error checkVisibility();

  Outcome outcome;
  Data data; ///< Of the last launch.

private:
  llvm::Error check();
  llvm::Error launch();
  llvm::Error launchTwice();

  Session &session;
  const ProgramSpec spec, wide; ///< With the columns of a value test.
  std::string device;
  std::vector<std::string> variants; ///< Of the CPU; else none.
  Random random;
  std::unique_ptr<Compiled> compiled, judging;
  Data all; ///< Of `wide`.
  std::optional<VisibleKeys> visible;
};

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_PROGRAMTEST_H
