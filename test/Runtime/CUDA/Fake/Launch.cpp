//===- Launch.cpp - Tensor maps, launches and graphs of the fake driver ---===//
//
// The limits are those of the CUDA driver API's reference of
// cuTensorMapEncodeTiled and cuLaunchKernel.
//
//===----------------------------------------------------------------------===//

#include "FakeDriver.h"

#include <cstring>

using namespace fake;

namespace fake {
const FakeKernelInfo &infoOf(void *function);
FakeKernel kernelOf(void *function);
const std::string &nameOf(void *function);
int dynamicSharedBytesOf(void *function);
} // namespace fake

namespace {
int elementBytes(int dataType) {
  constexpr int kBytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
  return dataType >= 0 && dataType < 13 ? kBytes[dataType] : 0;
}

/// What the reference of cuTensorMapEncodeTiled demands.
bool isEncodable(int type, uint32_t rank, uint64_t base, const uint64_t *sizes,
                 const uint64_t *strides, const uint32_t *box,
                 const uint32_t *steps, int interleave, int swizzle) {
  uint64_t align = interleave == 2 ? 32 : 16;
  if (!elementBytes(type) || rank < 1 || rank > 5 || !base || base % align ||
      (interleave && rank < 3))
    return false;
  for (uint32_t i = 0; i < rank; ++i) {
    if (sizes[i] < 1 || sizes[i] > uint64_t(1) << 32 || box[i] < 1 ||
        box[i] > 256 || steps[i] < 1 || steps[i] > 8)
      return false;
    if (i > 0 && (strides[i - 1] % align || strides[i - 1] >> 40))
      return false;
  }
  uint64_t inner = uint64_t(box[0]) * elementBytes(type);
  return interleave ||
         (inner % 16 == 0 && (!swizzle || inner <= uint64_t(16) << swizzle));
}

void run(const Launch &launch) {
  std::vector<void *> pointers;
  for (const auto &bytes : launch.parameters)
    pointers.push_back(const_cast<char *>(bytes.data()));
  MemoryAccess access;
  launch.kernel(pointers.data(), launch.grid, launch.block, launch.sharedBytes);
}

void logParameters(Call &call, void *function, void **parameters) {
  if (!Call::logging())
    return;
  json all = json::array();
  const FakeKernelInfo &info = infoOf(function);
  for (int i = 0; i < info.parameters; ++i)
    all.push_back(hex(parameters[i], info.bytes[i]));
  call.with("parameters", all);
}

bool isLaunchable(void *function, const unsigned *grid, const unsigned *block,
                  unsigned sharedBytes) {
  const FakeKernelInfo &info = infoOf(function);
  for (int i = 0; i < 3; ++i)
    if (grid[i] < 1 || block[i] < 1 || (i > 0 && grid[i] > 65535))
      return false;
  return grid[0] <= 0x7fffffff &&
         block[0] * block[1] * block[2] <= unsigned(info.maxThreads) &&
         sharedBytes <= unsigned(dynamicSharedBytesOf(function));
}
} // namespace

FAKE_API cuTensorMapEncodeTiled(void *map, int type, uint32_t rank, void *base,
                                const uint64_t *sizes, const uint64_t *strides,
                                const uint32_t *box, const uint32_t *steps,
                                int interleave, int swizzle, int l2Promotion,
                                int oobFill) {
  Call call("cuTensorMapEncodeTiled", Call::kInitialised);
  if (Call::logging()) {
    size_t n = std::min<size_t>(rank, 5);
    call.with("data_type", type).with("rank", rank);
    call.with("address", address(base));
    call.with("sizes", std::vector<uint64_t>(sizes, sizes + n));
    call.with("strides", std::vector<uint64_t>(strides, strides + n - 1));
    call.with("box", std::vector<uint32_t>(box, box + n));
    call.with("element_strides", std::vector<uint32_t>(steps, steps + n));
    call.with("interleave", interleave).with("swizzle", swizzle);
    call.with("l2_promotion", l2Promotion).with("oob_fill", oobFill);
  }
  if (call.refused())
    return call.refusal();
  if (reinterpret_cast<uintptr_t>(map) % 64 ||
      !isEncodable(type, rank, reinterpret_cast<uint64_t>(base), sizes, strides,
                   box, steps, interleave, swizzle))
    return call.result(kInvalidValue);
  FakeTensorMap made{};
  made.address = reinterpret_cast<uint64_t>(base);
  for (uint32_t i = 0; i < rank; ++i) {
    made.sizes[i] = uint32_t(sizes[i]);
    made.box[i] = uint16_t(box[i]);
    made.elementStrides[i] = uint8_t(steps[i]);
    if (i + 1 < rank)
      made.strides[i] = strides[i];
  }
  made.rank = uint8_t(rank);
  made.dataType = uint8_t(type);
  made.interleave = uint8_t(interleave);
  made.swizzle = uint8_t(swizzle);
  made.l2Promotion = uint8_t(l2Promotion);
  made.oobFill = uint8_t(oobFill);
  made.magic = kFakeMapMagic;
  std::memset(map, 0, 128);
  std::memcpy(map, &made, sizeof made);
  return call.result(kSuccess);
}

