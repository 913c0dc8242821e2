/*===- AttnPlugin.h - A device or compiler added to the runtime ---*- C -*-===*\
|*                                                                            *|
|* What the compiler half gives the runtime without either linking the other: *|
|* the device `reference`, running a .mlir file, checks against the           *|
|* reference. Any function pointer may be null: the runtime then reports that *|
|* the plug-in cannot do it. Functions may be called from any thread.         *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_C_ATTNPLUGIN_H
#define ATTN_C_ATTNPLUGIN_H

#include "attn-c/AttnRuntime.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the runtime offers a plug-in. Valid until the program it was given
 *  with is unloaded. */
typedef struct AttnPluginHost {
  size_t structSize;
  int64_t threads;
  AttnParallelFor parallelFor; /**< Floating point modes are the caller's. */
  void *pool;
  AttnProgress progress; /**< Never null; cheap enough to call per row. */
  void *progressContext;
} AttnPluginHost;

/** An artifact as a plug-in sees it. Valid until the program is unloaded. */
typedef struct AttnArtifactView {
  size_t structSize;
  const char *source;   /**< Folder, file, or "<memory>", for messages. */
  const char *manifest; /**< Text of manifest.json, checked. */
  const void *input;    /**< Bytes of the input program, hash checked. */
  size_t inputBytes;
  const char *entry; /**< Name of the function. */
} AttnArtifactView;

/** Files that a plug-in made; it keeps `owner` until releaseFiles. */
typedef struct AttnFileSet {
  const AttnFile *files;
  size_t count;
  void *owner;
} AttnFileSet;

typedef struct AttnPlugin {
  size_t structSize; /**< sizeof(AttnPlugin) */
  const char *name;  /**< "compiler" */
  /** One line per part for --version: "LLVM 22.1.8\nptxas not found". May be
   *  null. */
  const char *version;
  const char *deviceName; /**< "reference"; null if it brings no device. */
  void *self;             /**< First argument of the functions below. */

  /** Makes `*program` able to launch one entry. The host and the view stay
   *  valid until `unload`. */
  AttnStatus (*load)(void *self, const AttnPluginHost *host,
                     const AttnArtifactView *artifact, void **program,
                     AttnMessage *message);
  void (*unload)(void *self, void *program);

  /** Runs the entry. The runtime has checked the contract: counts, dtypes,
   *  sizes, letters, strides, overlap. Strides are never null. */
  AttnStatus (*launch)(void *self, void *program, const AttnLaunch *launch,
                       AttnMessage *message);

  /** Compares launch->results with the reference on launch->arguments; one
   *  AttnCheckResult per result, in order. Same guarantees as `launch`. */
  AttnStatus (*check)(void *self, void *program, const AttnLaunch *launch,
                      const AttnCheckOptions *options, AttnCheckResult *results,
                      AttnMessage *message);

  /** Counts what is visible; only arguments are valid in `launch`. */
  AttnStatus (*work)(void *self, void *program, const AttnLaunch *launch,
                     AttnWork *work, AttnMessage *message);

  /** Compiles a program; without targets: manifest.json without plans, and
   *  input.mlirbc. Errors with locations go into the message, all diagnostics
   * to the source's handler. The runtime has checked the pointers. */
  AttnStatus (*compile)(void *self, const AttnSource *source,
                        AttnFileSet *files, AttnMessage *message);
  void (*releaseFiles)(void *self, AttnFileSet *files);
} AttnPlugin;

#ifdef __cplusplus
}
#endif

#endif /* ATTN_C_ATTNPLUGIN_H */
