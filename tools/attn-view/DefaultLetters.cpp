//===- DefaultLetters.cpp - Letters that nobody gave a value --------------===//

#include "DefaultLetters.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Boundary.h"

using namespace mlir;

namespace attn::view {
namespace {

class DefaultFinder {
public:
  DefaultFinder(func::FuncOp function, int64_t tokens)
      : function(function), tokens(tokens) {}

  std::map<std::string, int64_t> find() {
    function.walk([&](AttendOp attend) {
      addTokens(attend.getQ(), isPacked(attend.getLengths()));
      for (Value value : attend.getStreams()) {
        auto stream = value.getDefiningOp<StreamOp>();
        addTokens(stream.getK(), isPacked(stream.getLengths()));
        addTokens(stream.getV(), isPacked(stream.getLengths()));
      }
    });
    function.walk([&](LengthsPackedOp op) { addOffsets(op->getOperand(0)); });
    return std::move(letters);
  }

private:
  /// The smallest of what the places of a letter say.
  void add(StringRef letter, int64_t size) {
    auto [it, isNew] = letters.try_emplace(letter.str(), size);
    it->second = std::min(it->second, size);
  }

  SmallVector<StringRef> getLettersOf(Value value) {
    // Views of arguments: what they look at comes first.
    while (Operation *op = value.getDefiningOp()) {
      if (op->getNumOperands() == 0)
        return {};
      value = op->getOperand(0);
    }
    return getLetters(function, cast<BlockArgument>(value).getArgNumber());
  }

  void addTokens(Value value, bool isPacked) {
    SmallVector<StringRef> axes = getLettersOf(value);
    unsigned first = isPacked ? 1 : 2;
    if (axes.size() < first + 2)
      return;
    for (StringRef letter : ArrayRef(axes).take_front(first))
      add(letter, 1);
    ArrayRef<StringRef> rest = ArrayRef(axes).drop_front(first).drop_back();
    int64_t side = 1;
    auto power = [&](int64_t base) {
      int64_t result = 1;
      for (size_t n = 0; n < rest.size(); ++n)
        result *= base;
      return result;
    };
    while (rest.size() > 0 && power(side + 1) <= tokens)
      ++side;
    for (StringRef letter : rest)
      add(letter, side);
  }

  void addOffsets(Value value) {
    for (StringRef letter : getLettersOf(value))
      add(letter, 2);
  }

  func::FuncOp function;
  int64_t tokens;
  std::map<std::string, int64_t> letters;
};

} // namespace

std::map<std::string, int64_t> getDefaultLetters(func::FuncOp function,
                                                 int64_t tokens) {
  return DefaultFinder(function, tokens).find();
}

} // namespace attn::view
