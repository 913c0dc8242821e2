//===- Reader.h - Typed access to a JSON document ---------------*- C++ -*-===//
//
// Walks a document and keeps the first wrong field in `error`; every later
// read returns a default value, so callers check once at the end. Never throws
// for what the document holds. What nobody asked for is unknown: the code that
// reads an object is the list of its fields.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_MANIFEST_LIB_READER_H
#define ATTN_MANIFEST_LIB_READER_H

#include "attn/manifest/Manifest.h"

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace attn::manifest {

/// A place in the document; `value` is null if there is nothing.
struct Place {
  const nlohmann::json *value;
  std::string pointer;
};

class Reader {
public:
  static constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

  Place member(const Place &object, const char *key);
  Place element(const Place &array, size_t index);
  bool has(const Place &object, const char *key);
  /// For a field that may be null: whether it is missing or null.
  bool isNothing(const Place &object, const char *key);
  size_t length(const Place &array);
  std::string text(const Place &place);
  int64_t number(const Place &place, int64_t least = 0,
                 int64_t most = kLargest);
  bool flag(const Place &place);
  Dtype dtype(const Place &place);
  Expr expr(const Place &place);
  std::vector<int64_t> numbers(const Place &place);
  std::vector<std::string> texts(const Place &place);

  void fail(const std::string &expected, const Place &place);
  /// Fails with the first field below `place` that was never asked for.
  void refuseUnknown(const Place &place);

  std::optional<Error> error;

private:
  Expr operation(const Place &place);

  std::map<const nlohmann::json *, std::set<std::string>> asked;
};

} // namespace attn::manifest

#endif // ATTN_MANIFEST_LIB_READER_H
