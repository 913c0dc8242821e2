//===- Assemble.cpp - PTX to cubin by ptxas -------------------------------===//
//
// ptxas runs as a program on temporary files; `-v` tells registers, spills and
// the remarks (C75xx) about wgmma and register budgets.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Nvvm.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/VersionTuple.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace attn {
namespace {

constexpr unsigned kTimeoutSeconds = 300;

/// A file that is removed at the end of its scope.
struct TemporaryFile {
  explicit TemporaryFile(StringRef suffix) {
    error = llvm::sys::fs::createTemporaryFile("attn", suffix, path);
  }
  ~TemporaryFile() {
    if (!error)
      llvm::sys::fs::remove(path);
  }
  std::string read() const {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }
  llvm::SmallString<128> path;
  std::error_code error;
};

int64_t getNumber(StringRef line, StringRef pattern) {
  SmallVector<StringRef> match;
  int64_t value = 0;
  if (llvm::Regex(pattern).match(line, &match))
    (void)match[1].getAsInteger(10, value);
  return value;
}

/// "ptxas info    : Used 168 registers, ..." and the lines around it.
std::vector<PtxasReport> parseReport(StringRef text) {
  std::vector<PtxasReport> reports;
  SmallVector<StringRef> lines, match;
  text.split(lines, '\n');
  std::vector<std::string> remarks;
  for (StringRef line : lines) {
    if (llvm::Regex("Compiling entry function '([^']+)'").match(line, &match)) {
      reports.emplace_back();
      reports.back().kernel = match[1].str();
    }
    if (llvm::Regex("\\(C[0-9]+\\)|warning").match(line))
      remarks.push_back(line.trim().str());
    if (reports.empty())
      continue;
    PtxasReport &report = reports.back();
    report.spillBytes += getNumber(line, "([0-9]+) bytes spill stores") +
                         getNumber(line, "([0-9]+) bytes spill loads");
    if (int64_t registers = getNumber(line, "Used ([0-9]+) registers"))
      report.registers = registers;
  }
  // A remark names its function; one that does not belongs to all.
  for (PtxasReport &report : reports)
    for (const std::string &remark : remarks)
      if (reports.size() == 1 || !StringRef(remark).contains("function '") ||
          StringRef(remark).contains("'" + report.kernel + "'"))
        report.remarks.push_back(remark);
  return reports;
}

} // namespace

FailureOr<Cubin> assemble(StringRef ptx, const Ptxas &ptxas, Location loc) {
  TemporaryFile input("ptx"), output("cubin"), log("txt");
  if (input.error || output.error || log.error) {
    emitError(loc) << "can not create temporary files for ptxas";
    return failure();
  }
  std::error_code error;
  llvm::raw_fd_ostream out(input.path, error);
  out << ptx;
  out.close();
  SmallVector<StringRef> arguments = {ptxas.path, "-arch",    "sm_90a",
                                      "-O3",      "-v",       input.path,
                                      "-o",       output.path};
  std::optional<StringRef> redirects[] = {StringRef(""), log.path.str(),
                                          log.path.str()};
  std::string reason;
  int code = llvm::sys::ExecuteAndWait(ptxas.path, arguments, std::nullopt,
                                       redirects, kTimeoutSeconds, 0, &reason);
  std::string text = log.read();
  if (code != 0) {
    emitError(loc) << "'" << ptxas.path << "' (version " << ptxas.version
                   << ") failed with code " << code << ": " << reason << text;
    return failure();
  }
  return Cubin{output.read(), parseReport(text)};
}

// 12.9 reuses A registers before the wgmma that reads them is done; fixed in
// 13.1 (reproducers: triton issue 11781, flash-linear-attention issue 1262).
llvm::StringRef getPtxasWarning(StringRef version) {
  llvm::VersionTuple found;
  if (found.tryParse(version) || found > llvm::VersionTuple(13, 0, 88))
    return "";
  return "ptxas up to 13.0.88 is known to miscompile some kernels that "
         "multiply "
         "from registers; use 13.1 or later (pip: nvidia-cuda-nvcc)";
}

} // namespace attn
