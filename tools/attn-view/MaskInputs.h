//===- MaskInputs.h - The tables that masks read ----------------*- C++ -*-===//
//
// Files and drawn tables as attn-run makes them, for who looks at masks: the
// arguments that no mask reads get sizes and no memory. Stands between sources
// with exceptions (tools/attn-run) and those without (LLVM).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNVIEW_MASKINPUTS_H
#define ATTN_TOOLS_ATTNVIEW_MASKINPUTS_H

#include "HostTensor.h"

#include <map>
#include <set>

namespace attn::view {

/// What the command line says about one launch.
struct LaunchChoice {
  std::string entry; ///< Empty: `main`, else the only one.
  std::map<std::string, int64_t> letters;
  std::map<std::string, std::string> in; ///< Argument to file.
  uint64_t seed = 0;
};

/// What the program says.
struct InputRequest {
  std::vector<AttnFile> files;             ///< Of an artifact; needs no image.
  std::map<std::string, int64_t> defaults; ///< Letters nobody determines.
  std::set<std::string> read;              ///< Arguments that masks read.
  std::set<std::string> unread;            ///< Letters of others alone.
};

struct MaskInputs {
  std::string error; ///< Empty if all went well; then the rest counts.
  std::vector<run::HostTensor> tensors;
  std::vector<std::pair<std::string, int64_t>>
      letters;                    ///< That count: no
                                  ///< constants, none unread.
  std::vector<std::string> drawn; ///< Arguments whose contents were drawn.
};

MaskInputs makeMaskInputs(const LaunchChoice &choice,
                          const InputRequest &request);

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_MASKINPUTS_H
