//===- FoldSizes.cpp - Sizes of one fold at one launch --------------------===//

#include "FoldSizes.h"
#include "RegionCompiler.h"

#include "llvm/ADT/Twine.h"

using llvm::Twine;

namespace attn::reference {
namespace {

std::string text(llvm::ArrayRef<int64_t> sizes) {
  std::string result = "[";
  for (int64_t size : sizes)
    result += (result.size() > 1 ? ", " : "") + std::to_string(size);
  return result + "]";
}

/// Finds the sizes of a fold; every check has the location of its op.
class SizeFinder {
public:
  SizeFinder(const Fold &fold, llvm::ArrayRef<Tensor> values,
             llvm::ArrayRef<Tensor> arguments)
      : fold(fold), values(values), arguments(arguments) {}

  llvm::Expected<FoldSizes> find() {
    sizes.isPacked = fold.isPacked;
    if (llvm::Error error = findRows())
      return error;
    for (const Stream &stream : fold.streams)
      if (llvm::Error error = addStream(stream))
        return error;
    for (const State &state : fold.states)
      if (llvm::Error error = checkState(state))
        return error;
    if (llvm::Error error = checkSink())
      return error;
    findExistingRows();
    return std::move(sizes);
  }

private:
  /// Sequences of tensors whose batch axis, if not packed, has size `batch`.
  llvm::Expected<Sequences> readSequences(const Lengths &lengths, bool isPacked,
                                          int64_t batch, int64_t tokens) const {
    if (lengths.form == Lengths::Form::Full)
      return Sequences(lengths, arguments, isPacked, isPacked ? 1 : batch,
                       tokens);
    llvm::ArrayRef<int64_t> table = arguments[lengths.table].sizes;
    if (lengths.form == Lengths::Form::Packed) {
      if (table[0] >= 1)
        return Sequences(lengths, arguments, isPacked, table[0] - 1, tokens);
      return errorAt(*lengths.location,
                     "'attn.lengths.packed' op has offsets [0]; expected "
                     "[B + 1], 1 or more");
    }
    if (table[0] == batch)
      return Sequences(lengths, arguments, isPacked, batch, tokens);
    return errorAt(*lengths.location, "'attn.lengths.per_batch' op has table " +
                                          text(table) + "; expected [B] = [" +
                                          Twine(batch) + "]");
  }

  llvm::Error findRows() {
    unsigned value = fold.q ? *fold.q : fold.states.front().values;
    llvm::ArrayRef<int64_t> shape = values[value].sizes;
    llvm::ArrayRef<int64_t> rows = shape.take_back(3);
    sizes.hq = rows[0];
    sizes.tokens = rows[1];
    (fold.q ? sizes.d : sizes.dv) = rows[2];
    auto queries =
        readSequences(fold.lengths, fold.isPacked, shape[0], sizes.tokens);
    if (!queries)
      return queries.takeError();
    sizes.queries = std::move(*queries);
    sizes.b = sizes.queries.getCount();
    return llvm::Error::success();
  }

  llvm::Error addStream(const Stream &stream) {
    llvm::ArrayRef<int64_t> q = values[*fold.q].sizes,
                            k = values[stream.k].sizes,
                            v = values[stream.v].sizes;
    bool isPacked = stream.lengths.form == Lengths::Form::Packed;
    StreamSizes keys;
    keys.hk = k[k.size() - 3];
    keys.tokens = k[k.size() - 2];
    auto sequences = readSequences(stream.lengths, isPacked, k[0], keys.tokens);
    if (!sequences)
      return sequences.takeError();
    keys.keys = std::move(*sequences);
    if (k.drop_back() != v.drop_back() || k.back() != q.back() ||
        (!fold.isPacked && !isPacked && q[0] != k[0])) {
      auto letters = [](bool isPacked, const char *rest) {
        return (isPacked ? "[" : "[B, ") + std::string(rest) + "]";
      };
      return errorAt(
          fold.location,
          "'attn.attend' op has q " + text(q) + ", k " + text(k) + ", v " +
              text(v) + "; expected " +
              letters(fold.isPacked, fold.isPacked ? "Hq, T, D" : "Hq, Lq, D") +
              ", " + letters(isPacked, isPacked ? "Hk, T, D" : "Hk, Lk, D") +
              ", " + letters(isPacked, isPacked ? "Hk, T, Dv" : "Hk, Lk, Dv"));
    }
    sizes.dv = v.back();
    if (keys.keys.getCount() != sizes.b)
      return errorAt(fold.location,
                     "'attn.attend' op has q of " + Twine(sizes.b) +
                         " sequences and k of " + Twine(keys.keys.getCount()) +
                         "; expected one number, B");
    if (llvm::Error error = checkHeads(stream, keys.hk))
      return error;
    for (const MaskTable &table : stream.mask.tables)
      if (llvm::Error error = checkTable(table, keys.tokens))
        return error;
    sizes.streams.push_back(std::move(keys));
    return llvm::Error::success();
  }

