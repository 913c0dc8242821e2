//===- WgmmaTest.cpp - Every form of wgmma against plain loops ------------===//
//
// Small integers, so that every order of adding gives the same float. Layouts
// of shared memory are written down element by element, after the figures
// "K-major" and "MN-major" of the PTX ISA.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <cstring>

using namespace simtest;

namespace {
constexpr int kRows = 64, kK = 16, kThreads = 128;

/// How an operand of `lines` rows (A) or columns (B) by 16 lies in memory.
struct Layout {
  bool isMnMajor;
  uint32_t span; ///< Swizzle in bytes; 0 for none.
  uint32_t leading, stride;

  Layout(bool isMnMajor, uint32_t span, int lines)
      : isMnMajor(isMnMajor), span(span) {
    // Offsets with gaps, so that mixing them up shows.
    if (!isMnMajor) {
      leading = span ? 16 : uint32_t(lines) * 16 + 256;
      stride = span ? 8 * span + 1024 : 128;
    } else if (span) {
      leading = 2 * 8 * span + 1024;
      stride = 8 * span;
    } else {
      leading = uint32_t(lines) * 16 + 128;
      stride = 128;
    }
  }

  /// Byte offset of element (line, k) from the start of the operand.
  uint32_t at(uint32_t line, uint32_t k) const {
    uint32_t offset;
    if (!isMnMajor && span)
      offset = line / 8 * stride + line % 8 * span + k * 2;
    else if (!isMnMajor)
      offset = line / 8 * stride + line % 8 * 16 + k / 8 * leading + k % 8 * 2;
    else if (span)
      offset = line * 2 / span * leading + k / 8 * stride + k % 8 * span +
               line * 2 % span;
    else
      offset = line / 8 * stride + k / 8 * leading + k % 8 * 16 + line % 8 * 2;
    return swizzled(offset, span);
  }

  uint64_t descriptor(uint32_t start) const {
    uint64_t code = span == 128 ? 1 : span == 64 ? 2 : span == 32 ? 3 : 0;
    return uint64_t(start >> 4 & 0x3fff) | uint64_t(leading >> 4) << 16 |
           uint64_t(stride >> 4) << 32 | code << 62;
  }
};

struct Case {
  int n = 8;
  int32_t format = 0;
  Layout layoutA{false, 128, kRows}, layoutB{false, 128, 8};
  std::vector<float> a, b, c, d; ///< 64x16, 16xn, 64xn
  uint32_t products = 1;
};

constexpr uint32_t kStartA = 1024, kStartB = 64 * 1024;

uint16_t bitsOf(const Case &c, float value) {
  return c.format & ATTN_SIM_WGMMA_BF16 ? toBf16(value) : toF16(value);
}

void fillShared(const Case &c, char *shared) {
  for (uint32_t k = 0; k < kK; ++k) {
    for (uint32_t row = 0; row < kRows; ++row) {
      uint16_t bits = bitsOf(c, c.a[row * kK + k]);
      std::memcpy(shared + kStartA + c.layoutA.at(row, k), &bits, 2);
    }
    for (uint32_t column = 0; column < uint32_t(c.n); ++column) {
      uint16_t bits = bitsOf(c, c.b[k * uint32_t(c.n) + column]);
      std::memcpy(shared + kStartB + c.layoutB.at(column, k), &bits, 2);
    }
  }
}

void kernel(void *const *args, AttnSimHost *host) {
  Case &c = dataOf<Case>(args);
  uint32_t thread = host->thread->tid[0];
  if (thread == 0)
    fillShared(c, host->shared);
  host->barrier(host, 0, 0, 0);
  uint32_t row = thread / 32 * 16 + thread % 32 / 4, pair = thread % 4 * 2;
  alignas(64) float accumulator[ATTN_SIM_ACCUMULATOR_FLOATS(256)];
  auto place = [&](uint32_t i) { // PTX ISA, figure of fragment D
    return (row + i / 2 % 2 * 8) * uint32_t(c.n) + i / 4 * 8 + pair + i % 2;
  };
  for (uint32_t i = 0; i < uint32_t(c.n) / 2; ++i)
    accumulator[i] = c.c[place(i)];
  AttnSimProduct product = {};
  for (uint32_t i = 0; i < 8; ++i) { // PTX ISA, figure of fragment A
    uint32_t k = i / 4 * 8 + pair + i % 2, r = row + i / 2 % 2 * 8;
    uint32_t bits = bitsOf(c, c.a[r * kK + k]);
    product.a[i / 2] |= bits << (i % 2 * 16);
  }
  product.descriptorA = c.layoutA.descriptor(kStartA);
  product.descriptorB = c.layoutB.descriptor(kStartB);
  product.site = 1;
  product.format = c.format;
  AttnSimProduct chain[3] = {product, product, product};
  host->wgmma(host, c.n, accumulator, chain, int32_t(c.products));
  for (uint32_t i = 0; i < uint32_t(c.n) / 2; ++i)
    c.d[place(i)] = accumulator[i];
}

void fill(Case &c, Numbers &numbers) {
  auto draw = [&](std::vector<float> &values, int count) {
    values.resize(size_t(count));
    for (float &value : values)
      value = float(numbers.below(15)) - 7;
  };
  draw(c.a, kRows * kK);
  draw(c.b, kK * c.n);
  draw(c.c, kRows * c.n);
  c.d.assign(c.c.size(), -1);
}

void checkCase(Case &c, uint64_t seed = 0) {
  Shape shape;
  shape.threads = kThreads;
  shape.sharedBytes = 200 * 1024;
  shape.seed = seed;
  std::string error = run(&kernel, &c, shape);
  CHECK(error.empty());
  if (!error.empty())
    std::printf("%s\n", error.c_str());
  int sign = c.format & ATTN_SIM_WGMMA_A_NEGATE ? -1 : 1;
  sign *= c.format & ATTN_SIM_WGMMA_B_NEGATE ? -1 : 1;
  bool same = true;
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column < c.n; ++column) {
      float sum = 0;
      for (int k = 0; k < kK; ++k)
        sum += c.a[size_t(row * kK + k)] * c.b[size_t(k * c.n + column)];
      size_t at = size_t(row * c.n + column);
      float start = c.format & ATTN_SIM_WGMMA_CLEAR ? 0 : c.c[at];
      int times = c.format & ATTN_SIM_WGMMA_CLEAR ? 1 : int(c.products);
      same &= c.d[at] == start + float(times * sign) * sum;
    }
  CHECK(same);
  if (!same)
    std::printf("  n %d format %d, spans %u and %u\n", c.n, c.format,
                c.layoutA.span, c.layoutB.span);
}

