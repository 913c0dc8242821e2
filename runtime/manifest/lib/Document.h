//===- Document.h - A JSON text as a tree -----------------------*- C++ -*-===//
//
// nlohmann/json allocates where it destroys an array or an object that holds
// something, to be safe from deep ones; a failure there ends the process. Here
// depth is limited while parsing, and the tree is taken apart from its leaves.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_MANIFEST_LIB_DOCUMENT_H
#define ATTN_MANIFEST_LIB_DOCUMENT_H

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace attn::manifest {

class Document {
public:
  static constexpr size_t kDeepest = 64; ///< Nested arrays and objects.

  /// Parses `text`; `problem` says what is wrong with it. Throws
  /// std::bad_alloc.
  explicit Document(std::string_view text);
  ~Document();
  Document(const Document &) = delete;
  Document &operator=(const Document &) = delete;

  nlohmann::json root;
  std::string problem; ///< Empty if `root` is the whole text.

private:
  Document() = default;
};

} // namespace attn::manifest

#endif // ATTN_MANIFEST_LIB_DOCUMENT_H
