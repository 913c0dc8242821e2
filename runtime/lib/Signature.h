//===- Signature.h - The contract of an entry and one call ------*- C++ -*-===//
//
// A Signature is an entry with its letters resolved to indices, made once per
// artifact. A Call is one launch after all checks, in fixed arrays: checking
// and launching allocate nothing.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIGNATURE_H
#define ATTN_RUNTIME_LIB_SIGNATURE_H

#include "attn-c/AttnRuntime.h"
#include "attn/manifest/Manifest.h"

namespace attn::runtime {

/// The manifest checker guarantees these limits.
constexpr size_t kMostTensors = 128; ///< Arguments and results together.
constexpr size_t kMostLetters = 64;
constexpr size_t kMostViews = 64;

struct Signature {
  explicit Signature(const manifest::Entry &entry);

  const manifest::Entry *entry;
  std::vector<std::string> letterNames;
  std::vector<int64_t> letterConstants; ///< -1 if known only at launch.
  std::vector<size_t> viewed;           ///< Per view, the number of its tensor.

  size_t argumentCount() const { return entry->arguments.size(); }
  size_t tensorCount() const {
    return entry->arguments.size() + entry->results.size();
  }
  /// Arguments first, then results.
  const manifest::Tensor &tensor(size_t index) const {
    return index < argumentCount() ? entry->arguments[index]
                                   : entry->results[index - argumentCount()];
  }
  bool isOutput(size_t index) const {
    return index >= argumentCount() || entry->arguments[index].inout;
  }
  /// Index into letterNames, or -1.
  int letterIndex(const std::string &name) const;

  manifest::Bindings bind(const int64_t *letters, int64_t threads) const;
};

/// A tensor after the checks: strides are filled in for every axis.
struct BoundTensor {
  char *data;
  int32_t rank;
  int64_t elementBytes;
  int64_t sizes[ATTN_MAX_RANK];
  int64_t strides[ATTN_MAX_RANK]; ///< Elements; dense for size-1 axes.
  bool isEmpty;
  int64_t extentBytes; ///< From the first to past the last byte.
};

/// A view after the checks.
struct BoundView {
  int64_t sizes[ATTN_MAX_RANK];
  int64_t strides[ATTN_MAX_RANK]; ///< Elements.
};

struct Call {
  size_t tensorCount = 0;
  BoundTensor tensors[kMostTensors];
  BoundView views[kMostViews]; ///< Those of results only if results are given.
  int64_t letters[kMostLetters];
  char *workspace = nullptr;
  size_t workspaceBytes = 0;
  uint64_t scheduleSeed = 0;
  AttnSimMode simMode = ATTN_SIM_STRICT;
  AttnSimReport simReport = nullptr;
  void *simReportContext = nullptr;
  AttnTurnReport turnReport = nullptr;
  void *turnReportContext = nullptr;
  const AttnLaunch *launch = nullptr;
};

/// Element `index` of an array whose elements are `tensorSize` bytes apart: the
/// caller's AttnTensor may be longer than ours.
inline const AttnTensor &tensorAt(const AttnTensor *first, size_t tensorSize,
                                  size_t index) {
  return *reinterpret_cast<const AttnTensor *>(
      reinterpret_cast<const char *>(first) + index * tensorSize);
}

/// Letters from the sizes of the arguments alone.
AttnStatus bindLetters(const Signature &signature, const AttnTensor *arguments,
                       size_t tensorSize, size_t count, int64_t *letters,
                       AttnMessage *message);

enum class Scope { kArgumentsOnly, kEverything };

/// Every check of the function boundary but the size of the workspace.
AttnStatus checkCall(const Signature &signature, const AttnLaunch &launch,
                     Scope scope, Call &call, AttnMessage *message);

/// Sizes and strides of a view of a tensor. Fails where its axes do not lie in
/// memory as one.
/// \param role "argument" or "result"
AttnStatus bindView(const char *role, const manifest::Tensor &tensor,
                    const BoundTensor &bound, const manifest::View &view,
                    BoundView &result, AttnMessage *message);

/// Whether two tensors, or two elements of one, share a byte. Exact for the
/// layouts that slicing, permuting and packing make; where it would take too
/// long to tell, the answer is yes.
bool overlap(const BoundTensor &lhs, const BoundTensor &rhs);
bool overlapsItself(const BoundTensor &tensor);

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_SIGNATURE_H
