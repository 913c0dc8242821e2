//===- Report.h - What attn-inspect prints ----------------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNINSPECT_REPORT_H
#define ATTN_TOOLS_ATTNINSPECT_REPORT_H

#include "attn/manifest/Manifest.h"

#include <string>

namespace attn::inspect {

/// Source: the fields are fixed by `attn-inspect --json` in README.md.
std::string jsonReport(const manifest::Manifest &manifest);

std::string textReport(const manifest::Manifest &manifest);

/// Bytes of a plan's workspace as an expression over letters and threads:
/// buffers, each rounded up to 64 bytes, and the scratch of the threads.
manifest::Expr workspaceBytes(const manifest::Manifest &manifest,
                              const manifest::Plan &plan);

} // namespace attn::inspect

#endif // ATTN_TOOLS_ATTNINSPECT_REPORT_H
