//===- Target.cpp - Targets as data ---------------------------------------===//

#include "attn/passes/Target.h"

using namespace mlir;

namespace attn {
namespace {

struct Limit {
  StringLiteral key;
  int64_t value;
};

struct TargetRow {
  StringLiteral name;
  ArrayRef<Limit> limits;
};

// Tile sizes of the CPU. 48 queries are three AVX-512 vectors or six AVX2
// vectors of f32 (two groups of three); a tile of 32 keys keeps the logits (6
// KiB) and the accumulator in the first-level cache. Reasons and measurements:
// codegen/README.md, "CPU tile sizes".
constexpr Limit kCpuLimits[] = {{"key_tile", 32}, {"query_tile", 48}};

constexpr TargetRow kTargets[] = {{"cpu", kCpuLimits}};

constexpr StringLiteral kNames[] = {"cpu"};

} // namespace

ArrayRef<StringLiteral> getTargetNames() { return kNames; }

TargetAttr getTarget(MLIRContext *context, StringRef name) {
  for (const TargetRow &row : kTargets) {
    if (row.name != name)
      continue;
    Builder builder(context);
    SmallVector<NamedAttribute> limits;
    for (const Limit &limit : row.limits)
      limits.push_back(builder.getNamedAttr(
          limit.key, builder.getI64IntegerAttr(limit.value)));
    return TargetAttr::get(context, row.name,
                           builder.getDictionaryAttr(limits));
  }
  return {};
}

TargetAttr getTarget(ModuleOp module) {
  return module->getAttrOfType<TargetAttr>(kTargetAttr);
}

std::optional<int64_t> getLimit(TargetAttr target, StringRef key) {
  if (auto value = target.getLimits().getAs<IntegerAttr>(key))
    return value.getInt();
  return std::nullopt;
}

} // namespace attn
