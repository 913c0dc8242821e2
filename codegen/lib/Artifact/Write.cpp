//===- Write.cpp - Artifacts as folders -----------------------------------===//

#include "attn/codegen/Compiler.h"
#include "attn/codegen/TemporaryPath.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <list>

using namespace mlir;
namespace fs = llvm::sys::fs;

namespace attn {
namespace {

std::string describe(StringRef what, StringRef path, std::error_code error) {
  return (what + " '" + path + "': " + error.message()).str();
}

std::string writeFile(const std::string &path, StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream out(path, error);
  if (error)
    return describe("can not create", path, error);
  out << bytes;
  out.close();
  if (!out.has_error())
    return "";
  error = out.error();
  out.clear_error();
  return describe("can not write", path, error);
}

/// Whether `path` is there and must be written as it is.
bool isStream(StringRef path) {
  fs::file_status status;
  return path == "-" || (!fs::status(path, status) && fs::exists(status) &&
                         !fs::is_regular_file(status));
}

std::string writeFiles(const Artifact &artifact, StringRef folder,
                       std::list<TemporaryPath> &files) {
  for (const ArtifactFile &file : artifact.files) {
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, file.name);
    files.emplace_back().adopt(path);
    if (std::error_code error = files.back().write(file.bytes))
      return describe("can not write", path, error);
  }
  return "";
}

/// Puts the finished `temporary` in the place of `path`.
std::string moveIntoPlace(TemporaryPath &temporary, const std::string &path) {
  std::string old = temporary.str() + ".old";
  bool isReplacement = fs::exists(path);
  if (isReplacement)
    if (std::error_code error = fs::rename(path, old))
      return describe("can not replace", path, error);
  if (std::error_code error = temporary.moveTo(path)) {
    if (isReplacement)
      (void)fs::rename(old, path);
    return describe("can not create", path, error);
  }
  if (isReplacement)
    (void)fs::remove_directories(old);
  return "";
}

} // namespace

std::string writeOutput(StringRef path, StringRef bytes) {
  if (isStream(path))
    return writeFile(path.str(), bytes);
  llvm::SmallString<256> absolute(path);
  if (std::error_code error = fs::make_absolute(absolute))
    return describe("can not find", path, error);
  TemporaryPath temporary;
  std::error_code error = temporary.createFileBeside(absolute);
  if (!error)
    error = temporary.write(bytes);
  if (!error)
    error = temporary.moveTo(absolute.str().str());
  return error ? describe("can not write", path, error) : "";
}

std::string writeArtifact(const Artifact &artifact, StringRef folder) {
  if (folder.empty())
    return "the output folder has no name; expected -o DIR.attn";
  // Unique names of a relative path would be made in the system's own folder.
  llvm::SmallString<256> path(folder);
  if (std::error_code error = fs::make_absolute(path))
    return describe("can not find", folder, error);
  llvm::sys::path::remove_dots(path);
  llvm::SmallString<256> manifest(path);
  llvm::sys::path::append(manifest, "manifest.json");
  if (fs::exists(path) && !fs::exists(manifest))
    return ("'" + folder +
            "' exists and is not an artifact (it holds no manifest.json); "
            "remove "
            "it or choose another -o")
        .str();
  TemporaryPath temporary;
  if (std::error_code error = temporary.createFolderBeside(path))
    return describe("can not create a folder beside", folder, error);
  // Unique folders are made for the owner alone; ours is like any other.
  (void)fs::setPermissions(temporary.str(),
                           static_cast<fs::perms>(0777 & ~fs::getUmask()));
  std::list<TemporaryPath> files; // They leave with their folder.
  std::string error = writeFiles(artifact, temporary.str(), files);
  return error.empty() ? moveIntoPlace(temporary, path.str().str()) : error;
}

} // namespace attn
