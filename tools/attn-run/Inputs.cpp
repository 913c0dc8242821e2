//===- Inputs.cpp - Arguments from files or drawn -------------------------===//
//
// Files first: they may determine letters that drawn arguments need.
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "Draw.h"
#include "Failure.h"
#include "Npy.h"

#include <optional>

namespace attn::run {
namespace {
using Letters = std::map<std::string, int64_t>;

/// "q [B, Hq=32, L, D=128]"
std::string described(const AttnTensorInfo &info) {
  std::string text = std::string("'") + info.name + "' [";
  for (int axis = 0; axis < info.rank; ++axis) {
    text += axis ? ", " : "";
    text += info.letters[axis];
    if (info.sizes[axis] >= 0)
      text +=
          (*info.letters[axis] ? "=" : "") + std::to_string(info.sizes[axis]);
  }
  return text + "] " + dtypeName(info.dtype);
}

HostTensor convert(HostTensor file, const AttnTensorInfo &info,
                   const std::string &path) {
  file.name = info.name;
  if (file.dtype == info.dtype)
    return file;
  if (info.dtype != ATTN_BF16 || file.dtype != ATTN_F32)
    throw RunError("'" + path + "' holds " + dtypeName(file.dtype) +
                   ", but argument " + described(info) + " expects " +
                   (info.dtype == ATTN_BF16 ? "f32, which is rounded to bf16"
                                            : dtypeName(info.dtype)) +
                   "; convert it with array.astype");
  HostTensor tensor = makeTensor(info.name, info.dtype, file.sizes);
  const float *from = reinterpret_cast<const float *>(file.bytes.data());
  uint16_t *to = reinterpret_cast<uint16_t *>(tensor.bytes.data());
  for (int64_t i = 0, e = tensor.elements(); i < e; ++i)
    to[i] = toBF16(from[i]);
  return tensor;
}

/// Letters that a file determines; a contradiction to --set is said at once,
/// one between two files when the letters are bound.
void learnLetters(const HostTensor &tensor, const AttnTensorInfo &info,
                  const std::string &path, const Options &options,
                  Letters &letters) {
  if (int(tensor.sizes.size()) != info.rank)
    throw RunError("'" + path + "' has shape " + shapeText(tensor.sizes) +
                   ", but argument " + described(info) + " has " +
                   std::to_string(info.rank) + " axes");
  for (int axis = 0; axis < info.rank; ++axis) {
    std::string letter = info.letters[axis];
    int64_t size = tensor.sizes[axis];
    if (info.sizes[axis] >= 0 && info.sizes[axis] != size)
      throw RunError("'" + path + "' has shape " + shapeText(tensor.sizes) +
                     ", but argument " + described(info) + " expects " +
                     std::to_string(info.sizes[axis]) + " on axis " +
                     std::to_string(axis));
    if (letter.empty())
      continue;
    auto set = options.letters.find(letter);
    if (set != options.letters.end() && set->second != size)
      throw RunError("letter " + letter + " is " + std::to_string(set->second) +
                     " by --set but " + std::to_string(size) + " on axis " +
                     std::to_string(axis) + " of '" + path + "'");
    letters.emplace(letter, size);
  }
}

void checkNames(const AttnArtifact *artifact, size_t entry,
                const Options &options) {
  std::string all;
  size_t count = attnArtifactArgumentCount(artifact, entry);
  for (size_t i = 0; i < count; ++i)
    all += (i ? ", " : "") + std::string(argumentInfo(artifact, entry, i).name);
  for (const auto &[name, path] : options.in) {
    bool known = false;
    for (size_t i = 0; i < count; ++i)
      known |= name == argumentInfo(artifact, entry, i).name;
    if (!known)
      throw RunError("--in=" + name + ": entry '" +
                     attnArtifactEntryName(artifact, entry) +
                     "' has no such argument; its arguments are " + all);
  }
  std::string letters;
  for (const std::string &letter : letterNames(artifact, entry))
    letters += (letters.empty() ? "" : ", ") + letter;
  for (size_t i = 0; i < attnArtifactLetterCount(artifact, entry); ++i) {
    int64_t constant = attnArtifactLetterConstant(artifact, entry, i);
    auto set = options.letters.find(attnArtifactLetterName(artifact, entry, i));
    if (constant >= 0 && set != options.letters.end() &&
        set->second != constant)
      throw RunError("--set=" + set->first + "=" + std::to_string(set->second) +
                     ": the program says " + set->first + " = " +
                     std::to_string(constant));
  }
  for (const auto &[letter, size] : options.letters) {
    bool known = false;
    for (const std::string &name : letterNames(artifact, entry))
      known |= name == letter;
    if (!known)
      throw RunError("--set=" + letter + ": entry '" +
                     attnArtifactEntryName(artifact, entry) +
                     "' has no such letter; its letters are " +
                     (letters.empty() ? "none" : letters));
  }
}

/// The sizes of an argument that is to be drawn.
std::vector<int64_t> sizesOf(const AttnTensorInfo &info,
                             const Letters &letters) {
  std::vector<int64_t> sizes;
  std::string missing, remedy;
  for (int axis = 0; axis < info.rank; ++axis) {
    auto known = letters.find(info.letters[axis]);
    sizes.push_back(info.sizes[axis] >= 0    ? info.sizes[axis]
                    : known != letters.end() ? known->second
                                             : 0);
    if (info.sizes[axis] >= 0 || known != letters.end())
      continue;
    std::string letter = info.letters[axis];
    if ((", " + missing + ",").find(" " + letter + ",") != std::string::npos)
      continue;
    missing += (missing.empty() ? "" : ", ") + letter;
    remedy += " --set=" + letter + "=N";
  }
  if (!missing.empty())
    throw RunError("cannot draw argument " + described(info) + ": " + missing +
                   " is not determined; add" + remedy);
  return sizes;
}
} // namespace

AttnTensorInfo argumentInfo(const AttnArtifact *artifact, size_t entry,
                            size_t index) {
  AttnTensorInfo info{};
  info.structSize = sizeof info;
  require(attnArtifactArgument, artifact, entry, index, &info);
  return info;
}

AttnTensorInfo resultInfo(const AttnArtifact *artifact, size_t entry,
                          size_t index) {
  AttnTensorInfo info{};
  info.structSize = sizeof info;
  require(attnArtifactResult, artifact, entry, index, &info);
  return info;
}

std::vector<std::string> letterNames(const AttnArtifact *artifact,
                                     size_t entry) {
  std::vector<std::string> names;
  for (size_t i = 0, e = attnArtifactLetterCount(artifact, entry); i < e; ++i)
    names.push_back(attnArtifactLetterName(artifact, entry, i));
  return names;
}

std::vector<HostTensor> makeInputs(const AttnArtifact *artifact, size_t entry,
                                   const Options &options,
                                   const InputUse &use) {
  checkNames(artifact, entry, options);
  Letters letters = options.letters;
  size_t count = attnArtifactArgumentCount(artifact, entry);
  std::vector<std::optional<HostTensor>> found(count);
  for (size_t i = 0; i < count; ++i) {
    AttnTensorInfo info = argumentInfo(artifact, entry, i);
    auto file = options.in.find(info.name);
    if (file == options.in.end() && !options.random)
      throw RunError("argument " + described(info) + " is missing; add --in=" +
                     info.name + "=FILE.npy or --random");
    if (file == options.in.end())
      continue;
    HostTensor tensor = readNpy(file->second);
    learnLetters(tensor, info, file->second, options, letters);
    found[i] = convert(std::move(tensor), info, file->second);
  }
  std::vector<HostTensor> inputs;
  for (size_t i = 0; i < count; ++i) {
    AttnTensorInfo info = argumentInfo(artifact, entry, i);
    for (int axis = 0; axis < info.rank; ++axis)
      if (*info.letters[axis] && info.sizes[axis] >= 0)
        letters.emplace(info.letters[axis], info.sizes[axis]);
  }
  letters.insert(use.defaults.begin(), use.defaults.end());
  for (size_t i = 0; i < count; ++i) {
    AttnTensorInfo info = argumentInfo(artifact, entry, i);
    if (!found[i] && use.isRead && !use.isRead(info.name)) {
      found[i].emplace();
      found[i]->name = info.name;
      found[i]->dtype = info.dtype;
      found[i]->sizes = sizesOf(info, letters);
    } else if (!found[i]) {
      checkDrawable(info, described(info));
      found[i] = makeTensor(info.name, info.dtype, sizesOf(info, letters));
      draw(*found[i], info, letters, options.seed);
    }
    inputs.push_back(std::move(*found[i]));
  }
  return inputs;
}

} // namespace attn::run
