/*===- Shared.c - libattn_runtime.so ------------------------------------------*
 *
 * The shared library is the static AttnRuntime as a whole; CMake wants a
 * source of its own for it.
 *
 *===----------------------------------------------------------------------===*/

#include "attn-c/AttnRuntime.h"

typedef int AttnSharedLibraryIsNotEmpty;
