//===- PackFile.cpp - What a case of a pack should give -------------------===//

#include "PackFile.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

using json = nlohmann::ordered_json;

namespace attn::pack {
namespace {
constexpr char kMagic[] = "ATTNROW2"; ///< 8 bytes of it are written.

class Writer {
public:
  template <typename T>
  void add(T value) {
    bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
  }
  std::string bytes;
};

class Reader {
public:
  explicit Reader(const std::string &bytes) : bytes(bytes) {}

  template <typename T>
  T take() {
    T value;
    if (bytes.size() - at < sizeof value)
      throw std::runtime_error("the file of expected rows ends early");
    std::memcpy(&value, bytes.data() + at, sizeof value);
    at += sizeof value;
    return value;
  }
  /// A count of things of at least `least` bytes each.
  uint32_t count(size_t least) {
    auto value = take<uint32_t>();
    if (value > (bytes.size() - at) / least)
      throw std::runtime_error("the file of expected rows is damaged");
    return value;
  }
  bool isAtEnd() const { return at == bytes.size(); }

private:
  const std::string &bytes;
  size_t at = 0;
};

/// Rounding to f32 takes at most 2^-10 of a bound: true of 16-bit types.
bool fitsInFloat(const ValueRow &row) {
  double largest = 0;
  for (double value : row.out)
    largest = std::max(largest, std::abs(value));
  return std::ldexp(largest, -24) <= std::ldexp(row.outBound, -10);
}
} // namespace

std::string encode(const Expected &expected) {
  Writer w;
  w.bytes.assign(kMagic, 8);
  w.add(expected.dv);
  bool isNarrow =
      std::all_of(expected.values.begin(), expected.values.end(), fitsInFloat);
  w.add(uint32_t(isNarrow ? sizeof(float) : sizeof(double)));
  w.add(uint32_t(expected.values.size()));
  for (const ValueRow &row : expected.values) {
    w.add(row.b);
    w.add(row.h);
    w.add(row.i);
    w.add(row.outBound);
    w.add(row.lse);
    w.add(row.lseBound);
    for (double value : row.out)
      isNarrow ? w.add(float(value)) : w.add(value);
  }
  w.add(uint32_t(expected.visible.size()));
  for (const auto &ranges : expected.visible) {
    w.add(uint32_t(ranges.size()));
    for (const KeyRange &range : ranges) {
      w.add(range.first);
      w.add(range.last);
    }
  }
  return w.bytes;
}

Expected decode(const std::string &bytes) {
  if (bytes.compare(0, 8, kMagic, 8) != 0)
    throw std::runtime_error("this is no file of expected rows");
  std::string rest = bytes.substr(8);
  Reader r(rest);
  Expected expected;
  expected.dv = r.take<uint32_t>();
  if (expected.dv > 65536)
    throw std::runtime_error("the file of expected rows is damaged");
  auto width = r.take<uint32_t>();
  if (width != sizeof(float) && width != sizeof(double))
    throw std::runtime_error("the file of expected rows is damaged");
  expected.values.resize(r.count(36));
  for (ValueRow &row : expected.values) {
    row.b = r.take<uint32_t>();
    row.h = r.take<uint32_t>();
    row.i = r.take<uint32_t>();
    row.outBound = r.take<double>();
    row.lse = r.take<double>();
    row.lseBound = r.take<double>();
    row.out.resize(expected.dv);
    for (double &value : row.out)
      value = width == sizeof(float) ? r.take<float>() : r.take<double>();
  }
  expected.visible.resize(r.count(4));
  for (auto &ranges : expected.visible) {
    ranges.resize(r.count(8));
    for (KeyRange &range : ranges) {
      range.first = r.take<uint32_t>();
      range.last = r.take<uint32_t>();
    }
  }
  if (!r.isAtEnd())
    throw std::runtime_error("the file of expected rows is too long");
  return expected;
}

std::string toJson(const Pack &pack) {
  json cases = json::array();
  for (const Case &c : pack.cases)
    cases.push_back(json{{"name", c.name},
                         {"program", c.program},
                         {"mask", c.mask},
                         {"score", c.score},
                         {"dtype", c.dtype},
                         {"letters", c.letters},
                         {"B", c.b},
                         {"Hq", c.hq},
                         {"Hk", c.hk},
                         {"Lq", c.lq},
                         {"Lk", c.lk},
                         {"D", c.d},
                         {"transposed", c.isTransposed},
                         {"seed", c.seed},
                         {"visible_pairs", c.pairs},
                         {"operations", c.operations},
                         {"visibility", c.visibility}});
  json document{{"commit", pack.commit},
                {"date", pack.date},
                {"left_out", pack.leftOut},
                {"cases", cases}};
  return document.dump(1) + "\n";
}

Pack packFromJson(const std::string &text) {
  json document = json::parse(text);
  Pack pack;
  pack.commit = document.at("commit");
  pack.date = document.at("date");
  pack.leftOut = document.at("left_out").get<std::vector<std::string>>();
  for (const json &c : document.at("cases")) {
    Case made;
    made.name = c.at("name");
    made.program = c.at("program");
    made.mask = c.at("mask");
    made.score = c.at("score");
    made.dtype = c.at("dtype");
    made.letters = c.at("letters").get<std::map<std::string, int64_t>>();
    made.b = c.at("B");
    made.hq = c.at("Hq");
    made.hk = c.at("Hk");
    made.lq = c.at("Lq");
    made.lk = c.at("Lk");
    made.d = c.at("D");
    made.isTransposed = c.at("transposed");
    made.seed = c.at("seed");
    made.pairs = c.at("visible_pairs");
    made.operations = c.at("operations");
    made.visibility = c.at("visibility");
    pack.cases.push_back(std::move(made));
  }
  return pack;
}

} // namespace attn::pack
