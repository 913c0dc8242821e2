//===- TemporaryPath.h - Files that do not stay -----------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_TEMPORARYPATH_H
#define ATTN_CODEGEN_TEMPORARYPATH_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/Twine.h"

#include <string>
#include <system_error>

namespace attn {

/// A file or folder that is removed at the end of its scope, and by
/// `removeAll`, unless it was moved to where it stays.
class TemporaryPath {
public:
  TemporaryPath() = default;
  ~TemporaryPath();
  TemporaryPath(const TemporaryPath &) = delete;
  TemporaryPath &operator=(const TemporaryPath &) = delete;

  /// An empty file attn-XXXXXX.`suffix` in the system's folder for such files.
  std::error_code createFile(llvm::StringRef suffix);
  /// An empty file with a name of its own that begins with `path`, absolute.
  std::error_code createFileBeside(const llvm::Twine &path);
  /// A folder with a name of its own that begins with `path`, absolute.
  std::error_code createFolderBeside(const llvm::Twine &path);
  /// `path`, which need not exist yet.
  void adopt(llvm::StringRef path);

  /// Replaces the contents of a file.
  std::error_code write(llvm::StringRef bytes) const;
  /// The contents of a file, empty if it cannot be read.
  std::string read() const;
  /// Renames it to `path`, where it stays.
  std::error_code moveTo(const std::string &path);
  std::string str() const { return path.str().str(); }

  /// Removes what all live objects stand for, the youngest first. Does not
  /// allocate. For the end of a process.
  static void removeAll();

private:
  std::error_code keep(std::error_code error);
  void release();

  llvm::SmallString<256> path;
  bool isListed = false;
  TemporaryPath *older = nullptr, *younger = nullptr;
};

} // namespace attn

#endif // ATTN_CODEGEN_TEMPORARYPATH_H
