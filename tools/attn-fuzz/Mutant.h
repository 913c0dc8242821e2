//===- Mutant.h - Damaged files, from a seed --------------------*- C++ -*-===//
//
// A mutant is one to eight random edits of a file: bytes flipped, runs removed,
// repeated, moved or taken from another file, numbers exchanged for extreme
// ones, the end cut off. The same seed gives the same bytes everywhere. Plain
// C++: the fuzzers of the compiler and of the runtime share it.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNFUZZ_MUTANT_H
#define ATTN_TOOLS_ATTNFUZZ_MUTANT_H

#include "Random.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace attn::fuzz {

/// Edits a copy of one of several files.
class Mutant {
public:
  /// \param corpus at least one file; mutant `seed` is made from file
  /// `seed % corpus.size()`, and takes runs from all of them.
  Mutant(uint64_t seed, const std::vector<std::string> &corpus)
      : random(seed), corpus(corpus),
        bytes(corpus[static_cast<size_t>(seed % corpus.size())]) {
    for (int64_t edits = random.once(2) ? 1 : random.range(2, 8); edits > 0;
         --edits)
      edit();
  }

  const std::string &text() const { return bytes; }

private:
  size_t place(size_t end) {
    return static_cast<size_t>(random.range(0, static_cast<int64_t>(end)));
  }

  /// Where a run starts and how long it is: short ones more often.
  std::pair<size_t, size_t> run(const std::string &text) {
    size_t start = place(text.size()), rest = text.size() - start;
    size_t longest = static_cast<size_t>(random.pick({2, 8, 40, 400}));
    return {start, place(std::min(rest, longest))};
  }

  void exchangeNumber() {
    auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    size_t from = place(bytes.size());
    auto begin = std::find_if(bytes.begin() + from, bytes.end(), isDigit);
    auto end = std::find_if_not(begin, bytes.end(), isDigit);
    bytes.replace(begin, end,
                  random.pick<const char *>(
                      {"0", "1", "-1", "2", "3", "7", "255", "65536",
                       "2147483647", "2147483648", "4294967297",
                       "9223372036854775807", "-9223372036854775808",
                       "18446744073709551616", "1e400", "nan", "?", "0x7f"}));
  }

  /// A word of any file in the place of a word: programs that still parse.
  void exchangeWord() {
    auto word = [&](const std::string &text) -> std::pair<size_t, size_t> {
      auto isWord = [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '%' || c == '.' || c == '#';
      };
      size_t start = place(text.size());
      while (start > 0 && isWord(static_cast<unsigned char>(text[start - 1])))
        --start;
      size_t end = start;
      while (end < text.size() && isWord(static_cast<unsigned char>(text[end])))
        ++end;
      return {start, end - start};
    };
    auto [to, count] = word(bytes);
    const std::string &donor = other();
    auto [from, length] = word(donor);
    bytes.replace(to, count, std::string(donor, from, length));
  }

  const std::string &other() { return corpus[place(corpus.size() - 1)]; }

  void edit() {
    auto [start, length] = run(bytes);
    switch (random.range(0, 9)) {
    case 0: // a bit
      if (!bytes.empty())
        bytes[place(bytes.size() - 1)] ^=
            static_cast<char>(1 << random.range(0, 7));
      return;
    case 1: // a byte
      if (!bytes.empty())
        bytes[place(bytes.size() - 1)] =
            static_cast<char>(random.range(0, 255));
      return;
    case 2: // bytes that were not there
      bytes.insert(start, static_cast<size_t>(random.range(1, 4)),
                   static_cast<char>(random.range(0, 255)));
      return;
    case 3:
      bytes.erase(start, length);
      return;
    case 4: // again, behind itself
      bytes.insert(start, std::string(bytes, start, length));
      return;
    case 5: { // elsewhere
      std::string moved(bytes, start, length);
      bytes.erase(start, length);
      bytes.insert(place(bytes.size()), moved);
      return;
    }
    case 6: { // from another file
      const std::string &donor = other();
      auto [from, count] = run(donor);
      bytes.replace(start, length, std::string(donor, from, count));
      return;
    }
    case 7:
      if (random.once(4))
        bytes.resize(start);
      return;
    case 8:
      return exchangeNumber();
    default:
      return exchangeWord();
    }
  }

  Random random;
  const std::vector<std::string> &corpus;
  std::string bytes;
};

} // namespace attn::fuzz

#endif // ATTN_TOOLS_ATTNFUZZ_MUTANT_H
