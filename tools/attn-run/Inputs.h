//===- Inputs.h - Arguments from files or drawn -----------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNRUN_INPUTS_H
#define ATTN_TOOLS_ATTNRUN_INPUTS_H

#include "HostTensor.h"
#include "Options.h"

#include <functional>

namespace attn::run {

/// What is done with the arguments, where that is not a run of the entry.
struct InputUse {
  /// Letters that neither --set, a file nor the program determines.
  std::map<std::string, int64_t> defaults;
  /// Whether an argument's contents are looked at; others get sizes and no
  /// memory. Empty: all are.
  std::function<bool(const std::string &)> isRead;
};

/// Reads and draws every argument of an entry, in order. Refuses names and
/// letters that the entry does not have.
std::vector<HostTensor> makeInputs(const AttnArtifact *artifact, size_t entry,
                                   const Options &options,
                                   const InputUse &use = {});

/// The names of the letters of an entry.
std::vector<std::string> letterNames(const AttnArtifact *artifact,
                                     size_t entry);

AttnTensorInfo argumentInfo(const AttnArtifact *artifact, size_t entry,
                            size_t index);
AttnTensorInfo resultInfo(const AttnArtifact *artifact, size_t entry,
                          size_t index);

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_INPUTS_H
