//===- Stats.h - What device sim counted, for --stats -----------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNRUN_STATS_H
#define ATTN_TOOLS_ATTNRUN_STATS_H

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace attn::run {

/// Only where --stats asks for it: the JSON library allocates in destructors,
/// so it can not say that memory has run out.
class Stats {
public:
  /// Takes what a launch reports; `self` is the Stats.
  static void receive(void *self, const char *kernel, const char *counts);

  /// Puts everything together. \param operations that the visible pairs need;
  /// NaN if that is not known. \param attends those of every attend.
  void finish(double operations, const std::vector<double> &attends);

  /// The keys of runtime/lib/Sim/README.md, "Counts".
  std::string toJson() const { return all.dump(2) + "\n"; }
  /// The same for people.
  std::string toText() const;

private:
  nlohmann::ordered_json all = {{"kernels", nlohmann::ordered_json::array()}};
};

/// The number at `key`; NaN where there is none.
double getNumber(const nlohmann::ordered_json &object, const char *key);

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_STATS_H
