//===- Validate.h - Parts of the manifest checker ---------------*- C++ -*-===//
//
// Validate.cpp checks artifact-wide parts, ValidatePlan.cpp what one entry
// launches. Both write the first violation into a Report.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_MANIFEST_LIB_VALIDATE_H
#define ATTN_MANIFEST_LIB_VALIDATE_H

#include "attn/manifest/Manifest.h"

namespace attn::manifest {

/// Limits that let the runtime launch without allocating.
constexpr size_t kMostAxes = 8;
constexpr size_t kMostLetters = 64;
constexpr size_t kMostTensors = 64;
constexpr size_t kMostKernelArgs = 512;
constexpr int64_t kMostElements = (int64_t(1) << 31) - 1; ///< Per axis.

struct Report {
  std::optional<Error> error;

  /// Keeps the first violation.
  void expect(bool holds, const std::string &expected,
              const std::string &pointer, const std::string &found) {
    if (!holds && !error)
      error = Error{Error::Code::kInvalidManifest, "expected " + expected +
                                                       " at '" + pointer +
                                                       "' but found " + found};
  }
};

inline std::string at(const std::string &base, const char *key, size_t index) {
  return base + "/" + key + "/" + std::to_string(index);
}

inline std::string quoted(const std::string &text) {
  return "\"" + (text.size() <= 60 ? text : text.substr(0, 60) + "...") + "\"";
}

/// A name that can be a letter, a tensor, an entry or part of a symbol.
bool isName(const std::string &text);

/// "cpu", or "sm_90a" and the like: everything else than "cpu" is a GPU.
bool isTarget(const std::string &text);
constexpr const char *kTargetRule = "\"cpu\" or a GPU such as \"sm_90a\"";

void validateChecks(const Manifest &manifest, const Entry &entry,
                    const std::vector<Axis> &letters,
                    const std::string &pointer, Report &report);

void validatePlan(const Manifest &manifest, const Entry &entry,
                  const std::vector<Axis> &letters, const Plan &plan,
                  const std::string &pointer, Report &report);

} // namespace attn::manifest

#endif // ATTN_MANIFEST_LIB_VALIDATE_H
