//===- Nesting.cpp - How deep the brackets of a program go ----------------===//
//
// The parser, the verifier and the printer of MLIR recurse once per bracket, so
// a text of brackets would end the process on its stack. It is looked through
// before any of them sees it.
//
//===----------------------------------------------------------------------===//

#include "Nesting.h"

using llvm::StringRef;

namespace {

/// Behind the string or comment that starts at `position`, else `position`.
size_t skipQuiet(StringRef text, size_t position) {
  if (text.substr(position).starts_with("//"))
    return std::min(text.find('\n', position), text.size());
  if (text[position] != '"')
    return position;
  for (++position; position < text.size() && text[position] != '"'; ++position)
    position += text[position] == '\\';
  return std::min(position, text.size());
}

} // namespace

std::optional<size_t> attn::findDeepNesting(StringRef text, int most) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    i = skipQuiet(text, i);
    if (i == text.size())
      break;
    switch (text[i]) {
    case '-': // of an arrow
      i += text.substr(i).starts_with("->");
      break;
    case '(':
    case '[':
    case '{':
    case '<':
      if (++depth > most)
        return i;
      break;
    case ')':
    case ']':
    case '}':
    case '>':
      depth -= depth > 0;
      break;
    default:
      break;
    }
  }
  return std::nullopt;
}
