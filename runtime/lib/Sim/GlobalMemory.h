//===- GlobalMemory.h - Which global memory a kernel may access -*- C++ -*-===//
//
// The tensors of a launch plan and, for those that its kernels may write, who
// has written and read every element: whether anybody has since the plan began,
// and which CTA of this launch. Nothing orders the CTAs of a launch, so what
// one writes no other may touch, whichever came first here. Atomics may meet
// each other, and a CTA that has done one may know what others did: it is free
// to touch what it likes. What lies between the rows of a strided tensor is
// outside of it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_SIM_GLOBALMEMORY_H
#define ATTN_RUNTIME_LIB_SIM_GLOBALMEMORY_H

#include "Events.h"

#include "attn-c/AttnRuntime.h"

#include <cstdlib>
#include <memory>
#include <vector>

namespace attn::runtime::sim {

/// Why an access to global memory is refused.
enum class GlobalFinding { kNothing, kOutside, kReadOnly, kUnwritten, kRace };

/// CTAs have numbers that grow from launch to launch of a plan. `first` is the
/// least of this launch and means several of its CTAs, or one by an atomic.
struct CtaNumbers {
  static constexpr uint32_t kNobody = 0, kBefore = 1; ///< Before the plan.
  uint32_t first = kBefore + 1;
  uint32_t self = kBefore + 2;
  bool hasDoneAtomic = false;
};

class GlobalTensor {
public:
  /// \param sizes, strides in elements, the last stride 1.
  GlobalTensor(const char *name, char *base, uint32_t elementBytes, size_t rank,
               const int64_t *sizes, const int64_t *strides);

  /// The kernels may not write it.
  void setReadOnly() { readOnly = true; }
  /// They may. \param holdsValues before they do. Throws std::bad_alloc.
  void setWritable(bool holdsValues);

  /// Checks an access, and notes it. Safe from several threads. `other` is, for
  /// kRace, the number of the CTA that came before.
  GlobalFinding access(const char *address, uint64_t bytes, AccessKind kind,
                       const CtaNumbers &cta, uint32_t &other) const;
  /// Whether an access to its elements can be wrong.
  bool isChecked(AccessKind kind) const {
    return writers || (readOnly && kind != AccessKind::kRead);
  }
  /// Whether all bytes are elements of the tensor.
  bool contains(const char *address, uint64_t bytes) const;
  /// Bytes from the first element to behind the last.
  int64_t extent() const { return extentBytes; }

  const char *name;
  char *base;

private:
  bool containsElement(int64_t element) const;
  GlobalFinding read(size_t element, const CtaNumbers &cta,
                     uint32_t &other) const;
  GlobalFinding write(size_t element, AccessKind kind, const CtaNumbers &cta,
                      uint32_t &other) const;

  struct Axis {
    int64_t size, stride;
  };
  struct Free {
    void operator()(uint32_t *memory) const { std::free(memory); }
  };
  using Marks = std::unique_ptr<uint32_t[], Free>;
  static Marks makeMarks(size_t count);

  uint32_t elementBytes;
  bool isDense = false; ///< No gaps.
  bool readOnly = false;
  std::vector<Axis> axes; ///< Those that matter, largest stride first.
  int64_t extentBytes = 0;
  Marks writers, readers; ///< The last, by element; null: not writable.
};

/// The tensors that one step of a plan may access.
struct StepMemory {
  /// Per argument of the kernel; null for numbers.
  std::vector<const GlobalTensor *> arguments;
  uint32_t firstCta = CtaNumbers().first; ///< CtaNumbers::first
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_GLOBALMEMORY_H
