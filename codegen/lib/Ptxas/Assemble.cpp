//===- Assemble.cpp - PTX to cubin by ptxas -------------------------------===//
//
// ptxas runs as a program on temporary files; `-v` tells registers, spills and
// the remarks (C75xx) about wgmma and register budgets.
//
//===----------------------------------------------------------------------===//

#include "Process.h"

#include "attn/codegen/Ptxas.h"
#include "attn/codegen/TemporaryPath.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Support/Regex.h"

using namespace mlir;

namespace attn {
namespace {

std::optional<int64_t> getNumber(StringRef line, StringRef pattern) {
  SmallVector<StringRef> match;
  int64_t value = 0;
  if (!llvm::Regex(pattern).match(line, &match) ||
      match[1].getAsInteger(10, value))
    return std::nullopt;
  return value;
}

/// What `-v` says about one kernel, as far as it was said.
struct Report {
  std::string kernel;
  std::optional<int64_t> registers, spillBytes;
};

/// A remark names its function; one that does not belongs to all.
bool isAbout(StringRef remark, StringRef kernel) {
  return !remark.contains("function '") ||
         remark.contains(("'" + kernel + "'").str());
}

/// "ptxas info    : Used 168 registers, ..." and the lines around it.
/// std::nullopt if registers or spills of a kernel are not among them.
std::optional<std::vector<PtxasReport>> parseReports(StringRef text) {
  std::vector<Report> reports;
  SmallVector<StringRef> lines, match;
  text.split(lines, '\n');
  std::vector<std::string> remarks;
  for (StringRef line : lines) {
    if (llvm::Regex("Compiling entry function '([^']+)'").match(line, &match))
      reports.push_back({match[1].str(), std::nullopt, std::nullopt});
    if (llvm::Regex("\\(C[0-9]+\\)|warning").match(line))
      remarks.push_back(line.trim().str());
    if (reports.empty())
      continue;
    Report &report = reports.back();
    for (StringRef what : {"stores", "loads"})
      if (auto bytes = getNumber(line, ("([0-9]+) bytes spill " + what).str()))
        report.spillBytes = report.spillBytes.value_or(0) + *bytes;
    if (auto registers = getNumber(line, "Used ([0-9]+) registers"))
      report.registers = registers;
  }
  std::vector<PtxasReport> result;
  for (const Report &report : reports) {
    if (!report.registers || !report.spillBytes)
      return std::nullopt;
    result.push_back(
        {report.kernel, *report.registers, *report.spillBytes, {}});
    for (const std::string &remark : remarks)
      if (reports.size() == 1 || isAbout(remark, report.kernel))
        result.back().remarks.push_back(remark);
  }
  return result;
}

} // namespace

FailureOr<Cubin> assemble(StringRef ptx, const Ptxas &ptxas, Location loc) {
  TemporaryPath input, output;
  std::error_code error = input.createFile("ptx");
  if (!error)
    error = output.createFile("cubin");
  if (!error)
    error = input.write(ptx);
  if (error) {
    emitError(loc) << "can not write temporary files for ptxas: "
                   << error.message() << "; check TMPDIR";
    return failure();
  }
  ProcessResult run = runProcess({ptxas.path, "-arch", "sm_90a", "-O3", "-v",
                                  input.str(), "-o", output.str()},
                                 ptxas.limit);
  auto fail = [&](StringRef what) {
    emitError(loc) << "'" << ptxas.path << "' (version " << ptxas.version
                   << ") " << what << (run.output.empty() ? "" : "; it says: ")
                   << StringRef(run.output).take_front(4096).trim();
    return failure();
  };
  if (!run.failure.empty())
    return fail(run.failure);
  Cubin cubin{output.read(), {}};
  if (llvm::identify_magic(cubin.bytes) != llvm::file_magic::elf_executable)
    return fail("wrote no cubin, though it exited with code 0");
  std::optional<std::vector<PtxasReport>> reports = parseReports(run.output);
  if (!reports)
    return fail("does not say what registers and spills each kernel has");
  cubin.kernels = std::move(*reports);
  return cubin;
}

} // namespace attn
