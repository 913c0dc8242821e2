//===- Artifact.h - Compiled programs ---------------------------*- C++ -*-===//
//
// The runtime of this process and the artifacts it compiled or loaded. Nothing
// here needs the interpreter, so all of it runs without its lock.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PYTHON_NATIVE_ARTIFACT_H
#define ATTN_PYTHON_NATIVE_ARTIFACT_H

#include "Failure.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace attn::python {

template <typename T, void (*Destroy)(T *)>
struct Deleter {
  void operator()(T *handle) const { Destroy(handle); }
};
template <typename T, void (*Destroy)(T *)>
using Handle = std::unique_ptr<T, Deleter<T, Destroy>>;

/// One runtime with the compiler for the whole process. It is never destroyed:
/// threads may still launch while the interpreter ends.
AttnRuntime *processRuntime();

/// An argument or result of an entry.
struct TensorInfo {
  std::string name;
  AttnDtype dtype;
  std::vector<std::string> letters; ///< "" where an axis has none.
  std::vector<int64_t> sizes;       ///< -1 where known only at launch.
  bool inout = false;
};

class Artifact {
public:
  /// Compiles `text`, which diagnostics call `path`, or the file `path`.
  static Artifact compile(const std::string &path,
                          const std::optional<std::string> &text,
                          const std::string &targets);
  static Artifact load(const std::string &path);

  /// Index of the entry; "" means `main`, else the only entry.
  size_t findEntry(const std::string &name) const;
  std::string entryName(size_t entry) const;
  std::vector<TensorInfo> arguments(size_t entry) const;
  std::vector<TensorInfo> results(size_t entry) const;
  std::vector<std::string> letters(size_t entry) const;
  std::string manifest() const;

  const AttnArtifact *get() const { return handle.get(); }

  /// Warnings and remarks of the compiler, in order.
  std::vector<Diagnostic> diagnostics;

private:
  Handle<AttnArtifact, attnArtifactDestroy> handle;
};

} // namespace attn::python

#endif // ATTN_PYTHON_NATIVE_ARTIFACT_H
