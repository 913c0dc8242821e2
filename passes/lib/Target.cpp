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
// codegen/RATIONALE.md, "cpu: 48 queries by 32 keys". Narrow masks have small
// tiles, one AVX-512 vector of queries. Rows are found through layouts. Short
// queries: 16 rows, and 64 tasks, so that two threads to 64 have about equal
// shares.
constexpr Limit kCpuLimits[] = {
    {"key_tile", 32},       {"query_tile", 48},       {"reads_in_place", 1},
    {"small_key_tile", 16}, {"small_query_tile", 16}, {"split_keys", 256},
    {"split_rows", 16},     {"split_tasks", 64},      {"writes_in_place", 1}};

// Hopper. A CTA is one producer and a consumer warpgroup per 64 rows. Tiles by
// head sizes: what leaves both rings two stages in 227 KiB of shared memory,
// and logits, weights and output in the registers of a thread without spills:
// codegen/lib/NVVM/README.md, "The forward kernel".
// Boxes are those of cuTensorMapEncodeTiled: five axes, of which D, heads and
// batch leave two for a grid; the 128-byte swizzle repeats after eight rows.
constexpr Limit kSm90aLimits[] = {{"barriers", 16},
                                  {"box_axes", 2},
                                  {"box_elements", 256},
                                  {"box_rows", 8},
                                  {"box_stride", 8},
                                  {"consumer_registers", 240},
                                  {"head_size", 256},
                                  {"key_tile", 64},
                                  {"key_tile_d128", 128},
                                  {"key_tile_d192", 96},
                                  {"key_tile_d192_v128", 128},
                                  {"key_tile_plain_d128", 176},
                                  {"key_tile_plain_d192", 112},
                                  {"key_tile_plain_d192_v128", 128},
                                  {"key_tile_plain_d256", 80},
                                  {"key_tile_plain_d64", 192},
                                  {"key_tile_plain_d96", 192},
                                  {"merge_rows", 4},
                                  {"producer_registers", 24},
                                  {"producer_registers_boxes", 40},
                                  {"producer_registers_wide", 56},
                                  {"query_tile", 128},
                                  {"registers", 65536},
                                  {"shared_bytes", 232448},
                                  {"stages", 2},
                                  {"threads", 1024},
                                  {"tma_columns", 8},
                                  {"turn_head_size", 128},
                                  {"writes_in_place", 1}};

constexpr TargetRow kTargets[] = {{"cpu", kCpuLimits},
                                  {"sm_90a", kSm90aLimits}};

constexpr StringLiteral kNames[] = {"cpu", "sm_90a"};

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

namespace {

struct HeadSizes {
  int64_t d, dv;
};

/// What `<N>` or `<N>_v<M>` at the end of a limit's name stands for.
std::optional<HeadSizes> parseSizes(StringRef text) {
  auto [first, second] = text.split("_v");
  HeadSizes sizes;
  if (first.getAsInteger(10, sizes.d))
    return std::nullopt;
  if (second.empty())
    sizes.dv = sizes.d;
  else if (second.getAsInteger(10, sizes.dv))
    return std::nullopt;
  return sizes;
}

/// The limit `prefix` of the smallest sizes that are `wanted` or more.
std::optional<int64_t> getLimitBySizes(TargetAttr target, StringRef prefix,
                                       HeadSizes wanted) {
  std::optional<int64_t> best;
  HeadSizes bound = {0, 0};
  for (NamedAttribute limit : target.getLimits()) {
    StringRef name = limit.getName();
    if (!name.consume_front(prefix))
      continue;
    std::optional<HeadSizes> sizes = parseSizes(name);
    if (!sizes || sizes->d < wanted.d || sizes->dv < wanted.dv)
      continue;
    if (!best ||
        std::pair(sizes->d, sizes->dv) < std::pair(bound.d, bound.dv)) {
      bound = *sizes;
      best = cast<IntegerAttr>(limit.getValue()).getInt();
    }
  }
  return best;
}

} // namespace

int64_t getKeyTile(TargetAttr target, int64_t headSize, int64_t valueSize,
                   bool isPlain) {
  HeadSizes sizes = {headSize, valueSize};
  std::optional<int64_t> key;
  if (isPlain)
    key = getLimitBySizes(target, "key_tile_plain_d", sizes);
  if (!key)
    key = getLimitBySizes(target, "key_tile_d", sizes);
  if (!key)
    key = getLimit(target, "key_tile");
  return key.value_or(0);
}

bool loadsByTma(TargetAttr target, int64_t headSize, int64_t valueSize) {
  std::optional<int64_t> columns = getLimit(target, "tma_columns");
  return columns && headSize % *columns == 0 && valueSize % *columns == 0;
}

std::optional<BoxLimits> getBoxLimits(TargetAttr target, bool isStore) {
  std::optional<int64_t> rows = getLimit(target, "box_rows"),
                         axes = getLimit(target, "box_axes"),
                         elements = getLimit(target, "box_elements"),
                         stride = getLimit(target, "box_stride");
  if (!rows || !axes || !elements || !stride)
    return std::nullopt;
  return BoxLimits{*rows, *axes, *elements, isStore ? 1 : *stride};
}

int64_t getLaunchRegisters(TargetAttr target, int64_t threads) {
  return getLimit(target, "registers").value_or(0) / threads / 8 * 8;
}

} // namespace attn
