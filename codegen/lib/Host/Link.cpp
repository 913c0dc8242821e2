//===- Link.cpp - Object files become a shared object ---------------------===//

#include "attn/codegen/Host.h"
#include "attn/codegen/TemporaryPath.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <list>

using namespace mlir;

namespace {

/// Files of one link, removed at the end.
class TemporaryFiles {
public:
  /// A new file with `contents`. `error` says why there is none.
  FailureOr<std::string> create(StringRef suffix, StringRef contents) {
    attn::TemporaryPath &file = files.emplace_back();
    if (std::error_code code = file.createFile(suffix)) {
      error = "a temporary file: " + code.message();
      return failure();
    }
    if (std::error_code code = file.write(contents)) {
      error = "'" + file.str() + "': " + code.message();
      return failure();
    }
    return file.str();
  }

  std::string error;

private:
  std::list<attn::TemporaryPath> files;
};

std::string readFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

/// ld.lld of the LLVM we were built with, else of PATH.
llvm::ErrorOr<std::string> findLinker() {
  for (StringRef name : {"ld.lld", "ld.lld-22"}) {
    if (auto found = llvm::sys::findProgramByName(name, {ATTN_LLVM_TOOLS_DIR}))
      return found;
    if (auto found = llvm::sys::findProgramByName(name))
      return found;
  }
  return std::make_error_code(std::errc::no_such_file_or_directory);
}

} // namespace

FailureOr<std::string> attn::linkHostImage(ArrayRef<std::string> objects,
                                           StringRef name, bool allowUndefined,
                                           Location loc) {
  llvm::ErrorOr<std::string> linker = findLinker();
  if (!linker)
    return emitError(loc) << "found no ld.lld in " << ATTN_LLVM_TOOLS_DIR
                          << " or on PATH, which links " << name
                          << "; install LLVM's linker (Debian and "
                             "Ubuntu: package lld-22 or lld)";
  TemporaryFiles files;
  std::vector<std::string> arguments = {
      *linker,
      "-shared",
      "--hash-style=gnu",
      "--build-id=none",
      "-z",
      "noexecstack",
      ("--soname=" + name).str(),
      allowUndefined ? "--allow-shlib-undefined" : "--no-undefined",
      "-o"};
  FailureOr<std::string> image = files.create("so", "");
  FailureOr<std::string> log = files.create("log", "");
  auto cannotWrite = [&] {
    return emitError(loc) << "can not write " << files.error << "; the link of "
                          << name << " needs room there, or set TMPDIR";
  };
  if (failed(image) || failed(log))
    return cannotWrite();
  arguments.push_back(*image);
  for (const std::string &object : objects) {
    FailureOr<std::string> path = files.create("o", object);
    if (failed(path))
      return cannotWrite();
    arguments.push_back(*path);
  }
  SmallVector<StringRef> views(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(*log),
                                          StringRef(*log)};
  if (llvm::sys::ExecuteAndWait(*linker, views, std::nullopt, redirects) != 0)
    return emitError(loc) << "linking " << name << " with " << *linker
                          << " failed: " << StringRef(readFile(*log)).trim();
  return readFile(*image);
}
