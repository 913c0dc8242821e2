/*===- AttnCompiler.h - The compiler as a plug-in of the runtime --*- C -*-===*\
|*                                                                            *|
|* Brings the device `reference`, checks against it, counts of visible pairs  *|
|* and running .mlir files into a runtime:                                    *|
|*                                                                            *|
|*   attnRuntimeAddPlugin(runtime, attnCompilerPlugin(), &message);           *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef ATTN_C_ATTNCOMPILER_H
#define ATTN_C_ATTNCOMPILER_H

#ifdef __cplusplus
extern "C" {
#endif

struct AttnPlugin; /* AttnPlugin.h */

/** The plug-in; lives as long as the process. */
const struct AttnPlugin *attnCompilerPlugin(void);

#ifdef __cplusplus
}
#endif

#endif /* ATTN_C_ATTNCOMPILER_H */