void mismatchKernel(void *const *args, AttnSimHost *host) {
  Case &c = dataOf<Case>(args);
  alignas(64) float accumulator[16] = {};
  AttnSimProduct product = {};
  product.format = ATTN_SIM_WGMMA_A_FRAGMENT;
  product.site = 2;
  product.descriptorB =
      c.layoutB.descriptor(kStartB) + (host->thread->tid[0] == 77 ? 1 : 0);
  host->wgmma(host, 8, accumulator, &product, 1);
}
} // namespace

void testWgmma() {
  Numbers numbers(3);
  for (int n = 8; n <= 256; n += 8)
    for (int32_t type : {0, int32_t(ATTN_SIM_WGMMA_BF16)})
      for (int32_t source : {0, int32_t(ATTN_SIM_WGMMA_A_FRAGMENT)}) {
        Case c;
        c.n = n;
        uint32_t spans[4] = {0, 32, 64, 128};
        bool aIsMn = numbers.below(2), bIsMn = numbers.below(2);
        c.layoutA = Layout(aIsMn, spans[numbers.below(4)], kRows);
        c.layoutB = Layout(bIsMn, spans[numbers.below(4)], n);
        c.format = type | source | (aIsMn ? ATTN_SIM_WGMMA_A_MN : 0) |
                   (bIsMn ? ATTN_SIM_WGMMA_B_MN : 0);
        if (numbers.below(4) == 0)
          c.format |= ATTN_SIM_WGMMA_CLEAR;
        if (numbers.below(4) == 0)
          c.format |= ATTN_SIM_WGMMA_A_NEGATE;
        if (numbers.below(4) == 0)
          c.format |= ATTN_SIM_WGMMA_B_NEGATE;
        c.products = 1 + numbers.below(3);
        fill(c, numbers);
        checkCase(c, numbers.below(1000));
      }
  // Every pair of layouts once more, at one size that is no multiple of 16.
  for (int layout = 0; layout < 64; ++layout) {
    uint32_t spans[4] = {0, 32, 64, 128};
    Case c;
    c.n = 72;
    bool aIsMn = layout & 1, bIsMn = layout & 2;
    c.layoutA = Layout(aIsMn, spans[layout >> 2 & 3], kRows);
    c.layoutB = Layout(bIsMn, spans[layout >> 4 & 3], c.n);
    c.format = ATTN_SIM_WGMMA_BF16 | (aIsMn ? ATTN_SIM_WGMMA_A_MN : 0) |
               (bIsMn ? ATTN_SIM_WGMMA_B_MN : 0);
    fill(c, numbers);
    checkCase(c);
    fill(c, numbers); // The same place with other bytes: nothing is stale.
    checkCase(c);
  }
  Case c;
  Shape shape;
  shape.threads = kThreads;
  shape.sharedBytes = 200 * 1024;
  std::string error = run(&mismatchKernel, &c, shape);
  CHECK(holds(error, "while another thread of the warpgroup is at test.op2"));
}
