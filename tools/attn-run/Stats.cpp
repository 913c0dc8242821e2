//===- Stats.cpp - What device sim counted, for --stats -------------------===//

#include "Stats.h"

#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace attn::run {
using nlohmann::ordered_json;

namespace {
/// Key tiles of a kernel, if it tallies them.
void addTiles(ordered_json &kernel) {
  for (ordered_json &role : kernel["roles"]) {
    auto tallies = role.find("tallies");
    if (tallies == role.end())
      continue;
    int64_t tiles = tallies->value("tiles", int64_t(0));
    int64_t visited = tallies->value("tiles_visited", int64_t(0));
    int64_t masked = tallies->value("tiles_masked", int64_t(0));
    role.erase(tallies);
    kernel["tiles"] = {{"masked", masked},
                       {"full", visited - masked},
                       {"skipped", tiles - visited}};
    return;
  }
}

__attribute__((format(printf, 2, 3))) void append(std::string &text,
                                                  const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  text += line;
}

double number(const ordered_json &object, const char *key) {
  auto found = object.find(key);
  return found == object.end() || !found->is_number() ? std::nan("")
                                                      : found->get<double>();
}

void appendRole(std::string &text, const ordered_json &role) {
  append(text, "  %s, %.0f warps:", role["role"].get<std::string>().c_str(),
         number(role, "warps"));
  for (const auto &[name, count] : role["ops"].items())
    if (count != 0)
      append(text, " %s %.0f", name.c_str(), count.get<double>());
  for (const auto &[name, count] : role.items())
    if (count.is_number() && count != 0 && name != "warps" &&
        name != "first_warp")
      append(text, " %s %.6g", name.c_str(), count.get<double>());
  text += "\n";
}
} // namespace

void Stats::receive(void *self, const char *kernel, const char *counts) {
  ordered_json named = {{"kernel", kernel}};
  named.update(ordered_json::parse(counts));
  addTiles(named);
  static_cast<Stats *>(self)->all["kernels"].push_back(std::move(named));
}

void Stats::finish(double multiplyAdds) {
  double sum = 0;
  for (const ordered_json &kernel : all["kernels"])
    for (const ordered_json &role : kernel["roles"])
      sum += number(role, "multiply_adds");
  all["multiply_adds"] = sum;
  all["useful_multiply_adds"] = nullptr;
  all["useful_share"] = nullptr;
  if (std::isnan(multiplyAdds) || sum == 0)
    return;
  all["useful_multiply_adds"] = multiplyAdds;
  all["useful_share"] = multiplyAdds / sum;
}

std::string Stats::toText() const {
  std::string text;
  for (const ordered_json &kernel : all["kernels"]) {
    append(text, "stats: %s: ctas %.0f",
           kernel["kernel"].get<std::string>().c_str(), number(kernel, "ctas"));
    if (auto tiles = kernel.find("tiles"); tiles != kernel.end())
      append(text, ", tiles masked %.0f full %.0f skipped %.0f",
             number(*tiles, "masked"), number(*tiles, "full"),
             number(*tiles, "skipped"));
    const ordered_json &work = kernel["multiply_adds_per_cta"];
    append(text, ", multiply-adds per cta %.0f to %.0f, mean %.1f\n",
           number(work, "least"), number(work, "most"), number(work, "mean"));
    for (const ordered_json &role : kernel["roles"])
      appendRole(text, role);
  }
  append(text, "stats: multiply-adds %.0f, useful share %.4f\n",
         number(all, "multiply_adds"), number(all, "useful_share"));
  return text;
}

} // namespace attn::run
