//===- Mask.cpp - Masks as bytes of a row ---------------------------------===//

#include "Mask.h"
#include "Number.h"
#include "RegionCompiler.h"

#include "attn/dialect/Attn/Attn.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace mlir;

namespace attn::reference {
namespace {

class MaskCompiler {
public:
  explicit MaskCompiler(llvm::SmallVectorImpl<MaskTable> &tables)
      : tables(tables) {}

  llvm::Expected<MaskFunction> compile(Value value) {
    Operation *op = value.getDefiningOp();
    if (auto causal = dyn_cast_or_null<MaskCausalOp>(op))
      return makeCausal(causal.getOffset());
    if (auto window = dyn_cast_or_null<MaskWindowOp>(op))
      return makeWindow(window.getLeft(), window.getRight());
    if (auto document = dyn_cast_or_null<MaskDocumentOp>(op))
      return makeDocument(document);
    if (isa_and_nonnull<MaskAndOp, MaskOrOp, MaskNotOp>(op))
      return makeConnective(op);
    return errorAt(
        value.getLoc(),
        "the reference does not evaluate this mask; expected causal, "
        "window, document, and, or, not");
  }

private:
  /// j <= i + Lk - Lq + offset
  static MaskFunction makeCausal(int64_t offset) {
    return [=](const MaskRow &row, uint8_t *visible) {
      int64_t last = row.i + row.keys - row.queries + offset;
      for (int64_t j = 0; j < row.keys; ++j)
        visible[j] = j <= last;
      return std::string();
    };
  }

  /// p - left <= j <= p + right, p = i + Lk - Lq
  static MaskFunction makeWindow(std::optional<int64_t> left,
                                 std::optional<int64_t> right) {
    return [=](const MaskRow &row, uint8_t *visible) {
      int64_t p = row.i + row.keys - row.queries;
      int64_t first = left ? p - *left : 0;
      int64_t last = right ? p + *right : row.keys;
      for (int64_t j = 0; j < row.keys; ++j)
        visible[j] = first <= j && j <= last;
      return std::string();
    };
  }

  /// queryIds[b, i] == keyIds[b, j]
  llvm::Expected<MaskFunction> makeDocument(MaskDocumentOp op) {
    for (Value table : op->getOperands())
      if (!isa<BlockArgument>(table))
        return errorAt(op.getLoc(),
                       "'attn.mask.document' op expects tables that "
                       "are arguments of the function");
    unsigned queryIds = cast<BlockArgument>(op.getQueryIds()).getArgNumber();
    unsigned keyIds = cast<BlockArgument>(op.getKeyIds()).getArgNumber();
    tables.push_back({queryIds, true, op.getLoc()});
    tables.push_back({keyIds, false, op.getLoc()});
    return [=](const MaskRow &row, uint8_t *visible) {
      const Tensor &queries = row.arguments[queryIds];
      const Tensor &keys = row.arguments[keyIds];
      auto id = loadInteger(queries, getOffset(queries, {row.b, row.i}));
      const auto *ids =
          static_cast<const int32_t *>(keys.data) + getOffset(keys, {row.b});
      for (int64_t j = 0; j < row.keys; ++j)
        visible[j] = ids[j * keys.strides[1]] == id;
      return std::string();
    };
  }

  llvm::Expected<MaskFunction> makeConnective(Operation *op) {
    std::vector<MaskFunction> operands;
    for (Value operand : op->getOperands()) {
      llvm::Expected<MaskFunction> mask = compile(operand);
      if (!mask)
        return mask.takeError();
      operands.push_back(std::move(*mask));
    }
    bool isAnd = isa<MaskAndOp>(op), isNot = isa<MaskNotOp>(op);
    return [=](const MaskRow &row, uint8_t *visible) {
      std::string error = operands[0](row, visible);
      for (int64_t j = 0; isNot && j < row.keys; ++j)
        visible[j] = !visible[j];
      std::vector<uint8_t> other(row.keys);
      for (size_t n = 1; n < operands.size() && error.empty(); ++n) {
        error = operands[n](row, other.data());
        for (int64_t j = 0; j < row.keys; ++j)
          visible[j] = isAnd ? visible[j] & other[j] : visible[j] | other[j];
      }
      return error;
    };
  }

  llvm::SmallVectorImpl<MaskTable> &tables;
};

} // namespace

llvm::Expected<Mask> compileMask(Value value) {
  Mask mask;
  if (!value) {
    mask.evaluate = [](const MaskRow &row, uint8_t *visible) {
      std::fill_n(visible, row.keys, 1);
      return std::string();
    };
    return mask;
  }
  llvm::Expected<MaskFunction> function =
      MaskCompiler(mask.tables).compile(value);
  if (!function)
    return function.takeError();
  mask.evaluate = std::move(*function);
  return mask;
}

} // namespace attn::reference
