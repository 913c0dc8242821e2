/*===- SimAbi.h - What a simulated GPU kernel and its host agree on -*- C
-*-===*\
|*                                                                            *|
|* A sim image is one ELF shared object made from the same `lowlevel` IR as   *|
|* the cubin. For every kernel it exports `<kernel>_sim`, the code of one GPU *|
|* thread (AttnSimKernel), `<kernel>_sim_strict`, the same for strict mode,   *|
|* which says more of what it does, and `<kernel>_sim_info`                   *|
|* (AttnSimKernelInfo). It imports nothing but what the C library offers,     *|
|* keeps no state and reaches the simulated hardware only through             *|
|* AttnSimHost.                                                               *|
|*                                                                            *|
|* Generic, global and shared addresses are plain host pointers. Shared       *|
|* memory of a CTA is a window below 4 GiB whose base is a multiple of        *|
|* 256 KiB, so 32-bit shared addresses and the 14-bit addresses of matrix     *|
|* descriptors mean what they mean on a GPU.                                  *|
|*                                                                            *|
|* Every function takes the host and a site: the index of the op in the table *|
|* of the kernel, for messages. Functions may suspend the calling thread.     *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_MANIFEST_SIMABI_H
#define ATTN_MANIFEST_SIMABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Both sides must have been built with the same number. */
#define ATTN_SIM_ABI 5

/** Bytes of a tensor map, as of a CUtensorMap. */
#define ATTN_SIM_TENSOR_MAP_BYTES 128
#define ATTN_SIM_TENSOR_MAP_MAGIC 0x70614d54u

/** What a tensor map holds on this device; the innermost axis is the first. */
typedef struct AttnSimTensorMap {
  char *base;
  int64_t sizes[5];   /**< Elements. */
  int64_t strides[5]; /**< Bytes; the first is elementBytes. */
  int32_t box[5];     /**< Elements that the box spans per axis. */
  uint32_t magic;     /**< ATTN_SIM_TENSOR_MAP_MAGIC */
  uint8_t rank;
  uint8_t elementBytes;
  uint8_t swizzleBytes;      /**< 0, 32, 64 or 128 */
  uint8_t nanFill;           /**< 1: NaN where the box leaves the tensor. */
  uint8_t elementStrides[5]; /**< Steps of the box per axis, 1 to 8. */
  uint8_t reserved[7];
} AttnSimTensorMap;

/** The running thread, as the kernel reads it. */
typedef struct AttnSimThread {
  uint32_t tid[3];
  uint32_t lane; /**< In its warp. */
  uint32_t warp; /**< In its CTA. */
  /** Strict code adds 1 for the warp whenever the thread enters a block. */
  uint64_t *blocks;
} AttnSimThread;

/** Classes of ops, as counted. */
typedef enum AttnSimClass {
  ATTN_SIM_CLASS_INTEGER = 0, /**< Addresses and comparisons, too. */
  ATTN_SIM_CLASS_FLOAT = 1,
  ATTN_SIM_CLASS_CONVERT = 2, /**< From or to floats. */
  ATTN_SIM_CLASS_EXP2 = 3,
  ATTN_SIM_CLASS_SPECIAL = 4, /**< Other approximations, division, roots. */
  ATTN_SIM_CLASS_MEMORY = 5,  /**< Ordinary loads and stores. */
  ATTN_SIM_CLASS_WARP = 6,    /**< shfl, vote, elect, bar.warp */
  ATTN_SIM_CLASS_BARRIER = 7, /**< Barriers, mbarriers, fences. */
  ATTN_SIM_CLASS_COPY = 8,    /**< TMA and bulk copies, their groups. */
  ATTN_SIM_CLASS_MATRIX = 9,  /**< wgmma, its fences, waits and groups. */
  ATTN_SIM_CLASS_CONTROL = 10,
  ATTN_SIM_CLASS_OTHER = 11,
  ATTN_SIM_CLASSES = 12
} AttnSimClass;

typedef enum AttnSimShuffle {
  ATTN_SIM_SHUFFLE_BFLY = 0,
  ATTN_SIM_SHUFFLE_UP = 1,
  ATTN_SIM_SHUFFLE_DOWN = 2,
  ATTN_SIM_SHUFFLE_INDEX = 3
} AttnSimShuffle;

typedef enum AttnSimVote {
  ATTN_SIM_VOTE_ALL = 0,
  ATTN_SIM_VOTE_ANY = 1,
  ATTN_SIM_VOTE_UNIFORM = 2,
  ATTN_SIM_VOTE_BALLOT = 3
} AttnSimVote;

typedef enum AttnSimFence {
  ATTN_SIM_FENCE_MBARRIER_INIT = 0,
  ATTN_SIM_FENCE_PROXY_ASYNC = 1, /**< Generic writes before async reads. */
  ATTN_SIM_FENCE_MEMORY = 2,
  ATTN_SIM_FENCE_WGMMA = 3 /**< wgmma.fence */
} AttnSimFence;

