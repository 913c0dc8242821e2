//===- PlantTest.cpp - Faults that the checks must see --------------------===//
//
// A test is trusted after it failed for the right reason. Here a plain f32
// implementation computes a causal program with grouped heads; each fault is
// planted in it and both checks have to notice: the row bound on random inputs
// and the visibility codes.
//
//===----------------------------------------------------------------------===//

#include "Data.h"
#include "Session.h"
#include "Tests.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mlir;

namespace attn::fuzz {
namespace {

enum class Fault {
  None,
  DroppedKey, ///< One key in the middle of what a late row sees.
  ExtraKey,   ///< Causal off by one: the next key too.
  DoubledKey,
  HeadMap,     ///< Query head h reads key head h mod Hk.
  NoRescale,   ///< A new maximum leaves the sums as they were.
  LaterMaximum ///< The maximum of the first tile stays.
};

struct FaultCase {
  Fault fault;
  const char *name;
  bool showsInCodes; ///< With all logits 0 there is no other maximum.
};
constexpr FaultCase kFaults[] = {
    {Fault::None, "none", false},
    {Fault::DroppedKey, "dropped key", true},
    {Fault::ExtraKey, "causal off by one", true},
    {Fault::DoubledKey, "doubled key", true},
    {Fault::HeadMap, "wrong head map", true},
    {Fault::NoRescale, "sums not rescaled", false},
    {Fault::LaterMaximum, "maximum of the first tile only", false}};

constexpr int64_t kTile = 32; ///< Keys folded under one maximum.

/// Keys that row `i` folds, with the fault. Only one late row has it: a check
/// must see a single wrong row.
std::vector<int64_t> keysOf(const std::vector<std::vector<uint8_t>> &visible,
                            const Spec &spec, int64_t i, Fault fault) {
  bool isHit = i == spec.lq - 2;
  const std::vector<uint8_t> &row =
      visible[isHit && fault == Fault::ExtraKey ? i + 1 : i];
  std::vector<int64_t> keys;
  for (int64_t j = 0; j < spec.lk; ++j)
    if (row[j])
      keys.push_back(j);
  auto middle = keys.begin() + static_cast<int64_t>(keys.size()) / 2;
  if (isHit && fault == Fault::DroppedKey)
    keys.erase(middle);
  if (isHit && fault == Fault::DoubledKey)
    keys.insert(middle, *middle);
  return keys;
}

/// q, k and v as f32.
struct PlainInputs {
  std::vector<float> q, k, v;

  explicit PlainInputs(const Data &data)
      : q(load(data.arguments[0])), k(load(data.arguments[1])),
        v(load(data.arguments[2])) {}

  static std::vector<float> load(const HostTensor &tensor) {
    std::vector<float> values(tensor.getCount());
    for (int64_t n = 0; n < tensor.getCount(); ++n)
      values[n] = static_cast<float>(tensor.get(n));
    return values;
  }
};

/// Online softmax in f32, one row of batch 0.
class PlainRow {
public:
  PlainRow(const Spec &spec, const PlainInputs &inputs, Fault fault)
      : spec(spec), inputs(inputs), fault(fault), out(spec.dv) {}

  void fold(int64_t h, int64_t i, const std::vector<int64_t> &keys,
            Data &data) {
    int64_t hk =
        fault == Fault::HeadMap ? h % spec.hk : h / (spec.hq / spec.hk);
    for (size_t first = 0; first < keys.size(); first += kTile)
      foldTile(h, hk, i,
               llvm::ArrayRef(keys).slice(
                   first, std::min<size_t>(kTile, keys.size() - first)));
    HostTensor &o = data.results[0], &lse = data.results[1];
    for (int64_t c = 0; c < spec.dv; ++c)
      o.set(o.position({0, h, i, c}), out[c] / sum);
    lse.set(lse.position({0, h, i}), maximum + std::log(sum));
  }

private:
  float logit(int64_t h, int64_t hk, int64_t i, int64_t j) {
    const float *query = inputs.q.data() + (h * spec.lq + i) * spec.d;
    const float *key = inputs.k.data() + (hk * spec.lk + j) * spec.d;
    float dot = 0;
    for (int64_t d = 0; d < spec.d; ++d)
      dot += query[d] * key[d];
    return dot / std::sqrt(static_cast<float>(spec.d));
  }

