//===- Driver.cpp - The CUDA driver, opened at run time -------------------===//

#include "CUDA/Driver.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace attn::runtime::cuda {
namespace {
constexpr const char *kLibrary = "libcuda.so.1";

/// cuTensorMapEncodeTiled and PTX 8.0 came with CUDA 12.0.
constexpr int kLeastVersion = 12000;

const char *valueOf(const char *variable) {
  const char *text = std::getenv(variable);
  return text && *text ? text : "not set";
}
} // namespace

/// The driver keeps threads and exit handlers: it is never unmapped.
AttnStatus Driver::open(std::shared_ptr<const Driver> &driver,
                        AttnMessage *message) {
  auto made = std::make_shared<Driver>();
  made->library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!made->library) {
    const char *why = dlerror();
    return fail(message, ATTN_DEVICE_UNAVAILABLE,
                "device 'cuda' needs the NVIDIA driver: looked for %s in "
                "LD_LIBRARY_PATH (%s), the linker's cache and the system's "
                "folders, and found: %s; install the driver, or run on another "
                "device",
                kLibrary, valueOf("LD_LIBRARY_PATH"),
                why ? why : "unknown reason");
  }
  if (AttnStatus status = made->bind(message))
    return status;
  if (AttnStatus status = made->start(message))
    return status;
  driver = std::move(made);
  return ATTN_OK;
}

Driver::~Driver() {
  if (library)
    dlclose(library);
}

/// The version is asked first: it explains a missing symbol.
AttnStatus Driver::bind(AttnMessage *message) {
  const char *missing = nullptr;
#define ATTN_BIND(member, symbol, ...)                                         \
  member =                                                                     \
      reinterpret_cast<CUresult (*)(__VA_ARGS__)>(dlsym(library, #symbol));    \
  if (!member && !missing)                                                     \
    missing = #symbol;
  ATTN_CUDA_FUNCTIONS(ATTN_BIND)
  const char *required = missing;
  ATTN_CUDA_OPTIONAL_FUNCTIONS(ATTN_BIND)
#undef ATTN_BIND
  if (driverGetVersion && driverGetVersion(&version) != kSuccess)
    version = 0;
  if (!required && (version >= kLeastVersion || version == 0))
    return ATTN_OK;
  return fail(message, ATTN_DEVICE_UNAVAILABLE,
              "the NVIDIA driver is too old: it supports CUDA %d.%d%s%s, "
              "expected %d.%d or newer (driver 525); update the driver",
              version / 1000, version % 1000 / 10,
              required ? " and lacks " : "", required ? required : "",
              kLeastVersion / 1000, kLeastVersion % 1000 / 10);
}

AttnStatus Driver::start(AttnMessage *message) {
  CUresult result = init(0);
  if (result == kSuccess)
    return ATTN_OK;
  if (result == kStubLibrary)
    return fail(
        message, ATTN_DEVICE_UNAVAILABLE,
        "%s is the toolkit's stub, not a driver; remove its folder from "
        "LD_LIBRARY_PATH (%s) and install the NVIDIA driver",
        kLibrary, valueOf("LD_LIBRARY_PATH"));
  if (result == kNoDevice)
    return fail(message, ATTN_DEVICE_UNAVAILABLE,
                "the NVIDIA driver (CUDA %d.%d) found no GPU; "
                "CUDA_VISIBLE_DEVICES is %s",
                version / 1000, version % 1000 / 10,
                valueOf("CUDA_VISIBLE_DEVICES"));
  return failWith(*this, result, ATTN_DEVICE_UNAVAILABLE,
                  "cannot start the NVIDIA driver", message);
}

ErrorText::ErrorText(const Driver &driver, CUresult result) {
  const char *name = nullptr, *words = nullptr;
  if (driver.getErrorName(result, &name) != kSuccess || !name)
    name = "an unknown error";
  if (driver.getErrorString(result, &words) != kSuccess || !words)
    words = "no description";
  std::snprintf(text, sizeof text, "%s (%d: %s)", name, result, words);
}

bool isSticky(CUresult result) {
  switch (result) {
  case kEccUncorrectable:
  case kIllegalAddress:
  case kLaunchTimeout:
  case kAssert:
  case kHardwareStackError:
  case kIllegalInstruction:
  case kMisalignedAddress:
  case kInvalidAddressSpace:
  case kInvalidPc:
  case kLaunchFailed:
    return true;
  default:
    return false;
  }
}

AttnStatus failWith(const Driver &driver, CUresult result, AttnStatus status,
                    const char *what, AttnMessage *message) {
  return fail(
      message, isSticky(result) ? ATTN_DEVICE_ERROR : status, "%s: %s%s", what,
      ErrorText(driver, result).text,
      isSticky(result)
          ? "; work that was enqueued earlier failed, and the GPU stays "
            "unusable for this process: start a new one"
          : "");
}

CurrentContext::CurrentContext(const Driver &driver, CUcontext context)
    : driver(driver) {
  CUcontext current = nullptr;
  status = driver.contextGetCurrent(&current);
  if (status != kSuccess || current == context)
    return;
  status = driver.contextPush(context);
  pushed = status == kSuccess;
}

CurrentContext::~CurrentContext() {
  CUcontext popped = nullptr;
  if (pushed)
    driver.contextPop(&popped);
}

} // namespace attn::runtime::cuda
