//===- KernelTest.cpp - Compiled kernels against plain loops --------------===//

#include "../../Runtime/Unit/Check.h"
#include "SimKernel.h"

#include <cmath>
#include <cstring>

using namespace simtest;
using attn::runtime::sim::KernelLaunch;

namespace {
/// Every test runs in both modes.
bool strict = false;

bool find(const Image &image, const std::string &kernel, KernelLaunch &launch) {
  launch.strict = strict;
  return image.find(kernel, launch);
}

void testRegisters(const Image &image) {
  KernelLaunch launch;
  CHECK(find(image, "registers", launch));
  uint32_t block[3] = {5, 3, 4}, grid[3] = {3, 2, 2};
  std::memcpy(launch.block, block, sizeof block);
  std::memcpy(launch.grid, grid, sizeof grid);
  std::vector<int32_t> out(60 * 12);
  Arguments arguments;
  arguments.add(out.data());
  CHECK(run(launch, arguments, 1));
  bool same = true;
  for (int32_t i = 0; i < 720; ++i)
    same &= out[size_t(i)] ==
            i / 60 * 1000000 + i % 60 * 1000 + (i % 60 % 4 + 1) * 10;
  CHECK(same);
}

/// Rounds to nearest even on doubles, to `bits` bits of fraction.
double roundTo(double x, int bits) {
  int exponent;
  double fraction = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, bits + 1)),
                    exponent - bits - 1);
}

bool sameFloat(float a, double b) {
  return std::isnan(b) ? std::isnan(a) : a == float(b);
}

void testArithmetic(const Image &image) {
  std::vector<float> x = {0.0f,        -0.0f,   1.0f,     1.00390625f,
                          1.01171875f, NAN,     INFINITY, -INFINITY,
                          3.4e38f,     1e-40f,  -127.5f,  127.99f,
                          128.0f,      -150.0f, 0.3f,     -7.7f};
  while (x.size() < 64)
    x.push_back(float(std::sin(double(x.size())) * 9));
  std::vector<float> floats(256);
  std::vector<uint16_t> words(256), halves(64);
  KernelLaunch launch;
  CHECK(find(image, "arithmetic", launch));
  Arguments arguments;
  arguments.add(x.data());
  arguments.add(floats.data());
  arguments.add(words.data());
  arguments.add(halves.data());
  CHECK(run(launch, arguments, 2));
  for (size_t i = 0; i < 64; ++i) {
    double v = x[i], power = std::exp2(std::fabs(v) < 1.2e-38 ? 0 : v);
    power = power < 1.1754943508222875e-38 ? 0 : power;
    float found = floats[4 * i];
    CHECK(sameFloat(found, power) ||
          std::fabs(found / power - 1) < 0.25e-6); // 2^-22
    CHECK(sameFloat(floats[4 * i + 1], double(1 / x[i])));
    double logarithm = std::log2(std::fabs(v) < 1.2e-38 ? 0 : v);
    CHECK(sameFloat(floats[4 * i + 2], logarithm) ||
          std::fabs(floats[4 * i + 2] - logarithm) <=
              1e-6 * std::fabs(logarithm));
    double rounded = std::isfinite(v) && v != 0 ? roundTo(v, 7) : v;
    if (i != 9) // subnormal
      CHECK(sameFloat(floats[4 * i + 3], rounded));
    uint16_t bits = std::isnan(v) ? 0x7fff : toBf16(floats[4 * i + 3]);
    CHECK(words[4 * i] == 0x3f80 && words[4 * i + 1] == bits);
    CHECK(words[4 * i + 3] == 0x3c00);
    CHECK(halves[i] == (v > 0 ? bits : 0x3fc0));
  }
  CHECK(words[4 * 3 + 2] == 0x3c04 && words[4 * 14 + 2] == 0x34cd); // f16
}

void testCopies(const Image &image) {
  constexpr int64_t kColumns = 192, kRows = 80;
  std::vector<uint16_t> from(kColumns * kRows + 8), to(from.size());
  for (size_t i = 0; i < from.size(); ++i)
    from[i] = uint16_t(i * 7 + 1);
  auto aligned = [](std::vector<uint16_t> &v) {
    return v.data() +
           (16 - reinterpret_cast<uintptr_t>(v.data()) % 16) % 16 / 2;
  };
  uint16_t *source = aligned(from), *target = aligned(to);
  KernelLaunch launch;
  CHECK(find(image, "copies", launch));
  launch.dynamicSharedBytes = 64 * 32 * 2;
  Arguments arguments;
  arguments.addMap(mapOf(source, {kColumns, kRows}, {64, 32}));
  arguments.addMap(mapOf(target, {kColumns, kRows}, {64, 32}));
  arguments.add(int32_t(160)); // Half of the box is outside.
  arguments.add(int32_t(16));
  arguments.add(int32_t(64 * 32 * 2));
  // Strict mode refuses a store that begins outside.
  for (uint64_t seed = 0; seed < 5; ++seed)
    CHECK(run(launch, arguments, seed) == !strict);
  bool same = true;
  for (int64_t row = 0; row < kRows; ++row)
    for (int64_t column = 0; column < kColumns; ++column) {
      // The box at (160, 16) of the source went to (16, 160), outside but for
      // nothing: rows 160 and up do not exist.
      same &= target[row * kColumns + column] == 0;
    }
  CHECK(same);
  Arguments inside;
  inside.addMap(mapOf(source, {kColumns, kRows}, {64, 32}));
  inside.addMap(mapOf(target, {kColumns, kRows}, {64, 32}));
  inside.add(int32_t(40));
  inside.add(int32_t(60));
  inside.add(int32_t(64 * 32 * 2));
  CHECK(run(launch, inside, 3));
  same = true;
  for (int64_t row = 0; row < kRows; ++row)
    for (int64_t column = 0; column < kColumns; ++column) {
      int64_t r = row - 40, c = column - 60; // in the box
      uint16_t expected = 0;
      if (r >= 0 && r < 32 && c >= 0 && c < 64 && r + 60 < kRows)
        expected = source[(r + 60) * kColumns + c + 40];
      same &= target[row * kColumns + column] == expected;
    }
  CHECK(same);
}

void testMeetings(const Image &image) {
  KernelLaunch launch;
  CHECK(find(image, "meetings", launch));
  launch.dynamicSharedBytes = 256;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<int32_t> out(64);
    Arguments arguments;
    arguments.add(out.data());
    CHECK(run(launch, arguments, seed));
    bool same = true;
    for (int32_t t = 0; t < 64; ++t) {
      int32_t next = 31 - (t % 32 + 1);
      same &=
          out[size_t(t)] == int32_t(0xaaaaaaaa) + (t % 32 == 31 ? 64 : next);
    }
    CHECK(same);
  }
}
} // namespace

int main(int argc, char **argv) {
  Image image;
  if (argc != 2 || !image.load(argv[1]))
    return 1;
  for (bool mode : {false, true}) {
    strict = mode;
    testRegisters(image);
    testArithmetic(image);
    testCopies(image);
    testMeetings(image);
  }
  std::printf("%d failures\n", check::failures);
  return check::failures != 0;
}
