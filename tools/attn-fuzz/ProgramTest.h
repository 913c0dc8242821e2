//===- ProgramTest.h - One random program on one device ---------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNFUZZ_PROGRAMTEST_H
#define ATTN_TOOLS_ATTNFUZZ_PROGRAMTEST_H

#include "ProgramData.h"
#include "Session.h"

namespace attn::fuzz {

/// What a program came to.
struct Outcome {
  std::string variant; ///< CPU image.
  double valueRatio = 0, visibilityRatio = 0;
};

/// CPU images that no seed tests, because this machine can not run them.
std::vector<std::string> getSkippedVariants();

llvm::Expected<std::unique_ptr<Compiled>>
compileProgram(Session &session, const ProgramSpec &spec,
               const std::string &device, const std::string &variant);

/// Values by the row bound, visibility exactly, nothing written that is not a
/// row's; on sim the same bits in any order.
class ProgramTest {
public:
  ProgramTest(Session &session, const ProgramSpec &spec,
              const std::string &device);

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
  llvm::Error launch();
  llvm::Error launchTwice();

  Session &session;
  const ProgramSpec spec, wide; ///< With the columns of a value test.
  std::string device;
  Random random;
  std::unique_ptr<Compiled> compiled, judging;
  Data all; ///< Of `wide`.
  std::optional<VisibleKeys> visible;
};

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_PROGRAMTEST_H
