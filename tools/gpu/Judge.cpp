//===- Judge.cpp - Results against what a pack expects --------------------===//

#include "Judge.h"
#include "Failure.h"

#include <cmath>
#include <cstring>

namespace attn::pack {
namespace {
using run::HostTensor;

/// Element of a floating-point tensor.
double load(const HostTensor &tensor, int64_t index) {
  const char *data = tensor.bytes.data();
  uint16_t half = 0;
  float single = 0;
  switch (tensor.dtype) {
  case ATTN_F32:
    std::memcpy(&single, data + 4 * index, 4);
    return single;
  case ATTN_BF16:
    std::memcpy(&half, data + 2 * index, 2);
    return run::fromBF16(half);
  case ATTN_F16: {
    _Float16 value;
    std::memcpy(&value, data + 2 * index, 2);
    return double(value);
  }
  default:
    throw run::RunError("result '" + tensor.name + "' is no f16, bf16 or f32");
  }
}

void store(HostTensor &tensor, int64_t index, float value) {
  char *data = tensor.bytes.data();
  if (tensor.dtype == ATTN_F32)
    return void(std::memcpy(data + 4 * index, &value, 4));
  uint16_t bits =
      tensor.dtype == ATTN_BF16 ? run::toBF16(value) : run::toF16(value);
  std::memcpy(data + 2 * index, &bits, 2);
}

/// Error / bound; equal infinities agree, NaN agrees with NaN only.
double ratioOf(double found, double wanted, double bound) {
  if (std::isnan(wanted) || std::isnan(found))
    return std::isnan(wanted) && std::isnan(found) ? 0 : INFINITY;
  if (found == wanted)
    return 0;
  double error = std::fabs(found - wanted);
  return bound > 0 ? error / bound : INFINITY;
}

std::string placeText(uint32_t b, int64_t h, int64_t i) {
  return "b " + std::to_string(b) + ", h " + std::to_string(h) + ", i " +
         std::to_string(i);
}

void take(double ratio, double &worst, std::string &where,
          const std::string &place) {
  if (!(ratio > worst))
    return;
  worst = ratio;
  where = place;
}

const HostTensor &find(const std::vector<HostTensor> &tensors,
                       const std::string &name) {
  for (const HostTensor &tensor : tensors)
    if (tensor.name == name)
      return tensor;
  throw run::RunError("the program has no tensor '" + name + "'");
}

std::string half(const char *name, double ratio, const std::string &where) {
  if (ratio <= 1)
    return std::string(name) + " within the bound";
  char number[40];
  std::snprintf(number, sizeof number, "%.3g", ratio);
  return std::string(name) + " is " + number + " bounds off at " + where;
}
} // namespace

std::string Ratios::text() const {
  return half("o", out, outWhere) + "; " + half("lse", lse, lseWhere);
}

Ratios judgeValues(const Expected &expected,
                   const std::vector<HostTensor> &results) {
  const HostTensor &o = find(results, "o"), &lse = find(results, "lse");
  Ratios ratios;
  // [B, Hq, Lq, Dv], or packed [Hq, T, Dv] with b 0.
  const int64_t *sizes = &o.sizes[o.sizes.size() - 3];
  for (const ValueRow &row : expected.values) {
    int64_t at = (int64_t(row.b) * sizes[0] + row.h) * sizes[1] + row.i;
    std::string place = placeText(row.b, row.h, row.i);
    for (size_t c = 0; c < row.out.size(); ++c)
      take(ratioOf(load(o, at * sizes[2] + int64_t(c)), row.out[c],
                   row.outBound),
           ratios.out, ratios.outWhere, place);
    take(ratioOf(load(lse, at), row.lse, row.lseBound), ratios.lse,
         ratios.lseWhere, place);
  }
  return ratios;
}

std::vector<Codes> fillCodes(const Case &which,
                             std::vector<HostTensor> &inputs) {
  auto &q = const_cast<HostTensor &>(find(inputs, "q"));
  auto &v = const_cast<HostTensor &>(find(inputs, "v"));
  std::memset(q.bytes.data(), 0, q.bytes.size());
  std::vector<Codes> all;
  for (int64_t head = 0; head < which.b * which.hk; ++head) {
    all.emplace_back(which.seed, head, which.lk, v.sizes[3]);
    for (int64_t j = 0; j < which.lk; ++j)
      for (int64_t c = 0; c < v.sizes[3]; ++c)
        store(v, (head * which.lk + j) * v.sizes[3] + c,
              all.back().value(j, c));
  }
  return all;
}

Ratios judgeCodes(const Case &which, const Expected &expected,
                  const std::vector<Codes> &codes,
                  const std::vector<HostTensor> &results) {
  const HostTensor &o = find(results, "o"), &lse = find(results, "lse");
  double rounding = roundingOf(which.dtype);
  int64_t columns = o.sizes[3];
  Ratios ratios;
  for (int64_t row = 0; row < which.b * which.hk * which.lq; ++row) {
    int64_t head = row / which.lq, i = row % which.lq, b = head / which.hk;
    CodeRow wanted =
        codeRow(codes[size_t(head)], expected.visible[size_t(b * which.lq + i)],
                columns, rounding);
    int64_t group = which.hq / which.hk;
    for (int64_t g = 0; g < group; ++g) {
      int64_t h = head % which.hk * group + g;
      int64_t at = (b * which.hq + h) * which.lq + i;
      std::string place = placeText(uint32_t(b), h, i);
      for (int64_t c = 0; c < columns; ++c)
        take(ratioOf(load(o, at * columns + c), wanted.out[size_t(c)],
                     wanted.outBound),
             ratios.out, ratios.outWhere, place);
      take(ratioOf(load(lse, at), wanted.lse, wanted.lseBound), ratios.lse,
           ratios.lseWhere, place);
    }
  }
  return ratios;
}

} // namespace attn::pack
