//===- Document.cpp - A JSON text as a tree -------------------------------===//

#include "Document.h"

#include <vector>

using nlohmann::json;

namespace attn::manifest {
namespace {

/// Leaves an empty array or object, which is destroyed without allocating. The
/// depth is limited, so this recursion is, too.
void takeApart(json &value) {
  if (!value.is_structured())
    return;
  for (json &child : value)
    takeApart(child);
  value.clear();
}

/// Puts what the parser reads into `root`. Functions return false to stop.
class Builder : public nlohmann::json_sax<json> {
public:
  Builder(json &root, std::string &problem) : root(root), problem(problem) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t &) override {
    return add(value);
  }
  // Copies: the parser goes on with the memory of the text.
  bool string(string_t &value) override { return add(value); }
  bool binary(binary_t &) override { return false; } // JSON has none.

  bool start_object(std::size_t) override { return enter(json::object()); }
  bool start_array(std::size_t) override { return enter(json::array()); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t &name) override {
    slot = &(*open.back())[name];
    takeApart(*slot); // The last of equal keys counts.
    return true;
  }

  bool parse_error(std::size_t, const std::string &,
                   const json::exception &error) override {
    // "[json.exception.parse_error.101] parse error at line ..."
    std::string what = error.what();
    size_t start = what.find("] ");
    what = start == std::string::npos ? what : what.substr(start + 2);
    // A hostile document must not choose how long the message is.
    problem = "manifest is not valid JSON: " + what.substr(0, 200);
    return false;
  }

private:
  bool add(json value) {
    if (open.empty())
      slot = &root;
    else if (open.back()->is_array())
      slot = &open.back()->emplace_back();
    *slot = std::move(value);
    return true;
  }

  bool enter(json empty) {
    if (open.size() == Document::kDeepest) {
      problem = "expected a manifest nested at most " +
                std::to_string(Document::kDeepest) +
                " levels deep but found more";
      return false;
    }
    add(std::move(empty));
    open.push_back(slot);
    return true;
  }

  bool leave() {
    open.pop_back();
    return true;
  }

  json &root;
  std::string &problem;
  json *slot = nullptr;     ///< Where the next value of an object goes.
  std::vector<json *> open; ///< Arrays and objects around the next value.
};

} // namespace

// Delegates, so that the destructor runs also where parsing throws.
Document::Document(std::string_view text) : Document() {
  Builder builder(root, problem);
  if (!json::sax_parse(text, &builder) && problem.empty())
    problem = "manifest is not valid JSON";
}

Document::~Document() { takeApart(root); }

} // namespace attn::manifest
