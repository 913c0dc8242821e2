//===- PlanProgram.cpp - An entry that runs a launch plan -----------------===//

#include "PlanProgram.h"

namespace attn::runtime {
using manifest::KernelArg;

//===----------------------------------------------------------------------===//
// Prepare
//===----------------------------------------------------------------------===//

std::string PlanProgram::targetNames() const {
  std::string names;
  for (const manifest::Plan &candidate : signature().entry->plans)
    names += (names.empty() ? "" : ", ") + candidate.target;
  return names.empty() ? "none" : names;
}

PlanArgument PlanProgram::resolve(const KernelArg &argument) const {
  const Signature &s = signature();
  for (size_t i = 0; i < plan->buffers.size(); ++i)
    if (plan->buffers[i].name == argument.tensor)
      return {&argument, s.tensorCount() + i, std::nullopt,
              plan->buffers[i].dtype, plan->buffers[i].shape.size()};
  for (size_t i = 0; i < s.tensorCount(); ++i)
    if (s.tensor(i).name == argument.tensor)
      return {&argument, i, std::nullopt, s.tensor(i).dtype,
              s.tensor(i).shape.size()};
  for (size_t i = 0; i < s.viewed.size(); ++i)
    if (s.entry->views[i].name == argument.tensor)
      return {&argument, s.viewed[i], i, s.tensor(s.viewed[i]).dtype,
              s.entry->views[i].axes.size()};
  PlanArgument unresolved;
  unresolved.argument = &argument;
  return unresolved;
}

void PlanProgram::resolveSteps() {
  for (const manifest::Step &step : plan->steps) {
    PlanStep resolved;
    resolved.step = &step;
    resolved.kernel =
        manifest::findKernel(artifact->manifest, plan->target, step.kernel);
    for (const KernelArg &argument : step.arguments)
      resolved.arguments.push_back(resolve(argument));
    steps.push_back(std::move(resolved));
  }
}

//===----------------------------------------------------------------------===//
// Launch
//===----------------------------------------------------------------------===//

TensorPlace locateTensor(const Call &call, const Layout &layout,
                         size_t tensor) {
  if (tensor < call.tensorCount) {
    const BoundTensor &bound = call.tensors[tensor];
    return {bound.data, bound.sizes, bound.strides};
  }
  const PlacedBuffer &buffer = layout.buffers[tensor - call.tensorCount];
  return {call.workspace + buffer.offset, buffer.sizes, buffer.strides};
}

namespace {
/// The most blocks of a grid, as CUDA has it.
constexpr int64_t kMostGrid[3] = {INT32_MAX, 65535, 65535};

AttnStatus checkWorkspace(const Call &call, const Layout &layout,
                          AttnMessage *message) {
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

AttnStatus evaluateExtent(StepLaunch &launch, AttnMessage *message) {
  const manifest::Bindings &bindings = *launch.bindings;
  const manifest::Step &step = *launch.step.step;
  for (int i = 0; step.grid && i < 3; ++i) {
    int64_t size = manifest::evaluate((*step.grid)[i], bindings).value_or(-1);
    if (size < 0 || size > kMostGrid[i])
      return fail(message, ATTN_CONTRACT,
                  "kernel '%s': its grid has %lld blocks on axis %d for these "
                  "sizes, expected 0 to %lld; use smaller sizes",
                  launch.name(), (long long)size, i, (long long)kMostGrid[i]);
    launch.grid[i] = size;
  }
  if (step.repeat)
    launch.times = manifest::evaluate(*step.repeat, bindings).value_or(-1);
  if (launch.times < 0)
    return fail(message, ATTN_CONTRACT,
                "kernel '%s': its repeat count overflows or is negative for "
                "these letters",
                launch.name());
  return ATTN_OK;
}

/// Of a pointer, size, stride or scalar; nothing on an overflow.
std::optional<int64_t> valueOf(const StepLaunch &launch,
                               const PlanArgument &resolved) {
  const KernelArg &argument = *resolved.argument;
  if (argument.kind == KernelArg::Kind::kScalar)
    return manifest::evaluate(argument.value, *launch.bindings);
  TensorPlace place = launch.locate(resolved);
  if (argument.kind == KernelArg::Kind::kSize)
    return place.sizes[argument.axis];
  if (argument.kind == KernelArg::Kind::kStride)
    return place.strides[argument.axis];
  return reinterpret_cast<int64_t>(place.data);
}

AttnStatus evaluateArguments(StepLaunch &launch, AttnMessage *message) {
  for (size_t i = 0; i < launch.step.arguments.size(); ++i) {
    const PlanArgument &resolved = launch.step.arguments[i];
    const KernelArg &argument = *resolved.argument;
    if (argument.kind == KernelArg::Kind::kTensorMap)
      continue;
    std::optional<int64_t> value = valueOf(launch, resolved);
    if (!value)
      return fail(message, ATTN_CONTRACT,
                  "kernel '%s': argument %zu overflows for these letters",
                  launch.name(), i);
    if (argument.bytes == 4 && *value != int32_t(*value))
      return fail(message, ATTN_CONTRACT,
                  "kernel '%s': argument %zu is %lld, which does not fit in "
                  "its 4 bytes; use smaller sizes or strides",
                  launch.name(), i, (long long)*value);
    launch.values[i] = *value;
  }
  return ATTN_OK;
}
} // namespace

AttnStatus PlanProgram::workspaceBytes(const int64_t *letters, size_t *bytes,
                                       AttnMessage *message) const {
  Layout layout;
  if (AttnStatus status =
          layOut(artifact->manifest, *plan, bind(letters), layout, message))
    return status;
  *bytes = size_t(layout.bytes);
  return ATTN_OK;
}

/// The manifest was checked at load, but only at chosen sizes.
AttnStatus PlanProgram::checkGroups(const manifest::Bindings &bindings,
                                    AttnMessage *message) const {
  for (const PlanStep &first : steps) {
    if (!first.step->when)
      continue;
    int64_t chosen = 0;
    for (const PlanStep &other : steps)
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

AttnStatus PlanProgram::walkStep(size_t index, const Call &call,
                                 const Layout &layout,
                                 const manifest::Bindings &bindings,
                                 LaunchState *state,
                                 AttnMessage *message) const {
  const manifest::Step &step = *steps[index].step;
  if (step.when &&
      !manifest::evaluate(step.when->condition, bindings).value_or(0))
    return ATTN_OK;
  StepLaunch launch(steps[index], call, layout, bindings);
  launch.state = state;
  if (AttnStatus status = evaluateExtent(launch, message))
    return status;
  if (!launch.grid[0] || !launch.grid[1] || !launch.grid[2])
    return ATTN_OK;
  if (AttnStatus status = evaluateArguments(launch, message))
    return status;
  return run(index, launch, message);
}

AttnStatus PlanProgram::launch(const Call &call, AttnMessage *message) const {
  manifest::Bindings bindings = bind(call.letters);
  Layout layout;
  if (AttnStatus status =
          layOut(artifact->manifest, *plan, bindings, layout, message))
    return status;
  if (AttnStatus status = checkWorkspace(call, layout, message))
    return status;
  if (AttnStatus status = checkGroups(bindings, message))
    return status;
  std::unique_ptr<LaunchState> state = begin(call, layout);
  for (size_t i = 0; i < steps.size(); ++i)
    if (AttnStatus status =
            walkStep(i, call, layout, bindings, state.get(), message))
      return status;
  return ATTN_OK;
}

} // namespace attn::runtime
