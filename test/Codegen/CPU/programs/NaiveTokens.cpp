//===- NaiveTokens.cpp - Whose tokens are whose ---------------------------===//

#include "NaiveTokens.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Tile/Tile.h"

#include <cstring>
#include <limits>

using namespace mlir;
using namespace attn;
using namespace attn::test;

std::vector<int64_t> NaiveTokens::at(int64_t head, int64_t i,
                                     std::optional<int64_t> d) const {
  std::vector<int64_t> index;
  if (!isPacked)
    index.push_back(batch);
  index.push_back(head);
  index.push_back(first + i);
  if (d)
    index.push_back(*d);
  return index;
}

NaiveTokens attn::test::tokensOf(Value lengths, const Tensor &tensor,
                                 int64_t batch, const TensorMap &tensors) {
  bool packed = isPacked(lengths);
  int64_t size = tensor.sizes[packed ? 1 : 2];
  if (!lengths)
    return {packed, batch, 0, size};
  Tensor table = tensors.lookup(getLengthsTable(lengths));
  auto clamp = [&](int64_t n) {
    return std::min(std::max<int64_t>(n, 0), size);
  };
  if (!packed)
    return {packed, batch, 0, clamp(table.get({batch}))};
  int64_t first = 0;
  for (int64_t n = 0; n <= batch; ++n)
    first = std::max(first, clamp(table.get({n})));
  int64_t end = std::max(first, clamp(table.get({batch + 1})));
  return {packed, batch, first, end - first};
}

int64_t attn::test::countSequences(Value lengths, const Tensor &tensor,
                                   const TensorMap &tensors) {
  if (!isPacked(lengths))
    return tensor.sizes[0];
  return tensors.lookup(getLengthsTable(lengths)).sizes[0] - 1;
}

void attn::test::fillLengths(func::FuncOp function, const TensorMap &tensors,
                             bool isWild) {
  std::mt19937 random(3);
  // The length axis of some tensor whose tokens the table counts.
  llvm::MapVector<Value, int64_t> limits;
  auto note = [&](Value lengths, Value tensor) {
    if (lengths)
      limits[getLengthsTable(lengths)] =
          tensors.lookup(tensor).sizes[isPacked(lengths) ? 1 : 2];
  };
  function.walk([&](tile::FoldOp fold) {
    note(fold.getLengths(), fold.getQ());
    for (Value stream : fold.getStreams())
      note(getStreamOperands(stream)->lengths, getStreamOperands(stream)->k);
  });
  function.walk([&](Operation *op) {
    if (!isa<LengthsPerBatchOp, LengthsPackedOp>(op))
      return;
    int64_t limit = limits.lookup(op->getOperand(0));
    const Tensor &table = tensors.find(op->getOperand(0))->second;
    int64_t beyond = isWild ? limit / 2 + 5 : 0;
    std::uniform_int_distribution<int64_t> any(-beyond, limit + beyond);
    std::vector<int64_t> numbers;
    for (int64_t n = 0; n < table.sizes[0]; ++n)
      numbers.push_back(any(random));
    bool isLong = numbers.size() > 100;
    if (isa<LengthsPackedOp>(op) && (!isWild || isLong))
      llvm::sort(numbers);
    // A long run that an offset before it raises; the last one does not lie in
    // it.
    for (size_t n = numbers.size() / 3;
         isWild && isLong && n + 1 < numbers.size(); ++n)
      numbers[n] /= 100;
    if (isa<LengthsPerBatchOp>(op) && numbers.size() > 1) {
      numbers[0] = limit;
      numbers[1] = 0;
    }
    for (auto [n, number] : llvm::enumerate(numbers))
      table.set({static_cast<int64_t>(n)}, number);
  });
}

namespace {

/// Which tokens of each tensor some op owns, [batch][token] or [token].
class Ownership {
public:
  Ownership(func::FuncOp function, const TensorMap &tensors)
      : tensors(tensors) {
    function.walk([&](tile::FoldOp fold) {
      Value lengths = fold.getLengths();
      own(fold.getQ(), lengths);
      for (Value result : fold->getResults())
        if (result != fold.getParts())
          own(result, lengths);
      for (Value stream : fold.getStreams()) {
        StreamOperands keys = *getStreamOperands(stream);
        own(keys.k, keys.lengths);
        own(keys.v, keys.lengths);
      }
      for (Value state : fold.getStates())
        for (Value part : state.getDefiningOp<StateOp>().getParts())
          own(part, lengths);
    });
    function.walk([&](tile::MergeOp merge) {
      for (Value state : merge.getStates())
        for (Value part : state.getDefiningOp<StateOp>().getParts())
          ownAll(part);
    });
  }

  /// Calls `body` with every element in a token of nobody.
  void forEachUnowned(llvm::function_ref<void(Value, ArrayRef<int64_t>)> body) {
    for (auto &[value, tokens] : owned) {
      const Tensor &tensor = tensors.find(value)->second;
      unsigned axis = lengthAxis.lookup(value);
      forEachIndex(tensor.sizes, [&, value = value,
                                  &tokens = tokens](ArrayRef<int64_t> index) {
        int64_t row = axis == 1 ? 0 : index[0];
        if (!tokens.contains({row, index[axis]}))
          body(value, index);
      });
    }
  }

private:
  void own(Value tensor, Value lengths) {
    const Tensor &memory = tensors.find(tensor)->second;
    auto &tokens = owned[tensor];
    lengthAxis[tensor] = isPacked(lengths) ? 1 : 2;
    for (int64_t b = 0; b < countSequences(lengths, memory, tensors); ++b) {
      NaiveTokens of = tokensOf(lengths, memory, b, tensors);
      for (int64_t i = of.first; i < of.first + of.length; ++i)
        tokens.insert({of.isPacked ? 0 : b, i});
    }
  }

  void ownAll(Value tensor) {
    owned.erase(tensor);
    lengthAxis.erase(tensor);
  }

  const TensorMap &tensors;
  llvm::MapVector<Value, llvm::DenseSet<std::pair<int64_t, int64_t>>> owned;
  llvm::DenseMap<Value, unsigned> lengthAxis;
};

} // namespace

void attn::test::poisonUnowned(func::FuncOp function,
                               const TensorMap &tensors) {
  Ownership(function, tensors)
      .forEachUnowned([&](Value value, ArrayRef<int64_t> index) {
        if (isa<BlockArgument>(value))
          tensors.find(value)->second.set(
              index, std::numeric_limits<double>::quiet_NaN());
      });
}

int64_t attn::test::countStrayWrites(func::FuncOp function,
                                     const TensorMap &tensors) {
  int64_t count = 0;
  Ownership(function, tensors)
      .forEachUnowned([&](Value value, ArrayRef<int64_t> index) {
        const Tensor &tensor = tensors.find(value)->second;
        if (!value.getDefiningOp())
          return;
        const char *from = tensor.at(index);
        for (int64_t n = 0; n < tensor.elementBytes(); ++n)
          if (from[n] != '\xff') {
            ++count;
            return;
          }
      });
  return count;
}
