//===- GlobalMemory.h - Which global memory a kernel may access -*- C++ -*-===//
//
// The tensors of a launch plan and, for those that the plan itself fills
// (results, buffers), which elements have been written since it began. Also
// what lies between the rows of a strided tensor is outside of it.
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
enum class GlobalFinding { kNothing, kOutside, kReadOnly, kUnwritten };

class GlobalTensor {
public:
  /// \param sizes, strides in elements, the last stride 1.
  GlobalTensor(const char *name, char *base, uint32_t elementBytes, size_t rank,
               const int64_t *sizes, const int64_t *strides);

  /// The kernels may not write it.
  void setReadOnly() { readOnly = true; }
  /// It holds nothing yet. Throws std::bad_alloc.
  void setUnwritten();

  /// Checks an access, and notes what a write writes. Safe from several
  /// threads.
  GlobalFinding access(const char *address, uint64_t bytes,
                       AccessKind kind) const;
  /// Whether an access to its elements can be wrong.
  bool isChecked(AccessKind kind) const {
    return written || (readOnly && kind != AccessKind::kRead);
  }
  /// Whether all bytes are elements of the tensor.
  bool contains(const char *address, uint64_t bytes) const;
  /// Bytes from the first element to behind the last.
  int64_t extent() const { return extentBytes; }

  const char *name;
  char *base;

private:
  bool containsElement(int64_t element) const;

  struct Axis {
    int64_t size, stride;
  };
  struct Free {
    void operator()(uint8_t *memory) const { std::free(memory); }
  };

  uint32_t elementBytes;
  bool isDense = false; ///< No gaps.
  bool readOnly = false;
  std::vector<Axis> axes; ///< Those that matter, largest stride first.
  int64_t extentBytes = 0;
  std::unique_ptr<uint8_t[], Free> written; ///< By element; null: all.
};

/// The tensors that one step of a plan may access.
struct StepMemory {
  /// Per argument of the kernel; null for numbers.
  std::vector<const GlobalTensor *> arguments;
};

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_GLOBALMEMORY_H
