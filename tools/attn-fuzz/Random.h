//===- Random.h - The same numbers for the same seed everywhere -*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNFUZZ_RANDOM_H
#define ATTN_TOOLS_ATTNFUZZ_RANDOM_H

#include <cmath>
#include <cstdint>
#include <initializer_list>

namespace attn::fuzz {

/// SplitMix64 (Steele et al., "Fast splittable pseudorandom number generators",
/// 2014).
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) { next(); }

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// An integer from least to most, both included.
  int64_t range(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(
                       next() % static_cast<uint64_t>(most - least + 1));
  }

  /// True once in `n` times.
  bool once(int64_t n) { return range(1, n) == 1; }

  template <typename T>
  T pick(std::initializer_list<T> values) {
    return values.begin()[range(0, static_cast<int64_t>(values.size()) - 1)];
  }

  /// Uniform in (0, 1).
  double uniform() {
    return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53;
  }

  /// Standard normal (Box and Muller).
  double normal() {
    double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }

private:
  uint64_t state;
};

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_RANDOM_H
