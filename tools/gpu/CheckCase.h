//===- CheckCase.h - One case on one device ---------------------*- C++ -*-===//

#ifndef ATTN_TOOLS_GPU_CHECKCASE_H
#define ATTN_TOOLS_GPU_CHECKCASE_H

#include "PackFile.h"

#include "attn-c/AttnRuntime.h"

#include <nlohmann/json.hpp>

namespace attn::pack {

/// Runtime and device of a process.
class Host {
public:
  explicit Host(const std::string &device);
  ~Host();
  Host(const Host &) = delete;

  AttnRuntime *runtime = nullptr;
  AttnDevice *device = nullptr;
};

/// Runs a case: values against the reference's rows, a second run bit for bit,
/// visibility of all rows, and with `runs` > 0 the time.
/// \returns {"name", "passed", "text", ratios and times}; `text` is the line
/// for people. Does not throw.
nlohmann::ordered_json checkCase(const Host &host, const std::string &folder,
                                 const Case &which, int64_t runs);

} // namespace attn::pack

#endif // ATTN_TOOLS_GPU_CHECKCASE_H