  llvm::Error checkHeads(const Stream &stream, int64_t hk) const {
    if (!stream.heads) {
      if (hk == 0 ? sizes.hq == 0 : sizes.hq % hk == 0)
        return llvm::Error::success();
      return errorAt(fold.location, "'attn.attend' op has " + Twine(sizes.hq) +
                                        " query heads and " + Twine(hk) +
                                        " key heads; expected a multiple");
    }
    for (int64_t head : *stream.heads)
      if (head >= hk)
        return errorAt(stream.location, "'attn.stream' op maps to key head " +
                                            Twine(head) + " of " + Twine(hk) +
                                            "; expected a head below Hk");
    return llvm::Error::success();
  }

  llvm::Error checkTable(const MaskTable &table, int64_t keys) const {
    auto sizeOf = [&](TableAxis axis) {
      switch (axis) {
      case TableAxis::Batch:
        return sizes.b;
      case TableAxis::QueryHead:
        return sizes.hq;
      case TableAxis::Query:
        return sizes.tokens;
      case TableAxis::Key:
        return keys;
      }
      llvm_unreachable("unknown axis");
    };
    auto expected = llvm::map_to_vector(table.rule.axes, sizeOf);
    llvm::ArrayRef<int64_t> found = arguments[table.argument].sizes;
    bool isLegal = found.size() == expected.size();
    for (size_t n = 0; n < found.size() && isLegal; ++n)
      isLegal = table.rule.allows(n, found[n], expected[n]);
    if (isLegal)
      return llvm::Error::success();
    for (size_t n = 0; n < expected.size(); ++n)
      if (int64_t block = table.rule.getBlock(n))
        expected[n] = llvm::divideCeilSigned(expected[n], block);
    return errorAt(table.location, "'" + Twine(table.op) + "' op has " +
                                       table.rule.name + " " + text(found) +
                                       "; expected " + getLetters(table.rule) +
                                       " = " + text(expected));
  }

  llvm::Error checkState(const State &state) const {
    auto vectors = sizes.getShape(true), numbers = sizes.getShape(false);
    auto has = [&](unsigned value, llvm::ArrayRef<int64_t> shape) {
      return llvm::ArrayRef<int64_t>(values[value].sizes) == shape;
    };
    if (has(state.values, vectors) && has(state.logit, numbers) &&
        (!state.sum || has(*state.sum, numbers)))
      return llvm::Error::success();
    llvm::ArrayRef<int64_t> logit = values[state.logit].sizes;
    std::string found = state.sum
                            ? "m " + text(logit) + ", l " +
                                  text(values[*state.sum].sizes) + ", acc "
                            : "lse " + text(logit) + ", out ";
    return errorAt(state.location, "'attn.state' op has " + found +
                                       text(values[state.values].sizes) +
                                       "; expected " + text(numbers) + " and " +
                                       text(vectors) + " as the '" +
                                       Twine(fold.name) + "' that takes it");
  }

  llvm::Error checkSink() const {
    if (!fold.sink)
      return llvm::Error::success();
    llvm::ArrayRef<int64_t> sink = values[*fold.sink].sizes;
    if (sink == llvm::ArrayRef<int64_t>(sizes.hq))
      return llvm::Error::success();
    return errorAt(fold.location, "'attn.attend' op has sink " + text(sink) +
                                      "; expected [Hq] = [" + Twine(sizes.hq) +
                                      "]");
  }

  void findExistingRows() {
    for (int64_t b = 0; b < sizes.b; ++b)
      sizes.rows.push_back({0, sizes.queries.getLength(b)});
    for (const Lengths &lengths : fold.operandLengths) {
      // Tables of other folds were checked there.
      bool isPacked = lengths.form == Lengths::Form::Packed;
      int64_t batch =
          isPacked ? arguments[lengths.table].sizes[0] - 1 : sizes.b;
      Sequences other(lengths, arguments, isPacked, batch, sizes.tokens);
      for (int64_t b = 0; b < sizes.b; ++b) {
        TokenRange range = sizes.queries.intersect(b, other);
        TokenRange &rows = sizes.rows[b];
        rows.begin = std::max(rows.begin, range.begin);
        rows.end = std::max(rows.begin, std::min(rows.end, range.end));
      }
    }
  }

  const Fold &fold;
  llvm::ArrayRef<Tensor> values, arguments;
  FoldSizes sizes;
};

} // namespace

int64_t FoldSizes::getRowCount() const {
  int64_t count = 0;
  for (const TokenRange &range : rows)
    count += range.size();
  return count * hq;
}

llvm::SmallVector<int64_t> FoldSizes::getShape(bool hasChannels) const {
  llvm::SmallVector<int64_t> shape;
  if (!isPacked)
    shape.push_back(b);
  shape.append({hq, tokens});
  if (hasChannels)
    shape.push_back(dv);
  return shape;
}

int64_t getKeyHead(const Stream &stream, const FoldSizes &sizes,
                   const StreamSizes &streamSizes, int64_t h) {
  return stream.heads ? (*stream.heads)[h]
                      : h / (sizes.hq / streamSizes.hk); // h / G
}

llvm::Expected<FoldSizes> getSizes(const Fold &fold,
                                   llvm::ArrayRef<Tensor> values,
                                   llvm::ArrayRef<Tensor> arguments) {
  return SizeFinder(fold, values, arguments).find();
}

} // namespace attn::reference
