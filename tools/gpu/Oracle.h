//===- Oracle.h - The reference as attn-pack asks it ------------*- C++ -*-===//
//
// No MLIR in sight: its side is built without exceptions, the rest of attn-pack
// with them. Functions return an error text, empty if all is well.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_GPU_ORACLE_H
#define ATTN_TOOLS_GPU_ORACLE_H

#include "PackFile.h"

#include "attn-c/AttnRuntime.h"

#include <functional>
#include <memory>

namespace attn::pack {

class Oracle {
public:
  /// Lines on our version, LLVM and ptxas.
  static std::string version();
  /// Reads a .mlir file.
  static std::unique_ptr<Oracle> load(const std::string &path,
                                      std::string &error);
  ~Oracle();

  /// Rows `rowsOfHead(b, h)` of every head, in order.
  std::string
  rows(const std::vector<AttnTensor> &arguments,
       const std::function<std::vector<int64_t>(int64_t, int64_t)> &rowsOfHead,
       std::vector<ValueRow> &rows) const;

  /// The keys that every row sees, by b * Lq + i. Nothing if the heads of a
  /// batch see different keys.
  std::string visible(const std::vector<AttnTensor> &arguments, int64_t batches,
                      int64_t heads, int64_t queries,
                      std::vector<std::vector<KeyRange>> &visible) const;

  std::string count(const std::vector<AttnTensor> &arguments, double &pairs,
                    double &operations) const;

private:
  struct Implementation;
  explicit Oracle(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace attn::pack

#endif // ATTN_TOOLS_GPU_ORACLE_H
