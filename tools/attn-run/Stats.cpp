//===- Stats.cpp - What device sim counted, for --stats -------------------===//

#include "Stats.h"

#include <cmath>

namespace attn::run {
using nlohmann::ordered_json;

namespace {
/// Key tiles of a kernel, if it tallies them: only forward kernels do.
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

/// What `object` did, and what of that `operations` were the use of.
void addUse(ordered_json &object, double done, double operations) {
  double useful = operations / 2;
  object["multiply_adds"] = done;
  object["useful_multiply_adds"] = nullptr;
  object["useful_share"] = nullptr;
  if (std::isnan(useful))
    return;
  object["useful_multiply_adds"] = useful;
  if (done > 0)
    object["useful_share"] = useful / done;
}

/// The share of the kernel is that of its only role with products.
void addShareOfRole(ordered_json &kernel) {
  ordered_json *only = nullptr;
  int found = 0;
  for (ordered_json &role : kernel["roles"])
    if (getNumber(role, "multiply_adds") > 0) {
      role["useful_share"] = nullptr;
      only = &role;
      ++found;
    }
  if (found == 1)
    (*only)["useful_share"] = kernel["useful_share"];
}

double addMultiplyAdds(const ordered_json &kernel) {
  double sum = 0;
  for (const ordered_json &role : kernel["roles"])
    sum += getNumber(role, "multiply_adds");
  return sum;
}
} // namespace

double getNumber(const ordered_json &object, const char *key) {
  auto found = object.find(key);
  return found == object.end() || !found->is_number() ? std::nan("")
                                                      : found->get<double>();
}

void Stats::receive(void *self, const char *kernel, const char *counts) {
  ordered_json named = {{"kernel", kernel}};
  named.update(ordered_json::parse(counts));
  addTiles(named);
  static_cast<Stats *>(self)->all["kernels"].push_back(std::move(named));
}

/// Attends become forward kernels one by one and in order, unless a pass
/// dropped one: then which is which is not known.
void Stats::finish(double operations, const std::vector<double> &attends) {
  size_t forwards = 0;
  for (const ordered_json &kernel : all["kernels"])
    forwards += kernel.contains("tiles");
  bool isKnown = !std::isnan(operations) && forwards == attends.size();
  double sum = 0;
  size_t next = 0;
  for (ordered_json &kernel : all["kernels"]) {
    double done = addMultiplyAdds(kernel);
    sum += done;
    if (!kernel.contains("tiles"))
      continue;
    addUse(kernel, done, isKnown ? attends[next++] : std::nan(""));
    addShareOfRole(kernel);
  }
  addUse(all, sum, operations);
}

} // namespace attn::run
