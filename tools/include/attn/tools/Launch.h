//===- Launch.h - A launch of tensors in vectors ----------------*- C++ -*-===//

#ifndef ATTN_TOOLS_LAUNCH_H
#define ATTN_TOOLS_LAUNCH_H

#include "attn-c/AttnRuntime.h"

#include <vector>

namespace attn {

/// A launch of `arguments` and `results`, which have to outlive it, in the
/// order of the artifact. What is not named here is 0: the default stream, seed
/// and mode of device sim, no reports. \param workspaceBytes of `workspace`.
inline AttnLaunch makeLaunch(const std::vector<AttnTensor> &arguments,
                             const std::vector<AttnTensor> &results,
                             void *workspace = nullptr,
                             size_t workspaceBytes = 0) {
  AttnLaunch launch{};
  launch.structSize = sizeof launch;
  launch.tensorSize = sizeof(AttnTensor);
  launch.arguments = arguments.data();
  launch.argumentCount = arguments.size();
  launch.results = results.data();
  launch.resultCount = results.size();
  launch.workspace = workspace;
  launch.workspaceBytes = workspaceBytes;
  return launch;
}

} // namespace attn

#endif // ATTN_TOOLS_LAUNCH_H
