//===- Page.h - Masks as one html page --------------------------*- C++ -*-===//
//
// Opens offline: style, pictures and the few lines of script are inside. Every
// number stands in a <data value="..."> of its own.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNVIEW_PAGE_H
#define ATTN_TOOLS_ATTNVIEW_PAGE_H

#include "MaskReport.h"

namespace attn::view {

struct PageText {
  std::string file, entry, letters, target;
  std::string fault;   ///< Why the target makes no kernel, if it does not.
  std::string program; ///< The text that is shown.
};

/// \param sentences those of `explain`, one list per report.
std::string makePage(const PageText &text, llvm::ArrayRef<StreamReport> reports,
                     llvm::ArrayRef<std::vector<std::string>> sentences);

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_PAGE_H
