//===- ReadFile.h - Read a whole file ---------------------------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_READFILE_H
#define ATTN_RUNTIME_LIB_READFILE_H

#include "attn-c/AttnRuntime.h"

#include <string>

namespace attn::runtime {

/// Reads a regular file of at most `most` bytes.
AttnStatus readFile(const std::string &path, size_t most, std::string &bytes,
                    AttnMessage *message);

/// Reads what an open file holds, from its start.
bool readAll(int descriptor, std::string &bytes);

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_READFILE_H
