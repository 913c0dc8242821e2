//===- Report.cpp - What attn-inspect prints ------------------------------===//

#include "Report.h"

#include <nlohmann/json.hpp>

using json = nlohmann::ordered_json;

namespace attn::inspect {
namespace {
using manifest::Expr;

/// A number if it is one, else the expression as text, else null.
json sizeOf(const std::optional<Expr> &expr) {
  if (!expr)
    return json();
  return expr->isConstant() ? json(expr->value) : json(toString(*expr));
}

template <typename T>
json orNull(const std::optional<T> &value) {
  return value ? json(*value) : json();
}

json kernelReport(const manifest::Manifest &manifest,
                  const manifest::Kernel &kernel) {
  json bytes;
  for (const manifest::Image &image : manifest.images)
    if (kernel.image && image.file == *kernel.image)
      bytes = image.bytes;
  return json{{"name", kernel.name},
              {"arch", kernel.target},
              {"image", orNull(kernel.image)},
              {"ptx", orNull(kernel.ptx)},
              {"image_bytes", bytes},
              {"registers", orNull(kernel.registers)},
              {"shared_bytes", orNull(kernel.sharedBytes)},
              {"spill_bytes", orNull(kernel.spillBytes)},
              {"ptxas_remarks",
               kernel.target == "cpu" ? json() : json(kernel.ptxasRemarks)}};
}

json launchReport(const manifest::Manifest &manifest,
                  const manifest::Entry &entry, const manifest::Plan &plan,
                  const manifest::Step &step) {
  const manifest::Kernel *kernel =
      manifest::findKernel(manifest, plan.target, step.kernel);
  json grid;
  if (step.grid)
    grid = json::array({sizeOf((*step.grid)[0]), sizeOf((*step.grid)[1]),
                        sizeOf((*step.grid)[2])});
  json object{{"kernel", step.kernel},
              {"entry", entry.name},
              {"target", plan.target},
              {"grid", grid},
              {"block", kernel->block ? json(*kernel->block) : json()},
              {"bytes", sizeOf(step.bytes)},
              {"operations", sizeOf(step.operations)}};
  if (step.when)
    object["when"] = toString(step.when->condition);
  if (step.repeat)
    object["repeat"] = sizeOf(step.repeat);
  return object;
}

json reportOf(const manifest::Manifest &manifest) {
  json kernels = json::array(), launches = json::array();
  json workspace = json::object();
  for (const manifest::Kernel &kernel : manifest.kernels)
    kernels.push_back(kernelReport(manifest, kernel));
  for (const manifest::Entry &entry : manifest.entries)
    for (const manifest::Plan &plan : entry.plans) {
      for (const manifest::Step &step : plan.steps)
        launches.push_back(launchReport(manifest, entry, plan, step));
      workspace[entry.name][plan.target] =
          sizeOf(workspaceBytes(manifest, plan));
    }
  return json{
      {"kernels", kernels}, {"launches", launches}, {"workspace", workspace}};
}

/// Products and sums of constants are written as their value.
Expr folded(Expr expr) {
  for (const Expr &operand : expr.operands)
    if (!operand.isConstant())
      return expr;
  auto value = evaluate(expr, {});
  return value ? Expr::constant(*value) : expr;
}

Expr roundedUp(const Expr &bytes) {
  constexpr int64_t kAlignment = 64;
  Expr blocks = folded(ceilDiv(bytes, Expr::constant(kAlignment)));
  return folded(std::move(blocks) * Expr::constant(kAlignment));
}

bool isZero(const Expr &expr) { return expr.isConstant() && expr.value == 0; }

Expr sum(Expr lhs, Expr rhs) {
  if (isZero(lhs))
    return rhs;
  return isZero(rhs) ? lhs : folded(std::move(lhs) + std::move(rhs));
}

std::string cell(const json &value) {
  if (value.is_null())
    return "-";
  return value.is_string() ? value.get<std::string>() : value.dump();
}
} // namespace

Expr workspaceBytes(const manifest::Manifest &manifest,
                    const manifest::Plan &plan) {
  Expr total = Expr::constant(0);
  for (const manifest::Buffer &buffer : plan.buffers) {
    Expr bytes = Expr::constant(manifest::dtypeBytes(buffer.dtype));
    for (const Expr &size : buffer.shape)
      bytes = folded(std::move(bytes) * size);
    total = sum(std::move(total), roundedUp(bytes));
  }
  Expr scratch = Expr::constant(0);
  for (const manifest::Step &step : plan.steps) {
    const manifest::Kernel *kernel =
        manifest::findKernel(manifest, plan.target, step.kernel);
    const Expr &bytes = kernel->scratchBytesPerThread;
    if (!isZero(bytes))
      scratch =
          isZero(scratch) ? bytes : folded(maximum(std::move(scratch), bytes));
  }
  if (!isZero(scratch))
    scratch = Expr::limit("threads") * std::move(scratch);
  return sum(std::move(total), std::move(scratch));
}

std::string jsonReport(const manifest::Manifest &manifest) {
  return reportOf(manifest).dump(2) + "\n";
}

std::string textReport(const manifest::Manifest &manifest) {
  json report = reportOf(manifest);
  std::string text = "compiler: " + manifest.compiler.name + " " +
                     manifest.compiler.version + ", LLVM " +
                     manifest.compiler.llvm + "\nkernels:\n";
  for (const json &kernel : report["kernels"])
    text += "  " + cell(kernel["name"]) + ": " + cell(kernel["arch"]) +
            ", image " + cell(kernel["image"]) + " (" +
            cell(kernel["image_bytes"]) + " bytes), registers " +
            cell(kernel["registers"]) + ", shared bytes " +
            cell(kernel["shared_bytes"]) + ", spill bytes " +
            cell(kernel["spill_bytes"]) + "\n";
  text += "launches:\n";
  for (const json &launch : report["launches"])
    text += "  " + cell(launch["entry"]) + " (" + cell(launch["target"]) +
            "): " + cell(launch["kernel"]) + ", grid " + cell(launch["grid"]) +
            ", block " + cell(launch["block"]) + ", bytes " +
            cell(launch["bytes"]) + ", operations " +
            cell(launch["operations"]) + "\n";
  text += "workspace bytes:\n";
  for (const auto &entry : report["workspace"].items())
    for (const auto &target : entry.value().items())
      text += "  " + entry.key() + " (" + target.key() +
              "): " + cell(target.value()) + "\n";
  return text;
}

} // namespace attn::inspect
