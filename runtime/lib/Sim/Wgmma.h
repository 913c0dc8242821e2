//===- Wgmma.h - The tensor core of one CTA ---------------------*- C++ -*-===//
//
// A wgmma is computed when the last of the 128 threads has come. Accumulators
// stay where the threads have them: thread 4 g + q of the warpgroup holds rows
// r = 16 (g / 8) + g % 8 and r + 8, of every 8 columns number 2 q and 2 q + 1:
//
//   acc[4 j + 0, 1] = (r, 8 j + 2 q + 0, 1)    acc[4 j + 2, 3] = (r + 8, same)
//
// so B is unpacked to what all threads with the same q multiply, for every k,
//
//   b[q][k][4 j + 0, 1] = b[q][k][4 j + 2, 3] = B(k, 8 j + 2 q + 0, 1)
//
// and A to a[g][k] = (A(r, k), A(r, k), A(r + 8, k), A(r + 8, k)); a step is
// one fused multiply-add of vectors without a shuffle. Products are added in
// the order of k, rounded to f32 each; a GPU adds them in another way.
//
// Sources: PTX ISA, "Asynchronous Warpgroup Level Matrix" (fragments, layouts);
// CUTLASS, mma_sm90_desc.hpp (canonical layouts).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_WGMMA_H
#define ATTN_RUNTIME_LIB_SIM_WGMMA_H

#include "WaitList.h"

#include "attn/manifest/SimAbi.h"

#include <cstddef>
#include <cstdint>

namespace attn::runtime::sim {

constexpr int32_t kWarpgroupThreads = 128;
constexpr int32_t kMmaRows = 64;
constexpr int32_t kMmaK = 16;
constexpr int32_t kMostMmaColumns = 256;
constexpr int32_t kQuads = 32; ///< Groups of four lanes in a warpgroup.

/// Threads of a warpgroup on their way to a wgmma.
struct Warpgroup {
  uint32_t arrived = 0;
  int32_t n = 0;
  int32_t count = 0; ///< Products of the chain.
  WaitList waiting;
  float *accumulators[kWarpgroupThreads];
  const AttnSimProduct *products[kWarpgroupThreads];
  const AttnSimProduct *first; ///< Of the thread that came first.
};

/// Unpacked operands; see above. The sizes are those of m64n256k16.
struct UnpackedA {
  alignas(64) float values[kQuads][kMmaK][4];
};
struct UnpackedB {
  alignas(64) float values[4 * kMmaK * (kMostMmaColumns / 2)];
};

/// Arithmetic compiled for one level of vector instructions. All levels give
/// the same bits. `chunks` are 8 elements each, as they lie in shared memory
/// without the swizzle: K-major [row][k / 8], MN-major [k][row / 8].
struct WgmmaArithmetic {
  void (*unpackB)(const uint16_t *chunks, int32_t n, int32_t format,
                  float *values);
  void (*unpackA)(const uint16_t *chunks, int32_t format, UnpackedA &a);
  void (*unpackFragments)(const uint32_t *const *fragments, int32_t format,
                          UnpackedA &a);
  void (*multiply)(float *const *accumulators, const UnpackedA &a,
                   const float *b, int32_t n, bool clear);
};

extern const WgmmaArithmetic kWgmmaV3; ///< AVX2, FMA, F16C
extern const WgmmaArithmetic kWgmmaV4; ///< AVX-512

/// The best for this machine; null if it has not even AVX2.
const WgmmaArithmetic *chooseWgmmaArithmetic();

/// Buffers of a CTA, and B tiles it has unpacked before: two warpgroups
/// multiply with the same keys and values. An entry is good as long as the
/// bytes in shared memory are those it was made from.
struct WgmmaUnit {
  struct CachedB {
    uint64_t descriptor = 0;
    int32_t n = 0;
    int32_t format = -1;
    alignas(64) char chunks[kMostMmaColumns * kMmaK * 2];
    UnpackedB unpacked;
  };
  static constexpr size_t kCachedTiles = 32;

  const WgmmaArithmetic *arithmetic = chooseWgmmaArithmetic();
  alignas(64) char chunks[kMostMmaColumns * kMmaK * 2];
  UnpackedA a;
  CachedB cache[kCachedTiles];
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_WGMMA_H
