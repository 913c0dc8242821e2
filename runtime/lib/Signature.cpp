//===- Signature.cpp - Letters of an entry --------------------------------===//

#include "Signature.h"
#include "Message.h"

#include <algorithm>

namespace attn::runtime {

Signature::Signature(const manifest::Entry &entry) : entry(&entry) {
  for (const manifest::Axis &letter : manifest::lettersOf(entry)) {
    letterNames.push_back(letter.letter);
    letterConstants.push_back(letter.size.value_or(-1));
  }
  for (const manifest::View &view : entry.views) {
    size_t index = 0;
    while (tensor(index).name != view.tensor)
      ++index;
    viewed.push_back(index);
  }
}

int Signature::letterIndex(const std::string &name) const {
  auto found = std::find(letterNames.begin(), letterNames.end(), name);
  return found == letterNames.end() ? -1 : int(found - letterNames.begin());
}

manifest::Bindings Signature::bind(const int64_t *letters,
                                   int64_t threads) const {
  return {letterNames.data(), letters, letterNames.size(), threads, {}};
}

namespace {
/// Who gave a letter its value; axis -1 is the program itself.
struct Origin {
  size_t tensor;
  int axis;
};

AttnStatus checkAxis(const Signature &signature, size_t index, int axis,
                     int64_t size, int64_t *letters, Origin *origins,
                     AttnMessage *message) {
  const manifest::Tensor &tensor = signature.tensor(index);
  const manifest::Axis &expected = tensor.shape[axis];
  if (size < 0 || size > INT32_MAX)
    return fail(message, ATTN_CONTRACT,
                "argument '%s': axis %d has size %lld, expected 0 to "
                "2147483647",
                tensor.name.c_str(), axis, (long long)size);
  if (expected.size && *expected.size != size)
    return fail(message, ATTN_CONTRACT,
                "argument '%s': axis %d%s%s has size %lld, expected %lld: the "
                "program was compiled for this size",
                tensor.name.c_str(), axis, expected.letter.empty() ? "" : " ",
                expected.letter.c_str(), (long long)size,
                (long long)*expected.size);
  if (expected.letter.empty())
    return ATTN_OK;
  int letter = signature.letterIndex(expected.letter);
  if (letters[letter] < 0) {
    letters[letter] = size;
    origins[letter] = {index, axis};
    return ATTN_OK;
  }
  if (letters[letter] == size)
    return ATTN_OK;
  if (origins[letter].axis < 0)
    return fail(message, ATTN_CONTRACT,
                "argument '%s': axis %d has size %lld, expected %s = %lld as "
                "the program says",
                tensor.name.c_str(), axis, (long long)size,
                expected.letter.c_str(), (long long)letters[letter]);
  return fail(message, ATTN_CONTRACT,
              "letter '%s' is %lld by argument '%s' (axis %d) but %lld by "
              "argument '%s' (axis %d); equal letters must agree",
              expected.letter.c_str(), (long long)letters[letter],
              signature.tensor(origins[letter].tensor).name.c_str(),
              origins[letter].axis, (long long)size, tensor.name.c_str(), axis);
}
} // namespace

AttnStatus bindLetters(const Signature &signature, const AttnTensor *arguments,
                       size_t tensorSize, size_t count, int64_t *letters,
                       AttnMessage *message) {
  if (count != signature.argumentCount() || (count && !arguments))
    return fail(message, ATTN_INVALID_ARGUMENT,
                "entry '%s' takes %zu arguments but %zu were given",
                signature.entry->name.c_str(), signature.argumentCount(),
                arguments ? count : size_t(0));
  Origin origins[kMostLetters];
  for (size_t i = 0; i < signature.letterNames.size(); ++i) {
    letters[i] = signature.letterConstants[i];
    origins[i] = {0, -1};
  }
  for (size_t i = 0; i < count; ++i) {
    const AttnTensor &given = tensorAt(arguments, tensorSize, i);
    const manifest::Tensor &tensor = signature.tensor(i);
    if (given.rank != int32_t(tensor.shape.size()) ||
        (given.rank && !given.sizes))
      return fail(message, ATTN_CONTRACT,
                  "argument '%s' has %d axes, expected %zu",
                  tensor.name.c_str(), given.sizes ? given.rank : 0,
                  tensor.shape.size());
    for (int axis = 0; axis < given.rank; ++axis)
      if (AttnStatus status = checkAxis(signature, i, axis, given.sizes[axis],
                                        letters, origins, message))
        return status;
  }
  return ATTN_OK;
}

} // namespace attn::runtime
