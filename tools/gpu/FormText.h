//===- FormText.h - Programs of more than one full stream -------*- C++ -*-===//

#ifndef ATTN_TOOLS_GPU_FORMTEXT_H
#define ATTN_TOOLS_GPU_FORMTEXT_H

#include "CaseList.h"

namespace attn::pack {

/// sink, resume, heads, streams, lengths, packed; cases.txt explains them.
bool isForm(const std::string &word);

/// The program as a .mlir file. `maskOps` make %m; empty for full.
std::string formText(const CaseProgram &program, const std::string &maskOps);

} // namespace attn::pack

#endif // ATTN_TOOLS_GPU_FORMTEXT_H
