/*===- FakeKernel.h - What a fake cubin and the fake driver agree on -*- C
-*-===*\
|*                                                                            *|
|* A fake cubin is a host shared object. For every kernel it exports `<name>`,*|
|* a FakeKernel that runs the whole grid, and `<name>_info`.                  *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_TEST_RUNTIME_CUDA_FAKE_FAKEKERNEL_H
#define ATTN_TEST_RUNTIME_CUDA_FAKE_FAKEKERNEL_H

#include <stddef.h>
#include <stdint.h>

typedef void (*FakeKernel)(void **parameters, const unsigned *grid,
                           const unsigned *block, unsigned sharedBytes);

typedef struct FakeKernelInfo {
  int parameters;
  const size_t *bytes; /* Of each parameter. */
  int maxThreads;
  int staticSharedBytes;
} FakeKernelInfo;

enum { kFakeMapMagic = 0x70616d };

/* What the fake driver writes into the 128 bytes of a CUtensorMap: what it was
   called with, innermost axis first. */
typedef struct FakeTensorMap {
  uint64_t address;
  uint64_t strides[4]; /* Bytes, of axes 1 to 4. */
  uint32_t sizes[5];
  uint16_t box[5];
  uint8_t elementStrides[5];
  uint8_t rank, dataType, interleave, swizzle, l2Promotion, oobFill;
  uint8_t unused[3];
  uint32_t magic;
} FakeTensorMap;

#endif
