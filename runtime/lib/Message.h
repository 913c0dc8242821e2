//===- Message.h - Failing without allocating -------------------*- C++ -*-===//
//
// Errors leave the runtime as a status and a text in the caller's AttnMessage.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_RUNTIME_LIB_MESSAGE_H
#define ATTN_RUNTIME_LIB_MESSAGE_H

#include "attn-c/AttnRuntime.h"

#include <exception>
#include <new>

namespace attn::runtime {

/// Writes a printf-style text into `message`, if there is one, and returns
/// `status`. Does not allocate; cuts the text where it does not fit.
__attribute__((format(printf, 3, 4))) AttnStatus fail(AttnMessage *message,
                                                      AttnStatus status,
                                                      const char *format, ...);

/// Runs `body` and turns what it throws into a status: nothing leaves the C
/// API but values.
template <typename Body>
AttnStatus guarded(AttnMessage *message, Body body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return fail(message, ATTN_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &problem) {
    return fail(message, ATTN_INTERNAL, "internal error: %s", problem.what());
  } catch (...) {
    return fail(message, ATTN_INTERNAL, "internal error");
  }
}

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_MESSAGE_H
