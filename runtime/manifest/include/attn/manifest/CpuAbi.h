/*===- CpuAbi.h - What a CPU kernel and its host agree on ---------*- C -*-===*\
|*                                                                            *|
|* A CPU image is one ELF shared object. It exports `<kernel>_<variant>` for  *|
|* every kernel and every variant the manifest lists, each an AttnCpuKernel,  *|
|* and may export `<kernel>_<variant>_turns`, a `const char[]`: the names of  *|
|* the parallel loops of a call, in order, each ended by a 0, then a 0.       *|
|* It imports nothing but what the C library and libm offer, keeps no state,  *|
|* allocates nothing and calls back only through AttnCpuHost.                 *|
|*                                                                            *|
|* Plain C, no other header of the project: the code generator, the runtime   *|
|* and hand-written test images all include it.                               *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_MANIFEST_CPUABI_H
#define ATTN_MANIFEST_CPUABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One task of a parallel loop. `worker` is in [0, threads) and is held by one
 *  running task at a time, so scratch + worker * scratchBytesPerThread is the
 *  task's own. The runtime sets flush-to-zero and denormals-are-zero before
 *  the task and restores the caller's modes after it. */
typedef void (*AttnCpuTask)(void *context, int64_t index, int64_t worker);

/** What a kernel may call back, and the memory it may use. */
typedef struct AttnCpuHost {
  /** Runs task(context, i, worker) for every i in [0, n) and returns when all
   *  are done. Tasks start in increasing order of i; n <= 0 runs nothing. The
   *  first argument is `pool` below, unchanged. */
  void (*parallelFor)(void *pool, int64_t n, AttnCpuTask task, void *context);
  void *pool;
  /** threads * scratchBytesPerThread bytes, 64-byte aligned, contents
   *  undefined; null if the manifest asks for none. */
  char *scratch;
} AttnCpuHost;

/** A kernel. `args` are the arguments in the order of the manifest, one
 *  int64_t each: the bits of a pointer, a size or a stride in elements, or an
 *  integer scalar. Valid during the call only. */
typedef void (*AttnCpuKernel)(const int64_t *args, const AttnCpuHost *host);

#ifdef __cplusplus
}
#endif

#endif /* ATTN_MANIFEST_CPUABI_H */