/** Groups of asynchronous operations. */
typedef enum AttnSimGroup {
  ATTN_SIM_GROUP_WGMMA = 0,
  ATTN_SIM_GROUP_BULK = 1,     /**< cp.async.bulk stores */
  ATTN_SIM_GROUP_BULK_READ = 2 /**< Waits only: cp.async.bulk.wait_group.read */
} AttnSimGroup;

/** The bit of axis 0 in the second half of `mayLeave`. */
#define ATTN_SIM_MAY_BEGIN 8

typedef enum AttnSimAccess {
  ATTN_SIM_ACCESS_READ = 0,
  ATTN_SIM_ACCESS_WRITE = 1,
  ATTN_SIM_ACCESS_ATOMIC = 2
} AttnSimAccess;

/** Bits of the format of a wgmma. */
enum {
  ATTN_SIM_WGMMA_BF16 = 1, /**< Inputs are bf16, else f16. */
  ATTN_SIM_WGMMA_A_MN = 2, /**< A in shared memory is MN-major. */
  ATTN_SIM_WGMMA_B_MN = 4, /**< B is MN-major. */
  ATTN_SIM_WGMMA_A_NEGATE = 8,
  ATTN_SIM_WGMMA_B_NEGATE = 16,
  ATTN_SIM_WGMMA_A_FRAGMENT = 32, /**< A is in registers. */
  ATTN_SIM_WGMMA_CLEAR = 64       /**< Scale-d 0: starts from 0. */
};

/** Floats of room that an accumulator of m64nN needs per thread: N / 2, rounded
 *  up; aligned to 64 bytes. What lies behind N / 2 is clobbered. */
#define ATTN_SIM_ACCUMULATOR_FLOATS(n) (((n) / 2 + 15) / 16 * 16)

/** One wgmma.mma_async; the descriptors and what follows is the same in all
 *  threads of a warpgroup. */
typedef struct AttnSimProduct {
  uint32_t a[4]; /**< A's fragment, if ATTN_SIM_WGMMA_A_FRAGMENT. */
  uint64_t descriptorA;
  uint64_t descriptorB;
  int32_t site;
  int32_t format; /**< ATTN_SIM_WGMMA_* */
} AttnSimProduct;

/** Tokens of accumulators in flight: bits of a NaN that no arithmetic makes. */
#define ATTN_SIM_TOKEN 0x7fd50000u
#define ATTN_SIM_TOKENS 0xffffu
#define ATTN_SIM_IS_TOKEN(bits)                                                \
  (((bits) & ~ATTN_SIM_TOKENS) == ATTN_SIM_TOKEN && ((bits) & ATTN_SIM_TOKENS))

typedef struct AttnSimHost AttnSimHost;

struct AttnSimHost {
  /** Changes whenever a function below suspends; its own thread finds it as it
   *  left it. */
  const AttnSimThread *thread;
  char *shared; /**< The window: static variables, then dynamic memory. */
  uint32_t ctaid[3];
  uint32_t ntid[3];
  uint32_t nctaid[3];

  /*--- Warp -----------------------------------------------------------------*/

  /** Value in bits 0-31, whether the source lane was in range in bit 32.
   *  `clamp` is PTX's c operand: clamp and segment mask. */
  uint64_t (*shuffle)(AttnSimHost *host, int32_t site, int32_t kind,
                      uint32_t mask, uint32_t value, uint32_t lane,
                      uint32_t clamp);
  uint32_t (*vote)(AttnSimHost *host, int32_t site, int32_t kind, uint32_t mask,
                   uint32_t predicate);
  uint32_t (*elect)(AttnSimHost *host, int32_t site, uint32_t mask);
  void (*warpBarrier)(AttnSimHost *host, int32_t site, uint32_t mask);

  /*--- CTA ------------------------------------------------------------------*/

  /** `threads` 0: all of the CTA. */
  void (*barrier)(AttnSimHost *host, int32_t site, uint32_t id,
                  uint32_t threads);
  void (*barrierArrive)(AttnSimHost *host, int32_t site, uint32_t id,
                        uint32_t threads);
  void (*setMaxRegisters)(AttnSimHost *host, int32_t site, uint32_t registers,
                          uint32_t increase);
  void (*fence)(AttnSimHost *host, int32_t site, int32_t kind);

  /*--- mbarrier -------------------------------------------------------------*/

  void (*mbarrierInit)(AttnSimHost *host, int32_t site, uint64_t *barrier,
                       uint32_t count);
  void (*mbarrierInvalidate)(AttnSimHost *host, int32_t site,
                             uint64_t *barrier);
  /** Expects `bytes` more, then arrives `count` times; 0 only expects. Returns
   *  the state before: its phase. */
  uint64_t (*mbarrierArrive)(AttnSimHost *host, int32_t site, uint64_t *barrier,
                             uint32_t count, uint32_t bytes);
  void (*mbarrierComplete)(AttnSimHost *host, int32_t site, uint64_t *barrier,
                           uint32_t bytes);
  /** Suspends until the phase of this parity is over; returns 1. With `test`
   *  returns 0 if it is not, after others have run. */
  uint32_t (*mbarrierWait)(AttnSimHost *host, int32_t site, uint64_t *barrier,
                           uint32_t parity, uint32_t test);

