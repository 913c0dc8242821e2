//===- Children.h - Cases in processes of their own -------------*- C++ -*-===//
//
// A kernel that faults spoils its process, and one that hangs never returns. So
// cases run in a child, one after the other, each giving one line of JSON; when
// the child dies or a case takes too long, that case has failed and a new child
// goes on behind it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_GPU_CHILDREN_H
#define ATTN_TOOLS_GPU_CHILDREN_H

#include <functional>
#include <string>

namespace attn::pack {

/// Runs work(i) for i in [0, count) in children; what it returns, one line
/// without line breaks, comes to done(i, line). If a child ended without a line
/// for i, done(i, "") comes with `reason` saying how.
void runInChildren(size_t count, int secondsPerCase,
                   const std::function<std::string(size_t)> &work,
                   const std::function<void(size_t, const std::string &line,
                                            const std::string &reason)> &done);

} // namespace attn::pack

#endif // ATTN_TOOLS_GPU_CHILDREN_H
