//===- ProgramData.h - Inputs of a random program ---------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNFUZZ_PROGRAMDATA_H
#define ATTN_TOOLS_ATTNFUZZ_PROGRAMDATA_H

#include "Data.h"
#include "ProgramSpec.h"

namespace attn::fuzz {

/// Tokens of one sequence: [begin, begin + size) of the token axis.
struct Sequence {
  int64_t begin, size;
};

/// Which keys each row sees: of stream `g` of the program, row (b, h, i).
class VisibleKeys {
public:
  static llvm::Expected<VisibleKeys> create(const ProgramSpec &spec, Data &data,
                                            const reference::Program &oracle);

  /// One byte per key of the sequence.
  llvm::ArrayRef<uint8_t> get(size_t g, int64_t b, int64_t h, int64_t i) const {
    return rows[g][b][h * sequences[b].size + i];
  }
  llvm::ArrayRef<Sequence> getQueries() const { return sequences; }
  llvm::ArrayRef<Sequence> getKeys(size_t g) const { return keys[g]; }

private:
  std::vector<Sequence> sequences;
  std::vector<std::vector<Sequence>> keys;                          ///< [g][b]
  std::vector<std::vector<std::vector<std::vector<uint8_t>>>> rows; ///< [g][b]
};

/// Draws values and layouts; memory and tokens of nobody hold NaN.
/// \param alignments of the memory, in bytes: arguments, then results; none
/// for that of the elements.
Data drawData(const ProgramSpec &spec, Random &random,
              llvm::ArrayRef<int64_t> alignments = {});

/// The sequences of an axis; offsets and lengths are clamped as their ops say.
std::vector<Sequence> getSequences(const ProgramSpec &spec,
                                   const TokenAxis &axis, const Data &data);

/// The element (b, h, token of the sequence, channel) of a tensor with a row
/// per token, of `heads` heads and `channels` channels.
struct RowPlace {
  const TokenAxis &axis;
  int64_t heads, channels;
  int64_t position(int64_t b, const Sequence &sequence, int64_t h, int64_t i,
                   int64_t c) const {
    int64_t first = axis.form == Form::Packed ? h : b * heads + h;
    return ((first * axis.tokens) + sequence.begin + i) * channels + c;
  }
};

/// Puts NaN and infinities into keys that no row sees, and, sometimes, where
/// they must show.
void poison(const ProgramSpec &spec, Data &data, Random &random,
            const VisibleKeys &visible);

/// An error if a row of no sequence was written.
llvm::Error checkUnownedRows(const ProgramSpec &spec, const Data &data);

/// q = 0, score tables 0, states of no key, sinks -inf, values the codes.
void fillVisibilityRound(const ProgramSpec &spec, Data &data,
                         const reference::VisibilityCodes &codes,
                         int64_t round);

/// Streams of the program, in order, with their folds.
struct StreamOfFold {
  unsigned fold, stream;
};
std::vector<StreamOfFold> getStreams(const ProgramSpec &spec);

/// One stream of codes per stream of the program.
reference::VisibilityCodes getCodes(const ProgramSpec &spec);

/// The largest ratio of the results of a round: out and lse of every fold whose
/// out is a result, and its state.
double judgeVisibilityRound(const ProgramSpec &spec, const Data &data,
                            const reference::VisibilityCodes &codes,
                            int64_t round, const VisibleKeys &visible);

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_PROGRAMDATA_H