  void foldTile(int64_t h, int64_t hk, int64_t i,
                llvm::ArrayRef<int64_t> keys) {
    std::vector<float> logits;
    for (int64_t j : keys)
      logits.push_back(logit(h, hk, i, j));
    float larger = std::max(maximum, *llvm::max_element(logits));
    if (fault == Fault::LaterMaximum && sum > 0)
      larger = maximum;
    float factor = fault == Fault::NoRescale ? 1 : std::exp(maximum - larger);
    // The first tile has nothing to rescale.
    factor = sum > 0 ? factor : 0;
    // Weights of a maximum that stayed behind overflow where exp is clamped.
    auto weigh = [&](float x) { return std::exp(std::min(x - larger, 0.0f)); };
    sum *= factor;
    for (float &value : out)
      value *= factor;
    for (size_t n = 0; n < keys.size(); ++n) {
      float weight = weigh(logits[n]);
      sum += weight;
      const float *value = inputs.v.data() + (hk * spec.lk + keys[n]) * spec.dv;
      for (int64_t c = 0; c < spec.dv; ++c)
        out[c] += weight * value[c];
    }
    maximum = larger;
  }

  const Spec &spec;
  const PlainInputs &inputs;
  Fault fault;
  std::vector<float> out;
  float maximum = -INFINITY, sum = 0;
};

void computePlain(const Spec &spec, Data &data, Fault fault,
                  const std::vector<std::vector<uint8_t>> &visible) {
  PlainInputs inputs(data);
  for (int64_t h = 0; h < spec.hq; ++h)
    for (int64_t i = 0; i < spec.lq; ++i)
      PlainRow(spec, inputs, fault)
          .fold(h, i, keysOf(visible, spec, i, fault), data);
}

Spec makeSpec(AttnDtype dtype) {
  Spec spec;
  spec.seed = 1;
  spec.dtype = dtype;
  spec.b = 1;
  spec.hq = 4;
  spec.hk = 2;
  spec.lq = 8; // late rows, whose outputs are small
  spec.lk = 2000;
  spec.d = 32;
  spec.dv = 32;
  spec.sameLength = false;
  spec.isStatic = spec.dynamicHeads = false;
  spec.mask = MaskNode{MaskNode::Causal};
  addTensors(spec);
  return spec;
}

/// Runs every fault on one type; returns how many a check missed.
llvm::Expected<int> plantAll(Session &session, AttnDtype dtype,
                             const char *typeName) {
  Spec spec = makeSpec(dtype);
  auto module = session.parse(printProgram(spec));
  if (!module)
    return module.takeError();
  auto compiled = session.compile(**module, "reference");
  if (!compiled)
    return compiled.takeError();
  int missed = 0;
  for (const FaultCase &c : kFaults) {
    Random random(2);
    Data data = drawData(spec, random);
    auto visible = getVisible(spec, data, *(*compiled)->oracle);
    if (!visible)
      return visible.takeError();
    computePlain(spec, data, c.fault, *visible);
    auto ratios = (*compiled)->check(data.arguments, data.results);
    if (!ratios)
      return ratios.takeError();
    reference::VisibilityCodes codes{{spec.lk}, spec.dv};
    double seen = 0;
    for (int64_t round = 0; round < codes.getRounds(); ++round) {
      fillVisibilityRound(spec, data, codes, round);
      computePlain(spec, data, c.fault, *visible);
      seen = std::max(seen,
                      judgeVisibilityRound(spec, data, codes, round, *visible));
    }
    bool isGood =
        c.fault == Fault::None
            ? (*ratios)[0] <= 1 && (*ratios)[1] <= 1 && seen <= 1
            : !((*ratios)[0] <= 1) && (!c.showsInCodes || seen >= 100);
    missed += !isGood;
    llvm::outs() << typeName << ", " << c.name << ": out "
                 << llvm::format("%.3g", (*ratios)[0]) << ", lse "
                 << llvm::format("%.3g", (*ratios)[1]) << ", codes "
                 << llvm::format("%.3g", seen) << (isGood ? "" : " MISSED")
                 << "\n";
  }
  return missed;
}

//===----------------------------------------------------------------------===//
// One key of a row, by how many bounds
//===----------------------------------------------------------------------===//

/// The row that sees keys `counts[j]` times each, exactly rounded.
double judgeCounts(const reference::VisibilityCodes &codes, int64_t round,
                   const std::vector<uint8_t> &visible,
                   const std::vector<int> &counts, AttnDtype dtype,
                   reference::Dtype type, bool withLse) {
  double n = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::vector<double> out(codes.dv);
  for (int64_t j = 0; j < codes.keys.front(); ++j)
    for (int64_t c = 0; counts[j] && c < codes.dv; ++c)
      if (float code = codes.getValue(round, 0, 0, j, c))
        out[c] += counts[j] * code;
  HostTensor rounded(dtype, {codes.dv}, Layout::Dense);
  for (int64_t c = 0; c < codes.dv; ++c) {
    rounded.set(c, n ? out[c] / n : 0);
    out[c] = rounded.get(c);
  }
  std::optional<double> lse;
  if (withLse)
    lse = static_cast<float>(std::log(n));
  return reference::getVisibilityRatio(
      codes, {round, {{0, visible}}, out, lse, type, {}});
}

bool showsKey(const reference::VisibilityCodes &codes, int64_t round,
              int64_t j) {
  for (int64_t c = 0; c < codes.dv; ++c)
    if (codes.getValue(round, 0, 0, j, c) != 0)
      return true;
  return false;
}

/// The least ratio over keys of a row of `n` of `keys`: lost, extra, doubled.
void measureKeys(AttnDtype dtype, reference::Dtype type, int64_t keys,
                 int64_t n, double least[3]) {
  Random random(n);
  reference::VisibilityCodes codes{{keys}, 64};
  std::vector<uint8_t> visible(keys);
  std::vector<int64_t> order(keys);
  for (int64_t j = 0; j < keys; ++j)
    std::swap(order[j] = j, order[random.range(0, j)]);
  for (int64_t m = 0; m < n; ++m)
    visible[order[m]] = 1;
  for (int trial = 0; trial < 8; ++trial) {
    int64_t lost = order[random.range(0, n - 1)];
    int64_t extra = order[random.range(std::min(n, keys - 1), keys - 1)];
    const int64_t keyOf[] = {lost, extra, lost};
    for (int kind = 0; kind < 3; ++kind) {
      std::vector<int> counts(visible.begin(), visible.end());
      int64_t j = keyOf[kind];
      if (kind == 1 && visible[j])
        continue; // every key is visible: none is extra
      counts[j] = kind == 0 ? 0 : kind == 1 ? 1 : 2;
      int64_t round = 0;
      while (!showsKey(codes, round, j))
        ++round;
      least[kind] = std::min(least[kind],
                             judgeCounts(codes, round, visible, counts, dtype,
                                         type, /*withLse=*/kind != 0));
    }
  }
}

int measureCodes() {
  struct Type {
    const char *name;
    AttnDtype dtype;
    reference::Dtype type;
  };
  int missed = 0;
  for (const Type &type : {Type{"f32", ATTN_F32, reference::Dtype::F32},
                           Type{"f16", ATTN_F16, reference::Dtype::F16},
                           Type{"bf16", ATTN_BF16, reference::Dtype::BF16}}) {
    double least[3] = {HUGE_VAL, HUGE_VAL, HUGE_VAL};
    for (int64_t n : {1, 2, 3, 5, 17, 64, 100, 777, 1009, 2048, 4095, 4096})
      measureKeys(type.dtype, type.type, 4096, n, least);
    bool isGood = least[0] >= 100 && least[1] >= 100 && least[2] >= 100;
    missed += !isGood;
    llvm::outs() << type.name << ", least error / bound of one key: lost "
                 << llvm::format("%.3g", least[0]) << ", with lse: extra "
                 << llvm::format("%.3g", least[1]) << ", doubled "
                 << llvm::format("%.3g", least[2]) << (isGood ? "" : " MISSED")
                 << "\n";
  }
  return missed;
}

} // namespace

int runPlants() {
  std::unique_ptr<Session> session = Session::create();
  if (!session)
    return 1;
  int missed = measureCodes();
  for (auto [dtype, name] :
       {std::pair(ATTN_F32, "f32"), std::pair(ATTN_F16, "f16"),
        std::pair(ATTN_BF16, "bf16")}) {
    llvm::Expected<int> result = plantAll(*session, dtype, name);
    if (!result) {
      llvm::errs() << "attn-fuzz: error: " << llvm::toString(result.takeError())
                   << "\n";
      return 1;
    }
    missed += *result;
  }
  llvm::outs() << missed << " missed\n";
  return missed > 0;
}

} // namespace attn::fuzz
