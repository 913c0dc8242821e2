//===- Log.cpp - The log of a mode without memory -------------------------===//

#include "Tests.h"

namespace attn::fuzz {

std::optional<std::unique_ptr<llvm::raw_ostream>>
openLog(const Options &options) {
  if (options.logFile.empty())
    return std::unique_ptr<llvm::raw_ostream>();
  std::error_code code;
  auto log = std::make_unique<llvm::raw_fd_ostream>(options.logFile, code);
  if (!code)
    return log;
  llvm::errs() << "attn-fuzz: error: can not write '" << options.logFile
               << "': " << code.message() << "\n";
  return std::nullopt;
}

} // namespace attn::fuzz
