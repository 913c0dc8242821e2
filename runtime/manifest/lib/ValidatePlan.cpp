//===- ValidatePlan.cpp - Check what an entry launches --------------------===//
//
// References from steps to kernels, tensors and letters, and that exactly one
// step of every `when` group runs.
//
//===----------------------------------------------------------------------===//

#include "Validate.h"

#include <algorithm>
#include <map>
#include <set>

namespace attn::manifest {
namespace {
constexpr int kDeepestExpr = 64;

/// What the driver encodes.
constexpr size_t kMostMapAxes = 5;
constexpr int64_t kMostBox = 256, kMostElementStride = 8;

/// One plan under check: what its names may refer to.
struct Scope {
  const Manifest &manifest;
  const Entry &entry;
  const std::vector<Axis> &letters;
  const Plan &plan;
  Report &report;

  bool isCpu() const { return plan.target == "cpu"; }
  std::optional<size_t> rankOf(const std::string &tensor) const;
  void checkExpr(const Expr &expr, const std::string &at, int depth = 0) const;
};

std::optional<size_t> Scope::rankOf(const std::string &tensor) const {
  if (const Tensor *found = findTensor(entry, tensor))
    return found->shape.size();
  for (const View &view : entry.views)
    if (view.name == tensor)
      return view.axes.size();
  for (const Buffer &buffer : plan.buffers)
    if (buffer.name == tensor)
      return buffer.shape.size();
  return std::nullopt;
}

void Scope::checkExpr(const Expr &expr, const std::string &at,
                      int depth) const {
  if (depth > kDeepestExpr) {
    report.expect(false, "an expression at most 64 levels deep", at, "more");
    return;
  }
  if (expr.kind == Expr::Kind::kLetter) {
    auto same = [&](const Axis &l) { return l.letter == expr.name; };
    report.expect(std::any_of(letters.begin(), letters.end(), same),
                  "a letter of entry " + quoted(entry.name), at,
                  quoted(expr.name));
  } else if (expr.kind == Expr::Kind::kLimit) {
    const char *limit = isCpu() ? "threads" : plan.target.empty() ? "" : "SM";
    report.expect(expr.name == limit,
                  *limit ? "the limit " + quoted(limit) : "no device limit", at,
                  quoted(expr.name));
  } else if (expr.kind != Expr::Kind::kConstant) {
    size_t arity = expr.kind == Expr::Kind::kNot ? 1 : 2;
    report.expect(expr.operands.size() == arity,
                  std::to_string(arity) + " operands", at,
                  std::to_string(expr.operands.size()));
  }
  for (const Expr &operand : expr.operands)
    checkExpr(operand, at, depth + 1);
}

bool isOneOf(const std::string &text, std::initializer_list<const char *> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

void checkRange(const std::vector<int64_t> &values, int64_t most,
                const std::string &at, Report &report) {
  for (size_t i = 0; i < values.size(); ++i)
    report.expect(values[i] >= 1 && values[i] <= most,
                  "1 to " + std::to_string(most), at + "/" + std::to_string(i),
                  std::to_string(values[i]));
}

/// \returns the axes of the descriptor that the grid makes of one.
size_t checkMapGrid(const Scope &scope, const TensorMap &map,
                    const std::string &at) {
  if (!map.grid)
    return 1;
  const std::vector<int64_t> &axes = map.axes;
  const MapGrid &grid = *map.grid;
  bool isOuter = !axes.empty() && std::find(axes.begin() + 1, axes.end(),
                                            grid.axis) != axes.end();
  scope.report.expect(isOuter, "one of 'axes' behind the first", at + "/axis",
                      std::to_string(grid.axis));
  scope.report.expect(grid.sizes.size() >= 2, "2 sizes or more", at + "/sizes",
                      std::to_string(grid.sizes.size()));
  for (size_t i = 0; i < grid.sizes.size(); ++i)
    scope.checkExpr(grid.sizes[i], at + "/sizes/" + std::to_string(i));
  return grid.sizes.size();
}

void checkTensorMap(const Scope &scope, const KernelArg &arg, size_t rank,
                    const std::string &at) {
  Report &report = scope.report;
  report.expect(!scope.isCpu(), "no tensor_map on target \"cpu\"", at + "/kind",
                "one");
  report.expect(arg.map.has_value(), "a map", at + "/map", "none");
  if (!arg.map)
    return;
  const TensorMap &map = *arg.map;
  std::set<int64_t> axes(map.axes.begin(), map.axes.end());
  bool fits = axes.size() == map.axes.size() && !axes.empty() &&
              *axes.rbegin() < int64_t(rank) && *axes.begin() >= 0;
  report.expect(fits, "distinct axes below " + std::to_string(rank),
                at + "/map/axes", std::to_string(map.axes.size()) + " axes");
  size_t parts = checkMapGrid(scope, map, at + "/map/grid");
  size_t most = kMostMapAxes + 1 - std::min(parts, kMostMapAxes);
  report.expect(map.axes.size() <= most,
                "at most " + std::to_string(most) + " axes", at + "/map/axes",
                std::to_string(map.axes.size()));
  report.expect(fits && map.axes[0] + 1 == int64_t(rank),
                "the tensor's last axis first, whose stride is 1",
                at + "/map/axes", std::to_string(fits ? map.axes[0] : -1));
  size_t all = map.axes.size() + parts - 1;
  report.expect(map.box.size() == all, "one extent per axis", at + "/map/box",
                std::to_string(map.box.size()));
  report.expect(map.elementStrides.size() == all, "one stride per axis",
                at + "/map/element_strides",
                std::to_string(map.elementStrides.size()));
  checkRange(map.box, kMostBox, at + "/map/box", report);
  checkRange(map.elementStrides, kMostElementStride,
             at + "/map/element_strides", report);
  report.expect(isOneOf(map.interleave, {"none", "16B", "32B"}),
                "\"none\", \"16B\" or \"32B\"", at + "/map/interleave",
                quoted(map.interleave));
  report.expect(isOneOf(map.swizzle, {"none", "32B", "64B", "128B"}),
                "\"none\", \"32B\", \"64B\" or \"128B\"", at + "/map/swizzle",
                quoted(map.swizzle));
  report.expect(isOneOf(map.l2Promotion, {"none", "64B", "128B", "256B"}),
                "\"none\", \"64B\", \"128B\" or \"256B\"",
                at + "/map/l2_promotion", quoted(map.l2Promotion));
  report.expect(isOneOf(map.oobFill, {"none", "nan_request_zero_fma"}),
                "\"none\" or \"nan_request_zero_fma\"", at + "/map/oob_fill",
                quoted(map.oobFill));
}

void checkArg(const Scope &scope, const KernelArg &arg, const std::string &at) {
  using Kind = KernelArg::Kind;
  scope.report.expect(arg.bytes == 8 || (arg.bytes == 4 && !scope.isCpu()),
                      scope.isCpu() ? "8 on target \"cpu\"" : "4 or 8",
                      at + "/bytes", std::to_string(arg.bytes));
  if (arg.kind == Kind::kScalar)
    return scope.checkExpr(arg.value, at + "/value");
  std::optional<size_t> rank = scope.rankOf(arg.tensor);
  scope.report.expect(rank.has_value(),
                      "an argument, result, view or buffer of entry " +
                          quoted(scope.entry.name),
                      at + "/tensor", quoted(arg.tensor));
  if (!rank)
    return;
  if (arg.kind == Kind::kSize || arg.kind == Kind::kStride)
    scope.report.expect(arg.axis >= 0 && arg.axis < int64_t(*rank),
                        "an axis below " + std::to_string(*rank) + " of " +
                            quoted(arg.tensor),
                        at + "/axis", std::to_string(arg.axis));
  if (arg.kind == Kind::kTensorMap)
    checkTensorMap(scope, arg, *rank, at);
}

void checkStep(const Scope &scope, size_t index, const std::string &base) {
  const Step &step = scope.plan.steps[index];
  Report &report = scope.report;
  const Kernel *kernel =
      findKernel(scope.manifest, scope.plan.target, step.kernel);
  report.expect(kernel != nullptr,
                "a kernel of target " + quoted(scope.plan.target),
                base + "/kernel", quoted(step.kernel));
  if (kernel)
    scope.checkExpr(kernel->scratchBytesPerThread, base + "/kernel");
  report.expect(step.grid.has_value() != scope.isCpu(),
                scope.isCpu() ? "no grid on target \"cpu\"" : "a grid",
                base + "/grid", scope.isCpu() ? "one" : "nothing");
  if (step.grid)
    for (size_t i = 0; i < 3; ++i)
      scope.checkExpr((*step.grid)[i], at(base, "grid", i));
  report.expect(step.arguments.size() <= kMostKernelArgs,
                "at most " + std::to_string(kMostKernelArgs) + " arguments",
                base + "/arguments", std::to_string(step.arguments.size()));
  for (size_t i = 0; i < step.arguments.size(); ++i)
    checkArg(scope, step.arguments[i], at(base, "arguments", i));
  for (size_t i = 0; i < step.dependsOn.size(); ++i)
    report.expect(step.dependsOn[i] >= 0 && step.dependsOn[i] < int64_t(index),
                  "an earlier step (below " + std::to_string(index) + ")",
                  at(base, "depends_on", i), std::to_string(step.dependsOn[i]));
  if (step.when) {
    report.expect(isName(step.when->group), "a name", base + "/when/group",
                  quoted(step.when->group));
    scope.checkExpr(step.when->condition, base + "/when/condition");
  }
  if (step.repeat)
    scope.checkExpr(*step.repeat, base + "/repeat");
  if (step.bytes)
    scope.checkExpr(*step.bytes, base + "/bytes");
  if (step.operations)
    scope.checkExpr(*step.operations, base + "/operations");
}

/// The letters and limits of an expression, and the values next to its
/// constants, where a comparison can change.
void collect(const Expr &expr, std::set<std::string> &names,
             std::set<int64_t> &values) {
  if (expr.isConstant())
    for (int64_t delta = -1; delta <= 1; ++delta) {
      int64_t value = 0;
      if (!__builtin_add_overflow(expr.value, delta, &value) && value >= 0 &&
          value <= kMostElements)
        values.insert(value);
    }
  if (expr.kind == Expr::Kind::kLetter || expr.kind == Expr::Kind::kLimit)
    names.insert(expr.name);
  for (const Expr &operand : expr.operands)
    collect(operand, names, values);
}

using Group = std::vector<const Expr *>;

/// Tries the conditions of a group at all combinations of critical values (the
/// first 2^14 of them). For comparisons of single letters with constants that
/// is a proof; the launch checks again for the sizes it has.
void checkGroup(const Scope &scope, const std::string &name, const Group &group,
                const std::string &pointer) {
  std::set<std::string> nameSet;
  std::set<int64_t> values = {0, 1, 2, kMostElements};
  for (const Expr *condition : group)
    collect(*condition, nameSet, values);
  std::vector<std::string> names(nameSet.begin(), nameSet.end());
  std::vector<std::vector<int64_t>> choices(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    choices[i].assign(values.begin(), values.end());
    for (const Axis &letter : scope.letters)
      if (letter.letter == names[i] && letter.size)
        choices[i] = {*letter.size};
  }
  std::vector<int64_t> point(names.size());
  for (size_t trial = 0; trial < (size_t(1) << 14); ++trial) {
    size_t rest = trial;
    for (size_t i = 0; i < names.size(); ++i) {
      point[i] = choices[i][rest % choices[i].size()];
      rest /= choices[i].size();
    }
    if (rest != 0)
      return;
    Bindings bindings{names.data(), point.data(), names.size(), {}, {}};
    for (size_t i = 0; i < names.size(); ++i)
      if (names[i] == "threads" || names[i] == "SM")
        bindings.threads = bindings.sm = std::max<int64_t>(point[i], 1);
    int64_t chosen = 0;
    for (const Expr *condition : group)
      chosen += evaluate(*condition, bindings).value_or(0) != 0;
    std::string where;
    for (size_t i = 0; i < names.size(); ++i)
      where +=
          (i ? ", " : " for ") + names[i] + " = " + std::to_string(point[i]);
    scope.report.expect(chosen == 1,
                        "exactly one step of group " + quoted(name) + " to run",
                        pointer, std::to_string(chosen) + where);
    if (scope.report.error)
      return;
  }
}
} // namespace

void validateChecks(const Manifest &manifest, const Entry &entry,
                    const std::vector<Axis> &letters,
                    const std::string &pointer, Report &report) {
  Plan none;
  Scope scope{manifest, entry, letters, none, report};
  for (size_t i = 0; i < entry.checks.size(); ++i)
    scope.checkExpr(entry.checks[i].condition,
                    at(pointer, "checks", i) + "/condition");
}

void validatePlan(const Manifest &manifest, const Entry &entry,
                  const std::vector<Axis> &letters, const Plan &plan,
                  const std::string &pointer, Report &report) {
  Scope scope{manifest, entry, letters, plan, report};
  report.expect(isTarget(plan.target), kTargetRule, pointer + "/target",
                quoted(plan.target));
  for (size_t i = 0; i < plan.buffers.size(); ++i) {
    const Buffer &buffer = plan.buffers[i];
    std::string place = at(pointer, "buffers", i);
    report.expect(isName(buffer.name), "a name", place + "/name",
                  quoted(buffer.name));
    bool taken = std::any_of(
        plan.buffers.begin(), plan.buffers.begin() + i,
        [&](const Buffer &other) { return other.name == buffer.name; });
    taken |= findTensor(entry, buffer.name) != nullptr;
    for (const View &view : entry.views)
      taken |= view.name == buffer.name;
    report.expect(!taken, "a name used once in the entry", place + "/name",
                  quoted(buffer.name) + " again");
    report.expect(buffer.shape.size() <= kMostAxes,
                  "at most " + std::to_string(kMostAxes) + " axes",
                  place + "/shape", std::to_string(buffer.shape.size()));
    for (size_t axis = 0; axis < buffer.shape.size(); ++axis)
      scope.checkExpr(buffer.shape[axis], at(place, "shape", axis));
  }
  report.expect(plan.buffers.size() <= kMostTensors,
                "at most " + std::to_string(kMostTensors) + " buffers",
                pointer + "/buffers", std::to_string(plan.buffers.size()));
  std::map<std::string, Group> groups;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    checkStep(scope, i, at(pointer, "steps", i));
    if (plan.steps[i].when)
      groups[plan.steps[i].when->group].push_back(
          &plan.steps[i].when->condition);
  }
  for (const auto &[name, group] : groups)
    if (!report.error)
      checkGroup(scope, name, group, pointer + "/steps");
}

} // namespace attn::manifest
