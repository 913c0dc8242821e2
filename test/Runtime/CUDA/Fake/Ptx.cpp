//===- Ptx.cpp - Parameters of kernels from real PTX ----------------------===//
//
// Real PTX is not executed: its kernels do nothing. But their parameters are
// known, so that a launch of a real artifact is checked against its code.
//
//===----------------------------------------------------------------------===//

#include "Ptx.h"

#include <cstdlib>
#include <regex>

namespace fake {
namespace {
void doNothing(void **, const unsigned *, const unsigned *, unsigned) {}

/// Bytes of ".param .align 64 .b8 name[128]" or ".param .u64 .ptr ... name".
size_t bytesOf(const std::string &parameter) {
  std::smatch found;
  if (std::regex_search(parameter, found, std::regex(R"(\[(\d+)\])")))
    return std::strtoul(found[1].str().c_str(), nullptr, 10);
  if (std::regex_search(parameter, found,
                        std::regex(R"(\.[busf](8|16|32|64))")))
    return std::strtoul(found[1].str().c_str(), nullptr, 10) / 8;
  return 0;
}
} // namespace

std::map<std::string, PtxKernel> kernelsOf(const std::string &text) {
  std::map<std::string, PtxKernel> kernels;
  std::regex entry(R"(\.entry\s+(\w+)\s*\(([^)]*)\)\s*(\.reqntid\s+(\d+))?)");
  for (std::sregex_iterator at(text.begin(), text.end(), entry), end; at != end;
       ++at) {
    PtxKernel &kernel = kernels[(*at)[1]];
    std::string list = (*at)[2];
    std::regex one(R"(\.param[^,]*)");
    for (std::sregex_iterator p(list.begin(), list.end(), one); p != end; ++p)
      kernel.bytes.push_back(bytesOf(p->str()));
    int threads = (*at)[4].matched ? std::atoi((*at)[4].str().c_str()) : 1024;
    kernel.info = {int(kernel.bytes.size()), kernel.bytes.data(), threads,
                   1024};
    kernel.kernel = &doNothing;
  }
  return kernels;
}
} // namespace fake
