/*===- AttnRuntime.h - Load and launch artifacts ------------------*- C -*-===*\
|*                                                                            *|
|* The C API of the runtime. Handles are created by one function and          *|
|* destroyed by another, in any order: a program keeps its artifact, its      *|
|* device and its runtime alive. Every function that can fail returns an      *|
|* AttnStatus and writes a text into an optional AttnMessage of the caller.   *|
|* Every function may be called from any thread; only destroying a handle     *|
|* must not race with another use of the same handle. Structs start with      *|
|* their size, so that they can grow.                                         *|
|*                                                                            *|
|* A walk through it is runtime/README.md.                                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_C_ATTNRUNTIME_H
#define ATTN_C_ATTNRUNTIME_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ATTN_API __attribute__((visibility("default")))
#else
#define ATTN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** The most axes a tensor can have. */
#define ATTN_MAX_RANK 8

/** Of every enum, also in C++: a caller may pass any number and gets an error.
 */
#ifdef __cplusplus
#define ATTN_ENUM_TYPE : int32_t
#else
#define ATTN_ENUM_TYPE
#endif

typedef enum AttnStatus ATTN_ENUM_TYPE {
  ATTN_OK = 0,
  ATTN_INVALID_ARGUMENT = 1, /**< The call itself is wrong: null, index. */
  ATTN_INVALID_ARTIFACT = 2, /**< Unreadable, damaged or contradictory. */
  ATTN_UNSUPPORTED_VERSION = 3,
  ATTN_NOT_FOUND = 4, /**< No such entry, argument, file. */
  ATTN_DEVICE_UNAVAILABLE = 5,
  ATTN_CONTRACT = 6, /**< Tensors that the entry does not accept. */
  ATTN_COMPILE_ERROR = 7,
  ATTN_OUT_OF_MEMORY = 8,
  ATTN_INTERNAL = 9,
  ATTN_DEVICE_ERROR = 10 /**< The device failed while it worked. */
} AttnStatus;

/** Why a call failed: lower case, what was found, what was expected, what to
 *  do. Set structSize to sizeof(AttnMessage); a longer text is cut. Lives with
 *  the caller, so failing allocates nothing either. */
typedef struct AttnMessage {
  size_t structSize;
  char text[2040];
} AttnMessage;

typedef enum AttnDtype ATTN_ENUM_TYPE {
  ATTN_F16 = 0,
  ATTN_BF16 = 1,
  ATTN_F32 = 2,
  ATTN_F64 = 3,
  ATTN_I8 = 4,
  ATTN_I32 = 5,
  ATTN_I64 = 6,
  ATTN_BOOL = 7 /**< One byte, 0 or 1. */
} AttnDtype;

typedef struct AttnRuntime AttnRuntime;
typedef struct AttnArtifact AttnArtifact;
typedef struct AttnDevice AttnDevice;
typedef struct AttnProgram AttnProgram;
struct AttnPlugin; /* AttnPlugin.h */

/*--- Runtime ----------------------------------------------------------------*/

/** A task of a parallel loop; `worker` is in [0, threads). */
typedef void (*AttnTask)(void *context, int64_t index, int64_t worker);

/** Runs task(context, i, worker) for every i in [0, n), starting them in
 *  increasing order of i, and returns when all are done. No two tasks of one
 *  call that run at the same time have the same worker. Called from any
 *  thread, also concurrently. */
typedef void (*AttnParallelFor)(void *pool, int64_t n, AttnTask task,
                                void *context);

/** Reports how far long work has come, 0 to 1. Called from any thread. */
typedef void (*AttnProgress)(void *context, double fraction);

typedef struct AttnRuntimeOptions {
  size_t structSize; /**< sizeof(AttnRuntimeOptions) */
  /** Threads of the device cpu; 0: ATTN_THREADS, else all that this process
   *  may run on. */
  int64_t threads;
  /** The embedder's threads instead of oneTBB; null for oneTBB. Needs
   *  `threads`, the exclusive upper bound of `worker`. */
  AttnParallelFor parallelFor;
  void *pool;            /**< First argument of parallelFor. */
  AttnProgress progress; /**< Null for none. */
  void *progressContext;
} AttnRuntimeOptions;

/** "0.1.0". */
ATTN_API const char *attnRuntimeVersion(void);

/** `options` may be null. */
ATTN_API AttnStatus attnRuntimeCreate(const AttnRuntimeOptions *options,
                                      AttnRuntime **runtime,
                                      AttnMessage *message);
ATTN_API void attnRuntimeDestroy(AttnRuntime *runtime);

/** Adds a device or a compiler. The plug-in is copied; what its fields point
 *  to must outlive the runtime and everything made with it. Refused if the
 *  name of its device is taken. */
