//===- Inputs.h - Arguments from files or drawn -----------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNRUN_INPUTS_H
#define ATTN_TOOLS_ATTNRUN_INPUTS_H

#include "HostTensor.h"
#include "Options.h"

namespace attn::run {

/// Reads and draws every argument of an entry, in order. Refuses names and
/// letters that the entry does not have.
std::vector<HostTensor> makeInputs(const AttnArtifact *artifact, size_t entry,
                                   const Options &options);

/// The names of the letters of an entry.
std::vector<std::string> letterNames(const AttnArtifact *artifact,
                                     size_t entry);

AttnTensorInfo argumentInfo(const AttnArtifact *artifact, size_t entry,
                            size_t index);
AttnTensorInfo resultInfo(const AttnArtifact *artifact, size_t entry,
                          size_t index);

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_INPUTS_H
