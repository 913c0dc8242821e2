//===- Call.cpp - Rules and log of the fake driver ------------------------===//

#include "FakeDriver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fake {
thread_local std::vector<void *> contexts;

namespace {
std::FILE *openLog() {
  const char *path = std::getenv("FAKE_CUDA_LOG");
  return path ? std::fopen(path, "a") : nullptr;
}

std::FILE *log() {
  static std::FILE *file = openLog();
  return file;
}

/// The code that FAKE_CUDA_FAIL gives the n-th call of a function.
int injected(const char *name, long n) {
  static const char *text = std::getenv("FAKE_CUDA_FAIL");
  for (const char *at = text; at && *at;) {
    size_t length = std::strcspn(at, "=@,");
    long wanted = 0;
    const char *rest = at + length;
    char *end = const_cast<char *>(rest);
    if (*rest == '@')
      wanted = std::strtol(rest + 1, &end, 10);
    long code = *end == '=' ? std::strtol(end + 1, &end, 10) : 0;
    if (std::strlen(name) == length && !std::strncmp(at, name, length) &&
        (wanted == 0 || wanted == n))
      return int(code);
    at = *end == ',' ? end + 1 : nullptr;
  }
  return kSuccess;
}
} // namespace

State &state() {
  static State *all = new State; // outlives every static of the test
  return *all;
}

long setting(const char *name, long otherwise) {
  const char *text = std::getenv(name);
  return text && *text ? std::strtol(text, nullptr, 10) : otherwise;
}

bool Call::logging() { return log() != nullptr; }

Call::Call(const char *name, int rules) {
  State &s = state();
  std::lock_guard<std::mutex> lock(s.mutex);
  code = injected(name, ++s.counts[name]);
  if (logging())
    line["call"] = name;
  if (code != kSuccess)
    return;
  if ((rules & kInitialised) && !s.initialised)
    code = kNotInitialized;
  else if ((rules & 2) && contexts.empty())
    code = kInvalidContext;
  else if ((rules & kNotCaptured) && s.capturing)
    code = kCaptureUnsupported;
}

Call::~Call() {
  if (!logging())
    return;
  line["result"] = code;
  std::lock_guard<std::mutex> lock(state().mutex);
  std::fprintf(log(), "%s\n", line.dump().c_str());
  std::fflush(log());
}

std::string hex(const void *bytes, size_t count) {
  std::string text;
  char two[3];
  for (size_t i = 0; i < count; ++i) {
    std::snprintf(two, sizeof two, "%02x",
                  static_cast<const unsigned char *>(bytes)[i]);
    text += two;
  }
  return text;
}

std::string address(const void *pointer) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", (unsigned long long)pointer);
  return text;
}
} // namespace fake