ATTN_API AttnStatus attnRuntimeAddPlugin(AttnRuntime *runtime,
                                         const struct AttnPlugin *plugin,
                                         AttnMessage *message);

/*--- Artifact ---------------------------------------------------------------*/

/** A file in memory. */
typedef struct AttnFile {
  const char *name; /**< "manifest.json", "cpu.so", "input.mlirbc" */
  const void *data;
  size_t bytes;
} AttnFile;

/** Loads DIR.attn. Reads and checks manifest.json; other files are read when a
 *  program is prepared. */
ATTN_API AttnStatus attnArtifactLoadFolder(AttnRuntime *runtime,
                                           const char *path,
                                           AttnArtifact **artifact,
                                           AttnMessage *message);

/** Loads an artifact from memory; the bytes are copied. */
ATTN_API AttnStatus attnArtifactLoadMemory(AttnRuntime *runtime,
                                           const AttnFile *files, size_t count,
                                           AttnArtifact **artifact,
                                           AttnMessage *message);

/** What the compiler has to say, and where. Valid during the call. */
typedef struct AttnDiagnostic {
  size_t structSize;
  const char *severity; /**< "error", "warning", "remark"; "note" belongs to the
                             one before it. */
  const char *file;     /**< "" where unknown. */
  int64_t line, column; /**< From 1; 0 where unknown. */
  const char *message;
} AttnDiagnostic;

/** Gets diagnostics one by one, on any thread, never two at a time. */
typedef void (*AttnDiagnosticHandler)(void *context,
                                      const AttnDiagnostic *diagnostic);

/** A program to compile. */
typedef struct AttnSource {
  size_t structSize; /**< sizeof(AttnSource) */
  /** A file with MLIR text or bytecode; if there is `text`, only the name that
   *  diagnostics show. */
  const char *path;
  const void *text; /**< The program itself; null: read `path`. */
  size_t textBytes;
  /** A list such as "cpu" or "sm_90a,cpu"; "" for the signature and the program
   *  alone, which is all that the device `reference` needs. */
  const char *targets;
  /** 1: remarks say why choices were made, as `attnc --explain` prints them. */
  int32_t remarks;
  AttnDiagnosticHandler diagnostics; /**< Null for none. */
  void *diagnosticsContext;
} AttnSource;

/** Compiles in memory; needs a plug-in that can. On failure the errors and
 *  their notes stand in the message, too. */
ATTN_API AttnStatus attnArtifactCompile(AttnRuntime *runtime,
                                        const AttnSource *source,
                                        AttnArtifact **artifact,
                                        AttnMessage *message);

/** attnArtifactCompile of a file, without remarks and diagnostics. */
ATTN_API AttnStatus attnArtifactCompileFile(AttnRuntime *runtime,
                                            const char *path,
                                            const char *targets,
                                            AttnArtifact **artifact,
                                            AttnMessage *message);
ATTN_API void attnArtifactDestroy(AttnArtifact *artifact);

/** The text of manifest.json. Strings handed out by an artifact live as long
 *  as it does. */
ATTN_API const char *attnArtifactManifest(const AttnArtifact *artifact);

ATTN_API size_t attnArtifactEntryCount(const AttnArtifact *artifact);
ATTN_API const char *attnArtifactEntryName(const AttnArtifact *artifact,
                                           size_t entry);
/** `name` null or empty: `main`, else the only entry. */
ATTN_API AttnStatus attnArtifactFindEntry(const AttnArtifact *artifact,
                                          const char *name, size_t *entry,
                                          AttnMessage *message);

typedef struct AttnTensorInfo {
  size_t structSize;
  const char *name;
  AttnDtype dtype;
  int32_t rank;
  const char *letters[ATTN_MAX_RANK]; /**< "" where an axis has none. */
  int64_t sizes[ATTN_MAX_RANK];       /**< -1 where known only at launch. */
  int64_t baseAlignmentBytes;
  int64_t strideMultipleBytes;
  int32_t inout;      /**< 1: updated in place. */
  const char *random; /**< "" or "segments", "pages", "indices<X>",
                         "lengths<X>", "offsets<X>"; X a letter or a size */
} AttnTensorInfo;

ATTN_API size_t attnArtifactArgumentCount(const AttnArtifact *artifact,
                                          size_t entry);
ATTN_API size_t attnArtifactResultCount(const AttnArtifact *artifact,
                                        size_t entry);
ATTN_API AttnStatus attnArtifactArgument(const AttnArtifact *artifact,
                                         size_t entry, size_t index,
                                         AttnTensorInfo *info,
                                         AttnMessage *message);
ATTN_API AttnStatus attnArtifactResult(const AttnArtifact *artifact,
                                       size_t entry, size_t index,
                                       AttnTensorInfo *info,
                                       AttnMessage *message);

