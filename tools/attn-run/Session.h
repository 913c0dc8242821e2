//===- Session.h - One run of an entry --------------------------*- C++ -*-===//
//
// Owns the tensors, and does in order what the command line asks: load, draw,
// launch, time, write, check.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNRUN_SESSION_H
#define ATTN_TOOLS_ATTNRUN_SESSION_H

#include "HostTensor.h"
#include "Options.h"

namespace attn::run {

/// \returns the exit code; throws RunError or UsageError.
int runSession(const Options &options);

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_SESSION_H
