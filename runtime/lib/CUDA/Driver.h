//===- Driver.h - The CUDA driver, opened at run time -----------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_CUDA_DRIVER_H
#define ATTN_RUNTIME_LIB_CUDA_DRIVER_H

#include "CUDA/DriverApi.h"
#include "Message.h"

#include <memory>

namespace attn::runtime::cuda {

/// The table of functions. Opened per device: the dynamic linker counts, there
/// is no global state of ours.
struct Driver {
  /// Opens libcuda.so.1 and checks its version. Says what was looked for and
  /// where if it is not there.
  static AttnStatus open(std::shared_ptr<const Driver> &driver,
                         AttnMessage *message);
  ~Driver();

#define ATTN_MEMBER(member, symbol, ...)                                       \
  CUresult (*member)(__VA_ARGS__) = nullptr;
  ATTN_CUDA_FUNCTIONS(ATTN_MEMBER)
  ATTN_CUDA_OPTIONAL_FUNCTIONS(ATTN_MEMBER)
#undef ATTN_MEMBER

  int version = 0; ///< 1000 * major + 10 * minor of the CUDA it supports.

private:
  AttnStatus bind(AttnMessage *message);
  AttnStatus start(AttnMessage *message);
  void *library = nullptr;
};

/// "CUDA_ERROR_INVALID_VALUE (1: invalid argument)", in memory of its own.
struct ErrorText {
  ErrorText(const Driver &driver, CUresult result);
  char text[256];
};

/// Whether an error stays: every later call of this process on the device fails
/// with it too.
bool isSticky(CUresult result);

/// Fails with "WHAT: error text". `what` is a verb phrase, "cannot load 'x'".
AttnStatus failWith(const Driver &driver, CUresult result, AttnStatus status,
                    const char *what, AttnMessage *message);

/// Makes a context current for a scope, if it is not.
class CurrentContext {
public:
  CurrentContext(const Driver &driver, CUcontext context);
  ~CurrentContext();
  CurrentContext(const CurrentContext &) = delete;
  CurrentContext &operator=(const CurrentContext &) = delete;

  CUresult result() const { return status; }

private:
  const Driver &driver;
  bool pushed = false;
  CUresult status = kSuccess;
};

} // namespace attn::runtime::cuda

#endif // ATTN_RUNTIME_LIB_CUDA_DRIVER_H
