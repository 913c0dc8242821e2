//===- visibility-plants.cpp - Faults in rows of several streams ----------===//
//
// Draws rows over one to three streams with head maps, lengths and masks, and
// computes what a device gives for q = 0. Good rows must pass; a key that is
// lost, extra or doubled in any stream, and streams that are mixed up, must
// miss by 100 bounds in some round. Prints the least ratio of each fault.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Visibility.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

using namespace attn::reference;

namespace {

/// Weights of the keys of each stream: 0, 1, or 2 for a doubled key.
using Weights = std::vector<std::vector<uint8_t>>;

struct Drawn {
  VisibilityCodes codes;
  std::vector<int64_t> heads;
  Weights seen;
};

enum Fault { kNone, kLost, kExtra, kDoubled, kSwapped, kFaults };
const char *const names[] = {"none", "lost", "extra", "doubled", "swapped"};

std::mt19937_64 generator(1);
int64_t draw(int64_t first, int64_t last) {
  return first + int64_t(generator() % uint64_t(last - first + 1));
}

Drawn drawRow() {
  Drawn drawn;
  int64_t streams = draw(1, 3);
  drawn.codes.dv = draw(streams + 1, 40);
  for (int64_t s = 0; s < streams; ++s) {
    int64_t keys = draw(20, 200), length = draw(10, keys);
    drawn.codes.keys.push_back(keys);
    drawn.heads.push_back(draw(0, 9));
    std::vector<uint8_t> seen(length);
    for (uint8_t &one : seen)
      one = draw(0, 2) > 0;
    drawn.seen.push_back(seen);
  }
  return drawn;
}

/// f32 arithmetic: what comes out of a device, and lse.
double judge(const Drawn &drawn, int64_t round, const Weights &weights,
             const std::vector<size_t> &streams) {
  const VisibilityCodes &codes = drawn.codes;
  std::vector<double> out(codes.dv);
  double n = 0;
  for (size_t s = 0; s < weights.size(); ++s)
    for (size_t j = 0; j < weights[s].size(); ++j) {
      n += weights[s][j];
      for (int64_t c = 0; weights[s][j] && c < codes.dv; ++c)
        out[c] += weights[s][j] * codes.getValue(round, streams[s],
                                                 drawn.heads[s], int64_t(j), c);
    }
  for (double &x : out)
    x = n ? float(x / n) : 0;
  VisibilityRow row{round, {}, out, double(float(std::log(n))), Dtype::F32, {}};
  for (size_t s = 0; s < weights.size(); ++s)
    row.streams.push_back({drawn.heads[s], drawn.seen[s]});
  return getVisibilityRatio(codes, row);
}

/// Plants a fault; false if the row has no place for it.
bool plant(Fault fault, const Drawn &drawn, Weights &weights,
           std::vector<size_t> &streams) {
  size_t s = size_t(draw(0, int64_t(weights.size()) - 1));
  if (fault == kSwapped) {
    std::swap(streams[s], streams.back());
    return s + 1 < streams.size() && drawn.seen[s] != drawn.seen.back();
  }
  size_t j = size_t(draw(0, int64_t(weights[s].size()) - 1));
  uint8_t &weight = weights[s][j];
  if (weight != (fault == kExtra ? 0 : 1))
    return false;
  weight = fault == kLost ? 0 : fault == kExtra ? 1 : 2;
  return true;
}

} // namespace

int main() {
  double least[kFaults], most = 0;
  std::fill_n(least, kFaults, INFINITY);
  int64_t planted[kFaults] = {};
  for (int n = 0; n < 3000; ++n) {
    Drawn drawn = drawRow();
    Weights weights = drawn.seen;
    std::vector<size_t> streams(weights.size());
    for (size_t s = 0; s < streams.size(); ++s)
      streams[s] = s;
    auto fault = Fault(n % kFaults);
    if (fault != kNone && !plant(fault, drawn, weights, streams))
      continue;
    double worst = 0;
    for (int64_t round = 0; round < drawn.codes.getRounds(); ++round)
      worst = std::max(worst, judge(drawn, round, weights, streams));
    ++planted[fault];
    if (fault == kNone)
      most = std::max(most, worst);
    least[fault] = std::min(least[fault], worst);
  }
  bool isGood = most <= 1 && planted[kNone] > 400;
  std::printf("none: at most %.3g bounds, %ld rows\n", most,
              long(planted[kNone]));
  for (int fault = kLost; fault < kFaults; ++fault) {
    isGood &= least[fault] >= 100 && planted[fault] > 50;
    std::printf("%s: at least %.3g bounds, %ld rows\n", names[fault],
                least[fault], long(planted[fault]));
  }
  return isGood ? 0 : 1;
}