  /*--- Copies ---------------------------------------------------------------*/

  /** `mayLeave` has a bit for every axis, the innermost first, on which the
   *  box may reach beyond the end of the tensor, and from bit
   *  ATTN_SIM_MAY_BEGIN on one for every axis on which it may begin there. */
  void (*tensorLoad)(AttnSimHost *host, int32_t site, char *destination,
                     const AttnSimTensorMap *map, uint64_t *barrier,
                     int32_t rank, int32_t mayLeave, int32_t c0, int32_t c1,
                     int32_t c2, int32_t c3, int32_t c4);
  void (*tensorStore)(AttnSimHost *host, int32_t site,
                      const AttnSimTensorMap *map, const char *source,
                      int32_t rank, int32_t mayLeave, int32_t c0, int32_t c1,
                      int32_t c2, int32_t c3, int32_t c4);
  void (*bulkLoad)(AttnSimHost *host, int32_t site, char *destination,
                   const char *source, uint64_t *barrier, uint32_t bytes);
  void (*bulkStore)(AttnSimHost *host, int32_t site, char *destination,
                    const char *source, uint32_t bytes);
  void (*commitGroup)(AttnSimHost *host, int32_t site, int32_t group);
  void (*waitGroup)(AttnSimHost *host, int32_t site, int32_t group,
                    uint32_t pending);

  /*--- Matrices -------------------------------------------------------------*/

  /** A chain of wgmma.mma_async m64nNk16 into one accumulator, which holds
   *  ATTN_SIM_ACCUMULATOR_FLOATS(n) floats, aligned to 64 bytes.
   *  In strict mode it holds tokens afterwards, the same in every element, and
   *  may hold tokens before: it is in flight until a wait. */
  void (*wgmma)(AttnSimHost *host, int32_t n, float *accumulator,
                const AttnSimProduct *products, int32_t count);

  /*--- Other ----------------------------------------------------------------*/

  /** Approximations of the GPU, here exact to float. */
  float (*exp2)(float x);
  float (*log2)(float x);
  float (*tanh)(float x);
  void (*trap)(AttnSimHost *host, int32_t site);

  /*--- Strict mode ----------------------------------------------------------*/

  /** Behind a wait: writes what the accumulator in flight is now; an error if
   *  the wait does not cover it. `last` 0: the token may be asked for again.
   *  Without `accumulator`: the op of the site uses it too early. */
  void (*wgmmaResult)(AttnSimHost *host, int32_t site, uint32_t token,
                      float *accumulator, uint32_t last);
  /** Behind a wait: registers with A that the wait keeps. */
  void (*wgmmaKeep)(AttnSimHost *host, int32_t site, const uint32_t *registers,
                    uint32_t count);
  /** Comes before every ordinary load, store and atomic but those of the
   *  thread's stack. `argument` is the kernel argument that the address was
   *  computed from, -1 if that is not known. */
  void (*access)(AttnSimHost *host, int32_t site, const char *address,
                 uint32_t bytes, int32_t kind, uint32_t alignment,
                 int32_t argument);

  /** Adds `n` to a count; `name` is an offset into the text of the kernel. */
  void (*tally)(AttnSimHost *host, int32_t name, uint32_t n);
};

/** One GPU thread. args[i] points to the value of argument i, or to the
 *  AttnSimTensorMap of a tensor map, as for cuLaunchKernel. */
typedef void (*AttnSimKernel)(void *const *args, AttnSimHost *host);

typedef struct AttnSimKernelInfo {
  uint32_t abi; /**< ATTN_SIM_ABI */
  uint32_t argumentCount;
  uint32_t block[3];          /**< nvvm.reqntid; 0 where not given. */
  uint32_t staticSharedBytes; /**< Dynamic memory starts there. */
  uint32_t sharedAlignment;   /**< Of its start. */
  uint32_t launchRegisters;   /**< Per thread; 0: setmaxnreg does nothing. */
  uint32_t flushDenormals;    /**< f32 arithmetic is .ftz. */
  uint32_t siteCount;
  uint32_t blockCount; /**< Of all functions that the kernel may call. */
  uint32_t roleCount;
  /** Two offsets into `text` per site, of strings that end with 0: the name of
   *  the op ("nvvm.mbarrier.try_wait") and where it stands
   *  ("forward.mlir:12:5"). */
  const uint32_t *sites;
  const char *text;
  const uint32_t *blocks; /**< Ops of every block, by AttnSimClass. */
  /** Per role: an offset into `text`, its name; first warp; number of warps. */
  const uint32_t *roles;
} AttnSimKernelInfo;

#ifdef __cplusplus
}
#endif

#endif /* ATTN_MANIFEST_SIMABI_H */