FAKE_API cuLaunchKernel(void *function, unsigned gridX, unsigned gridY,
                        unsigned gridZ, unsigned blockX, unsigned blockY,
                        unsigned blockZ, unsigned sharedBytes, void *stream,
                        void **parameters, void **extra) {
  Call call("cuLaunchKernel", Call::kContext);
  unsigned grid[] = {gridX, gridY, gridZ}, block[] = {blockX, blockY, blockZ};
  if (Call::logging()) {
    call.with("function", nameOf(function));
    call.with("grid", grid).with("block", block);
    call.with("shared_bytes", sharedBytes).with("stream", address(stream));
    logParameters(call, function, parameters);
  }
  if (call.refused())
    return call.refusal();
  if (!isLaunchable(function, grid, block, sharedBytes))
    return call.result(kInvalidValue);
  State &s = state();
  if (!s.capturing) {
    MemoryAccess access;
    kernelOf(function)(parameters, grid, block, sharedBytes);
    return call.result(kSuccess);
  }
  if (stream != s.capturing)
    return call.result(stream ? kSuccess : kCaptureImplicit);
  Launch launch{kernelOf(function), {}, {}, {}, sharedBytes};
  std::memcpy(launch.grid, grid, sizeof grid);
  std::memcpy(launch.block, block, sizeof block);
  const FakeKernelInfo &info = infoOf(function);
  for (int i = 0; i < info.parameters; ++i) {
    auto *bytes = static_cast<const char *>(parameters[i]);
    launch.parameters.emplace_back(bytes, bytes + info.bytes[i]);
  }
  s.captured.push_back(std::move(launch));
  return call.with("captured", true).result(kSuccess);
}

FAKE_API cuStreamCreate(void **stream, unsigned flags) {
  Call call("cuStreamCreate", Call::kContext | Call::kNotCaptured);
  *stream = new int(0);
  return call.refusal();
}

FAKE_API cuStreamDestroy_v2(void *stream) {
  Call call("cuStreamDestroy_v2", Call::kContext | Call::kNotCaptured);
  delete static_cast<int *>(stream);
  return call.refusal();
}

FAKE_API cuStreamSynchronize(void *stream) {
  Call call("cuStreamSynchronize", Call::kContext | Call::kNotCaptured);
  call.with("stream", address(stream));
  return call.refusal();
}

FAKE_API cuStreamBeginCapture_v2(void *stream, int mode) {
  Call call("cuStreamBeginCapture_v2", Call::kContext | Call::kNotCaptured);
  if (!stream)
    return call.result(kInvalidValue);
  state().capturing = stream;
  state().captured.clear();
  return call.refusal();
}

FAKE_API cuStreamEndCapture(void *stream, void **graph) {
  Call call("cuStreamEndCapture", Call::kContext);
  if (state().capturing != stream)
    return call.result(kInvalidValue);
  *graph = new std::vector<Launch>(std::move(state().captured));
  state().capturing = nullptr;
  return call.refusal();
}

FAKE_API cuGraphInstantiateWithFlags(void **executable, void *graph,
                                     unsigned long long flags) {
  *executable = graph;
  return Call("cuGraphInstantiateWithFlags", Call::kContext).refusal();
}

FAKE_API cuGraphLaunch(void *executable, void *stream) {
  Call call("cuGraphLaunch", Call::kContext);
  for (const Launch &launch : *static_cast<std::vector<Launch> *>(executable))
    run(launch);
  return call.refusal();
}

FAKE_API cuGraphDestroy(void *graph) {
  delete static_cast<std::vector<Launch> *>(graph);
  return Call("cuGraphDestroy", Call::kContext).refusal();
}