/** Letters in the order of their first appearance in the arguments. */
ATTN_API size_t attnArtifactLetterCount(const AttnArtifact *artifact,
                                        size_t entry);
ATTN_API const char *attnArtifactLetterName(const AttnArtifact *artifact,
                                            size_t entry, size_t letter);
/** The constant the program gives a letter, or -1. */
ATTN_API int64_t attnArtifactLetterConstant(const AttnArtifact *artifact,
                                            size_t entry, size_t letter);

/*--- Tensors and letters ----------------------------------------------------*/

/** A tensor of the caller. */
typedef struct AttnTensor {
  void *data;             /**< May be null if there are no elements. */
  const int64_t *sizes;   /**< `rank` values. */
  const int64_t *strides; /**< In elements; null: dense, last axis fastest. */
  int32_t rank;
  AttnDtype dtype;
} AttnTensor;

/** Determines the letters from the sizes of the arguments, in the order of the
 *  artifact. `letters` has room for attnArtifactLetterCount values. */
ATTN_API AttnStatus attnArtifactBindLetters(
    const AttnArtifact *artifact, size_t entry, const AttnTensor *arguments,
    size_t argumentCount, int64_t *letters, AttnMessage *message);

/** The sizes of a result for given letters; `sizes` has room for its rank. */
ATTN_API AttnStatus attnArtifactResultSizes(const AttnArtifact *artifact,
                                            size_t entry, size_t result,
                                            const int64_t *letters,
                                            int64_t *sizes,
                                            AttnMessage *message);

/*--- Device and program -----------------------------------------------------*/

/** Opens a device by name: "cpu"; "cuda", the GPU of the caller's current CUDA
 *  context or else the first, or "cuda:N"; or one that a plug-in offers. There
 *  is no default and no fallback. */
ATTN_API AttnStatus attnDeviceOpen(AttnRuntime *runtime, const char *name,
                                   AttnDevice **device, AttnMessage *message);
ATTN_API void attnDeviceDestroy(AttnDevice *device);
/** Threads that the runtime gives the device. */
ATTN_API int64_t attnDeviceThreads(const AttnDevice *device);
/** Model and driver of a GPU, for people; "" for the host. */
ATTN_API const char *attnDeviceDescription(const AttnDevice *device);

/** Whether tensors and workspace must lie in the device's own memory (cuda).
 *  Such memory may come from attnDeviceAllocate or from anywhere else that
 *  gives memory of that device, as a framework's allocator does. The functions
 *  below work on every device; on the host they are malloc and memcpy. */
ATTN_API int32_t attnDeviceHasOwnMemory(const AttnDevice *device);
/** Memory at a multiple of 256 bytes, contents undefined; null for 0 bytes. */
ATTN_API AttnStatus attnDeviceAllocate(const AttnDevice *device, size_t bytes,
                                       void **memory, AttnMessage *message);
ATTN_API void attnDeviceFree(const AttnDevice *device, void *memory);
/** Copies from host memory to the device; done when it returns. It runs on the
 *  default stream: synchronise a stream of your own before. */
ATTN_API AttnStatus attnDeviceUpload(const AttnDevice *device, void *to,
                                     const void *from, size_t bytes,
                                     AttnMessage *message);
/** Copies from the device to host memory, likewise. */
ATTN_API AttnStatus attnDeviceDownload(const AttnDevice *device, void *to,
                                       const void *from, size_t bytes,
                                       AttnMessage *message);
/** Waits for everything on a stream (null: the default stream) and reports
 *  what failed there. On the host there is nothing to wait for. */
ATTN_API AttnStatus attnDeviceSynchronize(const AttnDevice *device,
                                          void *stream, AttnMessage *message);

/** Loads code, checks hashes, picks an image. Everything that can fail slowly
 *  or allocate happens here. */
ATTN_API AttnStatus attnProgramPrepare(AttnDevice *device,
                                       const AttnArtifact *artifact,
                                       size_t entry, AttnProgram **program,
                                       AttnMessage *message);
ATTN_API void attnProgramDestroy(AttnProgram *program);

/** Which image runs and why, for people. */
ATTN_API const char *attnProgramDescription(const AttnProgram *program);

/** What the user should know although the program runs, such as that the driver
 *  compiled its PTX; "" if nothing. */
ATTN_API const char *attnProgramWarning(const AttnProgram *program);

/** Bytes of workspace for given letters. */
ATTN_API AttnStatus attnProgramWorkspaceBytes(const AttnProgram *program,
                                              const int64_t *letters,
                                              size_t *bytes,
                                              AttnMessage *message);

/** What device sim does beside computing the results. */
typedef enum AttnSimMode ATTN_ENUM_TYPE {
  ATTN_SIM_STRICT = 0, /**< Looks for bugs that a GPU would hide, and fails. */
  ATTN_SIM_FAST = 1
} AttnSimMode;

