//===- Attend.cpp - Sizes and visible pairs of one attend -----------------===//

#include "Attend.h"
#include "RegionCompiler.h"

#include "llvm/ADT/Twine.h"

#include <numeric>

using llvm::Twine;

namespace attn::reference {
namespace {

std::string text(llvm::ArrayRef<int64_t> sizes) {
  std::string result = "[";
  for (int64_t size : sizes)
    result += (result.size() > 1 ? ", " : "") + std::to_string(size);
  return result + "]";
}

llvm::Error checkTable(const MaskTable &table, const FoldSizes &sizes,
                       const Tensor &tensor) {
  const int64_t expected[] = {sizes.b, table.isQueries ? sizes.lq : sizes.lk};
  if (llvm::ArrayRef<int64_t>(expected) ==
      llvm::ArrayRef<int64_t>(tensor.sizes))
    return llvm::Error::success();
  return errorAt(table.location,
                 Twine("'attn.mask.document' op has ") +
                     (table.isQueries ? "query ids " : "key ids ") +
                     text(tensor.sizes) + "; expected " +
                     (table.isQueries ? "[B, Lq]" : "[B, Lk]") + " = " +
                     text(expected));
}

} // namespace

llvm::Expected<FoldSizes> getSizes(const Attend &attend,
                                   llvm::ArrayRef<Tensor> values,
                                   llvm::ArrayRef<Tensor> arguments) {
  llvm::ArrayRef<int64_t> q = values[attend.q].sizes,
                          k = values[attend.k].sizes,
                          v = values[attend.v].sizes;
  bool agree =
      q[0] == k[0] && k.take_front(3) == v.take_front(3) && q[3] == k[3];
  if (!agree)
    return errorAt(attend.location,
                   "'attn.attend' op has q " + text(q) + ", k " + text(k) +
                       ", v " + text(v) +
                       "; expected [B, Hq, Lq, D], [B, Hk, Lk, D], "
                       "[B, Hk, Lk, Dv]");
  if (k[1] == 0 ? q[1] != 0 : q[1] % k[1] != 0)
    return errorAt(attend.location, "'attn.attend' op has " + Twine(q[1]) +
                                        " query heads and " + Twine(k[1]) +
                                        " key heads; expected a multiple");
  FoldSizes sizes{q[0], q[1], k[1], q[2], k[2], q[3], v[3]};
  for (const MaskTable &table : attend.maskTables)
    if (llvm::Error error = checkTable(table, sizes, arguments[table.argument]))
      return error;
  return sizes;
}

double countPairs(const Attend &attend, const FoldSizes &sizes,
                  llvm::ArrayRef<Tensor> arguments, const Host &host) {
  std::vector<std::vector<uint8_t>> rows(host.threads);
  std::vector<int64_t> sums(host.threads);
  host.forEach(sizes.b * sizes.lq, [&](int64_t row, int64_t worker) {
    std::vector<uint8_t> &visible = rows[worker];
    visible.resize(sizes.lk);
    attend.mask({arguments, row / sizes.lq, row % sizes.lq, sizes.lq, sizes.lk},
                visible.data());
    sums[worker] += std::accumulate(visible.begin(), visible.end(), int64_t(0));
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

} // namespace attn::reference
