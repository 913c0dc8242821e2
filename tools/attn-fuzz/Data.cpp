//===- Data.cpp - Inputs of a random program ------------------------------===//

#include "Data.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace attn::fuzz {
namespace {

Layout drawLayout(Random &random) {
  return random.pick(
      {Layout::Dense, Layout::HeadsInside, Layout::Packed, Layout::Padded});
}

void fillIds(HostTensor &tensor, bool isSorted, Random &random) {
  int64_t length = std::max<int64_t>(tensor.getSizes().back(), 1), id = 0;
  int64_t documents = random.range(1, 6);
  for (int64_t n = 0; n < tensor.getCount(); ++n) {
    if (n % length == 0)
      id = random.range(-3, 3);
    if (isSorted)
      id += random.range(1, length) <= documents;
    else if (random.once(4))
      id = random.range(0, documents);
    tensor.set(n, static_cast<double>(id));
  }
}

/// Rectangles, some empty or beyond the lengths, of all types.
void fillSlices(const Spec &spec, HostTensor &tensor, Random &random) {
  for (int64_t n = 0; n < tensor.getCount(); n += 5) {
    auto setEnds = [&](int64_t at, int64_t length) {
      int64_t first = random.range(-3, length + 3);
      tensor.set(n + at, first);
      tensor.set(n + at + 1, first + random.range(-2, length + 2));
    };
    setEnds(0, spec.lq);
    setEnds(2, spec.lk);
    tensor.set(n + 4,
               random.once(8) ? -random.range(1, 9) : random.range(0, 4));
  }
}

int64_t drawNumber(const Spec &spec, Fill fill, Random &random) {
  if (fill == Fill::Marks)
    return random.once(2) ? 0 : random.pick<int64_t>({1, 1, 7, INT32_MAX});
  if (fill == Fill::Sizes)
    return random.pick<int64_t>({1, 5, 16, 64, 100, 128});
  int64_t near = random.range(0, random.once(2) ? 20 : spec.lk + 10);
  if (fill == Fill::Counts || random.once(2))
    return near;
  return random.pick<int64_t>({-1, -near, INT32_MIN, INT32_MIN + 1, INT32_MAX,
                               INT32_MAX - 1, near + 1});
}

} // namespace

void fill(const Spec &spec, const Argument &argument, HostTensor &tensor,
          Random &random) {
  if (argument.fill == Fill::Ids || argument.fill == Fill::SortedIds)
    return fillIds(tensor, argument.fill == Fill::SortedIds, random);
  if (argument.fill == Fill::Slices)
    return fillSlices(spec, tensor, random);
  bool isInteger = argument.dtype == ATTN_I32 || argument.dtype == ATTN_BOOL;
  for (int64_t n = 0; isInteger && n < tensor.getCount(); ++n)
    tensor.set(n, drawNumber(spec, argument.fill, random));
  if (isInteger)
    return;
  for (int64_t n = 0; n < tensor.getCount(); ++n)
    tensor.set(n, random.normal());
}

std::vector<reference::Tensor> Data::views() {
  std::vector<reference::Tensor> tensors;
  for (HostTensor &argument : arguments)
    tensors.push_back(argument.view());
  return tensors;
}

Data drawData(const Spec &spec, Random &random,
              llvm::ArrayRef<int64_t> alignments) {
  Data data;
  auto alignment = [&](size_t n) {
    return alignments.empty() ? 0 : alignments[n];
  };
  for (const Argument &argument : spec.arguments) {
    std::vector<int64_t> sizes;
    for (const Axis &axis : argument.shape)
      sizes.push_back(axis.size);
    data.arguments.emplace_back(argument.dtype, sizes, drawLayout(random),
                                alignment(data.arguments.size()));
    fill(spec, argument, data.arguments.back(), random);
  }
  data.results.emplace_back(
      spec.dtype, std::vector<int64_t>{spec.b, spec.hq, spec.lq, spec.dv},
      drawLayout(random), alignment(spec.arguments.size()));
  data.results.emplace_back(ATTN_F32,
                            std::vector<int64_t>{spec.b, spec.hq, spec.lq},
                            random.pick({Layout::Dense, Layout::Padded}),
                            alignment(spec.arguments.size() + 1));
  return data;
}

llvm::Expected<std::vector<std::vector<uint8_t>>>
getVisible(const Spec &spec, Data &data, const reference::Program &oracle) {
  std::vector<reference::Tensor> views = data.views();
  std::vector<std::vector<uint8_t>> visible;
  for (int64_t b = 0; b < spec.b; ++b)
    for (int64_t h = 0; h < spec.hq; ++h)
      for (int64_t i = 0; i < spec.lq; ++i) {
        auto row = oracle.visible(views, {0, 0, b, h, i});
        if (!row)
          return row.takeError();
        visible.push_back(std::move(*row));
      }
  return visible;
}

void copyColumns(const HostTensor &from, int64_t first, HostTensor &to,
                 int64_t place) {
  int64_t fromWidth = from.getSizes().back(), toWidth = to.getSizes().back();
  int64_t columns = std::min(fromWidth, toWidth);
  for (int64_t n = 0; columns && n < from.getCount() / fromWidth * columns;
       ++n) {
    int64_t row = n / columns, column = n % columns;
    to.set(row * toWidth + place + column,
           from.get(row * fromWidth + first + column));
  }
}

void fillVisibilityRound(const Spec &spec, Data &data,
                         const reference::VisibilityCodes &codes,
                         int64_t round) {
  for (size_t n = 0; n < 2; ++n)
    for (int64_t e = 0; e < data.arguments[n].getCount(); ++e)
      data.arguments[n].set(e, 0);
  HostTensor &v = data.arguments[2];
  for (int64_t e = 0; e < v.getCount(); ++e) {
    int64_t c = e % spec.dv, j = e / spec.dv % spec.lk;
    v.set(e, codes.getValue(round, 0, e / spec.dv / spec.lk, j, c));
  }
}

double judgeVisibilityRound(const Spec &spec, const Data &data,
                            const reference::VisibilityCodes &codes,
                            int64_t round,
                            const std::vector<std::vector<uint8_t>> &visible) {
  reference::Dtype type = spec.dtype == ATTN_F32   ? reference::Dtype::F32
                          : spec.dtype == ATTN_F16 ? reference::Dtype::F16
                                                   : reference::Dtype::BF16;
  double worst = 0;
  std::vector<double> out(spec.dv);
  int64_t rows = spec.b * spec.hq * spec.lq;
  for (int64_t row = 0; row < rows; ++row) {
    int64_t b = row / spec.lq / spec.hq, h = row / spec.lq % spec.hq;
    for (int64_t c = 0; c < spec.dv; ++c)
      out[c] = data.results[0].get(row * spec.dv + c);
    int64_t head = b * spec.hk + h / (spec.hq / spec.hk);
    double lse = data.results[1].get(row);
    worst = std::max(
        worst, reference::getVisibilityRatio(
                   codes, {round, {{head, visible[row]}}, out, lse, type, {}}));
  }
  return worst;
}

} // namespace attn::fuzz