/** What the warps of one kernel did, an object of JSON:
 * runtime/lib/Sim/README.md, "Counts". Both texts live until it returns. */
typedef void (*AttnSimReport)(void *context, const char *kernel,
                              const char *counts);

/** What one turn of a kernel of device cpu took, wall clock: kernels are one or
 *  more parallel loops, each with a name ("" in images that give it none). All
 *  texts live until it returns. */
typedef void (*AttnTurnReport)(void *context, const char *kernel,
                               const char *turn, int64_t tasks,
                               double milliseconds);

/** What a launch gets. Arguments and results in the order of the artifact. */
typedef struct AttnLaunch {
  size_t structSize; /**< sizeof(AttnLaunch) */
  size_t tensorSize; /**< sizeof(AttnTensor): the distance of two tensors. */
  const AttnTensor *arguments;
  size_t argumentCount;
  const AttnTensor *results;
  size_t resultCount;
  void *workspace; /**< 64-byte aligned; may be null if 0 bytes are needed. */
  size_t workspaceBytes;
  void *stream; /**< cuda: a CUstream or cudaStream_t; null is the default
                     stream. Ignored by devices without streams. */
  /** sim: chooses the order of CTAs and threads, of which a good kernel's
   *  results do not depend. Ignored elsewhere. */
  uint64_t scheduleSeed;
  AttnSimMode simMode; /**< sim: what it looks for. Ignored elsewhere. */
  /** sim, strict: called after every kernel, on the calling thread. NULL:
   *  nothing is counted. Ignored elsewhere. */
  AttnSimReport simReport;
  void *simReportContext;
  /** cpu: called after every turn that has tasks, on the calling thread. NULL:
   *  nothing is measured. Ignored elsewhere. */
  AttnTurnReport turnReport;
  void *turnReportContext;
} AttnLaunch;

/** Checks the tensors against the contract of the entry and runs it. On the
 *  host the results are there when it returns. On cuda it only enqueues: it
 *  calls nothing that waits, allocates or cannot be captured, so a launch on a
 *  stream that captures a CUDA graph becomes part of that graph. One workspace
 *  serves one launch at a time; programs may be launched concurrently. */
ATTN_API AttnStatus attnProgramLaunch(const AttnProgram *program,
                                      const AttnLaunch *launch,
                                      AttnMessage *message);

/** Launches `runs` times one after the other, waits for the last and writes
 *  what each took: between two CUDA events on cuda, wall clock on the host. */
ATTN_API AttnStatus attnProgramTime(const AttnProgram *program,
                                    const AttnLaunch *launch, int64_t runs,
                                    double *milliseconds, AttnMessage *message);

/*--- Checks by a plug-in ----------------------------------------------------*/

typedef struct AttnCheckOptions {
  size_t structSize;
  /** Rows per head when sampling; 0: the default of the plug-in, and no
   *  sampling below its limit of visible pairs. */
  int64_t rowsPerHead;
  uint64_t seed; /**< Of the sample. */
} AttnCheckOptions;

/** How one result compares with the reference. */
typedef struct AttnCheckResult {
  size_t structSize;
  double
      worstRatio; /**< Largest error / bound; above 1 is a miss. NaN: miss. */
  int64_t worstIndex[ATTN_MAX_RANK]; /**< Row of the worst, without last axis
                                          unless the result has no such. */
  int32_t worstRank;                 /**< Valid entries of worstIndex. */
  int32_t sampled;                   /**< 1: not all rows were evaluated. */
  int64_t rowsChecked;
  int64_t rowsTotal;
} AttnCheckResult;

/** Compares results that any device computed with the reference. `program` was
 *  prepared on the device of a plug-in that can check (`reference`); `launch`
 *  holds the inputs and the results to check, which are only read. `results`
 *  has room for every result; the caller sets structSize of the first. */
ATTN_API AttnStatus attnProgramCheck(const AttnProgram *program,
                                     const AttnLaunch *launch,
                                     const AttnCheckOptions *options,
                                     AttnCheckResult *results,
                                     AttnMessage *message);

/** The work that the masks leave for given inputs. */
typedef struct AttnWork {
  size_t structSize;
  double visiblePairs; /**< (query, key) pairs over batch and query heads. */
  double operations;   /**< 2 * visiblePairs * (D + Dv), over all folds. */
  /** Called with the same two of every attend in program order, on the calling
   *  thread; may be null. */
  void (*attend)(void *context, double visiblePairs, double operations);
  void *context;
} AttnWork;

ATTN_API AttnStatus attnProgramWork(const AttnProgram *program,
                                    const AttnLaunch *launch, AttnWork *work,
                                    AttnMessage *message);

#ifdef __cplusplus
}
#endif

#endif /* ATTN_C_ATTNRUNTIME_H */
