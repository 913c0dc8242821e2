//===- Launch.cpp - Run an entry on device sim ----------------------------===//
//
// The same launch plan as on a GPU: sizes evaluated, tensor maps encoded, then
// one grid after the other. Results are there when it returns.
//
//===----------------------------------------------------------------------===//

#include "Encode.h"
#include "SimProgram.h"

namespace attn::runtime::sim {
namespace {
using manifest::KernelArg;

/// Where an argument's tensor lies in this call.
struct Place {
  Place(const ArgSource &arg, const Call &call, const Layout &layout) {
    if (arg.tensor < call.tensorCount) {
      const BoundTensor &tensor = call.tensors[arg.tensor];
      data = tensor.data;
      sizes = tensor.sizes;
      strides = tensor.strides;
      return;
    }
    const PlacedBuffer &buffer = layout.buffers[arg.tensor - call.tensorCount];
    data = call.workspace + buffer.offset;
    sizes = buffer.sizes;
    strides = buffer.strides;
  }

  char *data;
  const int64_t *sizes, *strides;
};

/// The arguments of one launch, as cuLaunchKernel takes them. Little endian
/// makes an i64 serve an i32.
class Parameters {
public:
  explicit Parameters(size_t count) : maps(count), values(count) {
    pointers.reserve(count);
  }

  AttnStatus add(const ArgSource &arg, const Place *place,
                 const manifest::Bindings &bindings, const char *kernel,
                 AttnMessage *message) {
    const KernelArg &argument = *arg.argument;
    size_t index = pointers.size();
    pointers.push_back(&values[index]);
    switch (argument.kind) {
    case KernelArg::Kind::kScalar: {
      auto value = manifest::evaluate(argument.value, bindings);
      if (!value)
        return fail(message, ATTN_CONTRACT,
                    "kernel '%s': argument %zu overflows for these letters",
                    kernel, index);
      values[index] = *value;
      return ATTN_OK;
    }
    case KernelArg::Kind::kPointer:
      values[index] = reinterpret_cast<int64_t>(place->data);
      return ATTN_OK;
    case KernelArg::Kind::kSize:
      values[index] = place->sizes[argument.axis];
      return ATTN_OK;
    case KernelArg::Kind::kStride:
      values[index] = place->strides[argument.axis];
      return ATTN_OK;
    case KernelArg::Kind::kTensorMap:
      pointers[index] = &maps[index];
      maps[index] = arg.map;
      return placeTensorMap(*argument.map, argument.tensor.c_str(), place->data,
                            place->sizes, place->strides, maps[index], message);
    }
    return ATTN_OK;
  }

  void *const *get() const { return pointers.data(); }

private:
  std::vector<AttnSimTensorMap> maps;
  std::vector<int64_t> values;
  std::vector<void *> pointers;
};
} // namespace

manifest::Bindings SimProgram::bind(const int64_t *letters) const {
  manifest::Bindings bindings = signature().bind(letters, 1);
  bindings.sm = kMultiprocessors;
  return bindings;
}

AttnStatus SimProgram::workspaceBytes(const int64_t *letters, size_t *bytes,
                                      AttnMessage *message) const {
  Layout layout;
  if (AttnStatus status =
          layOut(artifact->manifest, *plan, bind(letters), layout, message))
    return status;
  *bytes = size_t(layout.bytes);
  return ATTN_OK;
}

AttnStatus SimProgram::checkWorkspace(const Call &call, const Layout &layout,
                                      AttnMessage *message) const {
  if (layout.bytes && !call.workspace)
    return fail(message, ATTN_CONTRACT,
                "the workspace is null, expected %lld bytes",
                (long long)layout.bytes);
  if (call.workspaceBytes < size_t(layout.bytes))
    return fail(message, ATTN_CONTRACT,
                "the workspace has %zu bytes, expected at least %lld",
                call.workspaceBytes, (long long)layout.bytes);
  if (reinterpret_cast<uintptr_t>(call.workspace) % 64)
    return fail(message, ATTN_CONTRACT,
                "the workspace at %p is not a multiple of 64 bytes",
                static_cast<void *>(call.workspace));
  return ATTN_OK;
}

/// The manifest was checked at load, but only at chosen sizes.
AttnStatus SimProgram::checkGroups(const manifest::Bindings &bindings,
                                   AttnMessage *message) const {
  for (const ResolvedStep &first : steps) {
    if (!first.step->when)
      continue;
    int64_t chosen = 0;
    for (const ResolvedStep &other : steps)
      if (other.step->when &&
          other.step->when->group == first.step->when->group)
        chosen += manifest::evaluate(other.step->when->condition, bindings)
                      .value_or(0) != 0;
    if (chosen != 1)
      return fail(message, ATTN_INVALID_ARTIFACT,
                  "expected exactly one step of group '%s' to run for these "
                  "sizes but found %lld",
                  first.step->when->group.c_str(), (long long)chosen);
  }
  return ATTN_OK;
}

AttnStatus SimProgram::runStep(const ResolvedStep &resolved, const Call &call,
                               const Layout &layout,
                               const manifest::Bindings &bindings,
                               AttnMessage *message) const {
  const manifest::Step &step = *resolved.step;
  if (step.when &&
      !manifest::evaluate(step.when->condition, bindings).value_or(0))
    return ATTN_OK;
  KernelLaunch launch = resolved.launch;
  constexpr int64_t kMostGrid[3] = {INT32_MAX, 65535, 65535};
  for (int i = 0; i < 3; ++i) {
    int64_t size = manifest::evaluate((*step.grid)[i], bindings).value_or(-1);
    if (size < 0 || size > kMostGrid[i])
      return fail(message, ATTN_CONTRACT,
                  "kernel '%s': its grid has %lld blocks on axis %d for these "
                  "sizes, expected 0 to %lld; use smaller sizes",
                  launch.name, (long long)size, i, (long long)kMostGrid[i]);
    launch.grid[i] = uint32_t(size);
  }
  int64_t times = 1;
  if (step.repeat)
    times = manifest::evaluate(*step.repeat, bindings).value_or(-1);
  if (times < 0)
    return fail(message, ATTN_CONTRACT,
                "kernel '%s': its repeat count overflows or is negative for "
                "these letters",
                launch.name);
  Parameters parameters(resolved.arguments.size());
  for (const ArgSource &arg : resolved.arguments) {
    Place place(arg, call, layout);
    if (AttnStatus status =
            parameters.add(arg, &place, bindings, launch.name, message))
      return status;
  }
  launch.arguments = parameters.get();
  launch.seed = call.scheduleSeed;
  for (int64_t i = 0; i < times; ++i)
    if (AttnStatus status = runGrid(*runtime, pool, launch, message))
      return status;
  return ATTN_OK;
}

AttnStatus SimProgram::launch(const Call &call, AttnMessage *message) const {
  manifest::Bindings bindings = bind(call.letters);
  Layout layout;
  if (AttnStatus status =
          layOut(artifact->manifest, *plan, bindings, layout, message))
    return status;
  if (AttnStatus status = checkWorkspace(call, layout, message))
    return status;
  if (AttnStatus status = checkGroups(bindings, message))
    return status;
  for (const ResolvedStep &step : steps)
    if (AttnStatus status = runStep(step, call, layout, bindings, message))
      return status;
  return ATTN_OK;
}

} // namespace attn::runtime::sim
