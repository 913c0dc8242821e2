//===- Check.h - Counting checks of a test program --------------*- C++ -*-===//

#ifndef ATTN_TEST_RUNTIME_UNIT_CHECK_H
#define ATTN_TEST_RUNTIME_UNIT_CHECK_H

#include <cstdio>

namespace check {
inline int failures = 0;
}

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      std::printf("FAIL %s:%d: %s\n", __FILE__, __LINE__, #condition);         \
      ++check::failures;                                                       \
    }                                                                          \
  } while (0)

#endif // ATTN_TEST_RUNTIME_UNIT_CHECK_H
