//===- Shared.cpp - libattn_compiler.so -----------------------------------===//
//
// The shared library is the static libraries of the compiler as a whole; CMake
// wants a source of its own for it.
//
//===----------------------------------------------------------------------===//

#include "attn-c/AttnCompiler.h"
