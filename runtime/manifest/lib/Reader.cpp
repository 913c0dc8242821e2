//===- Reader.cpp - Typed access to a JSON document -----------------------===//

#include "Reader.h"

using nlohmann::json;

namespace attn::manifest {
namespace {
/// The value as an error shows it: compact, and cut where it is long.
std::string shown(const json *value) {
  if (!value)
    return "nothing";
  if (value->is_object())
    return "an object";
  if (value->is_array())
    return "an array of " + std::to_string(value->size());
  std::string text = value->dump(-1, ' ', /*ensure_ascii=*/true,
                                 json::error_handler_t::replace);
  constexpr size_t kLongest = 60;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

/// Escapes a key for a JSON pointer (RFC 6901).
std::string escaped(const std::string &key) {
  std::string out;
  for (char c : key)
    out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

/// A key as a message shows it; a hostile one does not choose its length.
std::string shownKey(const std::string &key) {
  constexpr size_t kLongest = 60;
  std::string text =
      json(key.substr(0, kLongest))
          .dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace);
  return escaped(text.substr(1, text.size() - 2)) +
         (key.size() > kLongest ? "..." : "");
}

std::optional<Expr::Kind> operationKind(const std::string &name) {
  for (int i = int(Expr::Kind::kAdd); i <= int(Expr::Kind::kNot); ++i)
    if (operationName(Expr::Kind(i)) == name)
      return Expr::Kind(i);
  return std::nullopt;
}
} // namespace

void Reader::fail(const std::string &expected, const Place &place) {
  if (!error)
    error = Error{Error::Code::kInvalidManifest,
                  "expected " + expected + " at '" + place.pointer +
                      "' but found " + shown(place.value)};
}

/// The depth of the document is limited, so this recursion is, too.
void Reader::refuseUnknown(const Place &place) {
  if (error || !place.value)
    return;
  if (place.value->is_array())
    for (size_t i = 0; i < place.value->size(); ++i)
      refuseUnknown(element(place, i));
  if (!place.value->is_object())
    return;
  const std::set<std::string> &known = asked[place.value];
  for (const auto &[key, value] : place.value->items()) {
    std::string pointer = place.pointer + "/" + shownKey(key);
    if (known.count(key))
      refuseUnknown({&value, pointer});
    else if (!error)
      error = Error{Error::Code::kInvalidManifest,
                    "expected a field of manifest " + std::to_string(kMajor) +
                        "." + std::to_string(kMinor) + " at '" + pointer +
                        "' but found one that is unknown there"};
  }
}

Place Reader::member(const Place &object, const char *key) {
  Place place{nullptr, object.pointer + "/" + escaped(key)};
  if (!object.value || !object.value->is_object()) {
    fail("an object", object);
    return place;
  }
  asked[object.value].insert(key);
  auto found = object.value->find(key);
  if (found != object.value->end())
    place.value = &*found;
  return place;
}

Place Reader::element(const Place &array, size_t index) {
  Place place{nullptr, array.pointer + "/" + std::to_string(index)};
  if (array.value && array.value->is_array() && index < array.value->size())
    place.value = &(*array.value)[index];
  return place;
}

bool Reader::has(const Place &object, const char *key) {
  return member(object, key).value != nullptr;
}

bool Reader::isNothing(const Place &object, const char *key) {
  Place place = member(object, key);
  return !place.value || place.value->is_null();
}

size_t Reader::length(const Place &array) {
  if (array.value && array.value->is_array())
    return array.value->size();
  fail("an array", array);
  return 0;
}

std::string Reader::text(const Place &place) {
  if (place.value && place.value->is_string())
    return place.value->get<std::string>();
  fail("a string", place);
  return {};
}

int64_t Reader::number(const Place &place, int64_t least, int64_t most) {
  // An unsigned number above int64 would turn negative in get<int64_t>.
  if (place.value && place.value->is_number_integer() &&
      !(place.value->is_number_unsigned() &&
        place.value->get<uint64_t>() > uint64_t(kLargest))) {
    int64_t value = place.value->get<int64_t>();
    if (value >= least && value <= most)
      return value;
  }
  std::string range = most == kLargest ? "of at least " + std::to_string(least)
                                       : "between " + std::to_string(least) +
                                             " and " + std::to_string(most);
  fail(least == std::numeric_limits<int64_t>::min() ? "a 64-bit integer"
                                                    : "an integer " + range,
       place);
  return 0;
}

bool Reader::flag(const Place &place) {
  if (place.value && place.value->is_boolean())
    return place.value->get<bool>();
  fail("true or false", place);
  return false;
}

Dtype Reader::dtype(const Place &place) {
  std::optional<Dtype> dtype;
  if (place.value && place.value->is_string())
    dtype = dtypeFromName(place.value->get_ref<const std::string &>());
  if (!dtype)
    fail("one of \"f16\", \"bf16\", \"f32\", \"f64\", \"i8\", \"i32\", "
         "\"i64\", \"bool\"",
         place);
  return dtype.value_or(Dtype::kF32);
}

Expr Reader::operation(const Place &place) {
  std::string name = text(member(place, "op"));
  std::optional<Expr::Kind> kind = operationKind(name);
  if (!kind) {
    fail("an operation such as \"add\" or \"ceildiv\"", member(place, "op"));
    return {};
  }
  Expr expr;
  expr.kind = *kind;
  Place args = member(place, "args");
  size_t arity = *kind == Expr::Kind::kNot ? 1 : 2;
  if (length(args) != arity)
    fail("an array of " + std::to_string(arity), args);
  for (size_t i = 0; i < arity; ++i)
    expr.operands.push_back(this->expr(element(args, i)));
  return expr;
}

/// The depth of the document is limited before it is read, so this recursion
/// is, too.
Expr Reader::expr(const Place &place) {
  if (place.value && place.value->is_number())
    return Expr::constant(
        number(place, std::numeric_limits<int64_t>::min(), kLargest));
  if (place.value && place.value->is_object()) {
    if (place.value->contains("letter"))
      return Expr::letter(text(member(place, "letter")));
    if (place.value->contains("limit"))
      return Expr::limit(text(member(place, "limit")));
    if (place.value->contains("op"))
      return operation(place);
  }
  fail("an expression (an integer, or an object with \"letter\", \"limit\" or "
       "\"op\")",
       place);
  return {};
}

std::vector<int64_t> Reader::numbers(const Place &place) {
  std::vector<int64_t> values;
  for (size_t i = 0, e = length(place); i < e; ++i)
    values.push_back(number(element(place, i)));
  return values;
}

std::vector<std::string> Reader::texts(const Place &place) {
  std::vector<std::string> values;
  for (size_t i = 0, e = length(place); i < e; ++i)
    values.push_back(text(element(place, i)));
  return values;
}

} // namespace attn::manifest
