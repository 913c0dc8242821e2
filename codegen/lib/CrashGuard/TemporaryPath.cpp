//===- TemporaryPath.cpp - Files that do not stay -------------------------===//

#include "attn/codegen/TemporaryPath.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <mutex>

namespace fs = llvm::sys::fs;

namespace attn {
namespace {
std::mutex listMutex; // Nothing allocates while it is held.
TemporaryPath *youngest = nullptr;
} // namespace

TemporaryPath::~TemporaryPath() {
  if (!isListed)
    return;
  if (fs::remove(path)) // not empty
    (void)fs::remove_directories(path);
  release();
}

std::error_code TemporaryPath::keep(std::error_code error) {
  if (error)
    return error;
  (void)path.c_str(); // ends it with a 0
  std::lock_guard<std::mutex> lock(listMutex);
  isListed = true;
  older = youngest;
  if (older)
    older->younger = this;
  youngest = this;
  return error;
}

void TemporaryPath::release() {
  std::lock_guard<std::mutex> lock(listMutex);
  isListed = false;
  (younger ? younger->older : youngest) = older;
  if (older)
    older->younger = younger;
  older = younger = nullptr;
}

void TemporaryPath::removeAll() {
  std::lock_guard<std::mutex> lock(listMutex);
  for (TemporaryPath *one = youngest; one; one = one->older)
    (void)std::remove(one->path.data());
}

std::error_code TemporaryPath::createFile(llvm::StringRef suffix) {
  return keep(fs::createTemporaryFile("attn", suffix, path));
}

std::error_code TemporaryPath::createFileBeside(const llvm::Twine &beside) {
  int descriptor = -1;
  std::error_code error = keep(fs::createUniqueFile(
      beside + ".tmp-%%%%%%", descriptor, path, fs::OF_None, /*Mode=*/0666));
  if (!error)
    (void)fs::closeFile(descriptor);
  return error;
}

std::error_code TemporaryPath::createFolderBeside(const llvm::Twine &beside) {
  return keep(fs::createUniqueDirectory(beside + ".tmp", path));
}

void TemporaryPath::adopt(llvm::StringRef taken) {
  path = taken;
  (void)keep({});
}

std::error_code TemporaryPath::write(llvm::StringRef bytes) const {
  std::error_code error;
  llvm::raw_fd_ostream out(path, error);
  if (error)
    return error;
  out << bytes;
  out.close();
  // An error that nobody looks at ends the process.
  error = out.error();
  out.clear_error();
  return error;
}

std::string TemporaryPath::read() const {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : "";
}

std::error_code TemporaryPath::moveTo(const std::string &target) {
  // A plain string is not copied: nothing is allocated from here on.
  std::error_code error = fs::rename(path.data(), target);
  if (!error)
    release();
  return error;
}

} // namespace attn
