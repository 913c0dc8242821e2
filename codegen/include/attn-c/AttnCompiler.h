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

/** For command line tools, once, at their start. LLVM, inside which memory runs
    out, aborts the process. With this it removes its temporary files, calls
    `cleanup` (which must not allocate; may be null), writes "<tool>: error: out
    of memory", with the program's name while one is compiled, and exits with 1.
    `tool` must live as long as the process. */
void attnCompilerExitWhenOutOfMemory(const char *tool, void (*cleanup)(void));

#ifdef __cplusplus
}
#endif

#endif /* ATTN_C_ATTNCOMPILER_H */
