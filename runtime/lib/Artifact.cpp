//===- Artifact.cpp - Load artifacts and say what is in them --------------===//
//
// A folder or a set of files in memory; both are the same afterwards. Reads
// and checks manifest.json at once, other files when a program needs them.
//
//===----------------------------------------------------------------------===//

#include "ReadFile.h"
#include "State.h"

#include "attn/manifest/Sha256.h"

#include <cstring>

using namespace attn;
using namespace attn::runtime;

namespace {
constexpr size_t kLongestManifest = size_t(16) << 20;

AttnStatus statusOf(manifest::Error::Code code) {
  switch (code) {
  case manifest::Error::Code::kInvalidManifest:
    return ATTN_INVALID_ARTIFACT;
  case manifest::Error::Code::kUnsupportedVersion:
    return ATTN_UNSUPPORTED_VERSION;
  case manifest::Error::Code::kOutOfMemory:
    return ATTN_OUT_OF_MEMORY;
  }
  return ATTN_INTERNAL;
}

AttnStatus finish(std::shared_ptr<ArtifactState> state, AttnArtifact **artifact,
                  AttnMessage *message) {
  auto parsed = manifest::parseManifest(state->manifestText);
  if (auto *error = std::get_if<manifest::Error>(&parsed))
    return fail(message, statusOf(error->code), "%s%smanifest.json: %s",
                state->source.c_str(), state->inFolder ? "/" : ": ",
                error->message.c_str());
  state->manifest = std::get<manifest::Manifest>(std::move(parsed));
  for (const manifest::Entry &entry : state->manifest.entries)
    state->signatures.emplace_back(entry);
  *artifact = new AttnArtifact{std::move(state)};
  return ATTN_OK;
}

const Signature *signatureOf(const AttnArtifact *artifact, size_t entry) {
  if (!artifact || entry >= artifact->state->signatures.size())
    return nullptr;
  return &artifact->state->signatures[entry];
}

AttnStatus describe(const AttnArtifact *artifact, size_t entry, size_t index,
                    bool isResult, AttnTensorInfo *info, AttnMessage *message) {
  const Signature *signature = signatureOf(artifact, entry);
  size_t count = !signature ? 0
                 : isResult ? signature->entry->results.size()
                            : signature->entry->arguments.size();
  if (index >= count || !info || info->structSize < sizeof(AttnTensorInfo))
    return fail(message, ATTN_INVALID_ARGUMENT,
                "no %s %zu in entry %zu, or AttnTensorInfo::structSize is "
                "below %zu",
                isResult ? "result" : "argument", index, entry,
                sizeof(AttnTensorInfo));
  const manifest::Tensor &tensor = isResult
                                       ? signature->entry->results[index]
                                       : signature->entry->arguments[index];
  info->name = tensor.name.c_str();
  info->dtype = AttnDtype(tensor.dtype);
  info->rank = int32_t(tensor.shape.size());
  for (size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    const manifest::Axis &a = tensor.shape[axis];
    info->letters[axis] = a.letter.c_str();
    int letter = a.letter.empty() ? -1 : signature->letterIndex(a.letter);
    info->sizes[axis] =
        a.size.value_or(letter < 0 ? -1 : signature->letterConstants[letter]);
  }
  info->baseAlignmentBytes = tensor.baseAlignmentBytes;
  info->strideMultipleBytes = tensor.strideMultipleBytes;
  info->inout = tensor.inout;
  info->random = tensor.random.c_str();
  return ATTN_OK;
}
} // namespace

AttnStatus ArtifactState::read(const std::string &name,
                               const std::string &sha256, std::string &bytes,
                               AttnMessage *message) const {
  if (inFolder) {
    std::string path = source + "/" + name;
    if (AttnStatus status = readFile(path, SIZE_MAX, bytes, message))
      return status;
  } else {
    auto found = files.find(name);
    if (found == files.end())
      return fail(message, ATTN_INVALID_ARTIFACT,
                  "%s: the file '%s' that the manifest names is missing",
                  source.c_str(), name.c_str());
    bytes = found->second;
  }
  std::string hash = manifest::sha256Hex(bytes);
  if (hash == sha256)
    return ATTN_OK;
  return fail(message, ATTN_INVALID_ARTIFACT,
              "%s/%s: its SHA-256 is %s, the manifest says %s; the file is "
              "damaged or of another artifact, compile the program again",
              source.c_str(), name.c_str(), hash.c_str(), sha256.c_str());
}

AttnStatus attnArtifactLoadFolder(AttnRuntime *runtime, const char *path,
                                  AttnArtifact **artifact,
                                  AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!runtime || !path || !artifact)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnArtifactLoadFolder: a pointer is null");
    auto state = std::make_shared<ArtifactState>();
    state->source = path;
    state->inFolder = true;
    while (state->source.size() > 1 && state->source.back() == '/')
      state->source.pop_back();
    if (AttnStatus status =
            readFile(state->source + "/manifest.json", kLongestManifest,
                     state->manifestText, message))
      return status;
    return finish(std::move(state), artifact, message);
  });
}

AttnStatus attnArtifactLoadMemory(AttnRuntime *runtime, const AttnFile *files,
                                  size_t count, AttnArtifact **artifact,
                                  AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!runtime || (count && !files) || !artifact)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnArtifactLoadMemory: a pointer is null");
    auto state = std::make_shared<ArtifactState>();
    state->source = "<memory>";
    for (size_t i = 0; i < count; ++i) {
      if (!files[i].name || (files[i].bytes && !files[i].data))
        return fail(message, ATTN_INVALID_ARGUMENT,
                    "attnArtifactLoadMemory: file %zu has no name or no data",
                    i);
      state->files[files[i].name].assign(
          static_cast<const char *>(files[i].data), files[i].bytes);
    }
    auto found = state->files.find("manifest.json");
    if (found == state->files.end())
      return fail(message, ATTN_INVALID_ARTIFACT,
                  "expected a file 'manifest.json' among the %zu in memory but "
                  "found none",
                  count);
    state->manifestText = found->second;
    return finish(std::move(state), artifact, message);
  });
}

void attnArtifactDestroy(AttnArtifact *artifact) { delete artifact; }

const char *attnArtifactManifest(const AttnArtifact *artifact) {
  return artifact ? artifact->state->manifestText.c_str() : "";
}

size_t attnArtifactEntryCount(const AttnArtifact *artifact) {
  return artifact ? artifact->state->signatures.size() : 0;
}

const char *attnArtifactEntryName(const AttnArtifact *artifact, size_t entry) {
  const Signature *signature = signatureOf(artifact, entry);
  return signature ? signature->entry->name.c_str() : "";
}

AttnStatus attnArtifactFindEntry(const AttnArtifact *artifact, const char *name,
                                 size_t *entry, AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!artifact || !entry)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnArtifactFindEntry: a pointer is null");
    const auto &entries = artifact->state->manifest.entries;
    bool isDefault = !name || !*name;
    std::string all;
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].name == (isDefault ? "main" : name)) {
        *entry = i;
        return ATTN_OK;
      }
      all += (i ? ", " : "") + entries[i].name;
    }
    if (isDefault && entries.size() == 1) {
      *entry = 0;
      return ATTN_OK;
    }
    if (isDefault)
      return fail(message, ATTN_NOT_FOUND,
                  "%s has no entry 'main'; choose one of: %s",
                  artifact->state->source.c_str(), all.c_str());
    return fail(message, ATTN_NOT_FOUND,
                "%s has no entry '%s'; its entries are: %s",
                artifact->state->source.c_str(), name, all.c_str());
  });
}

size_t attnArtifactArgumentCount(const AttnArtifact *artifact, size_t entry) {
  const Signature *signature = signatureOf(artifact, entry);
  return signature ? signature->entry->arguments.size() : 0;
}

size_t attnArtifactResultCount(const AttnArtifact *artifact, size_t entry) {
  const Signature *signature = signatureOf(artifact, entry);
  return signature ? signature->entry->results.size() : 0;
}

AttnStatus attnArtifactArgument(const AttnArtifact *artifact, size_t entry,
                                size_t index, AttnTensorInfo *info,
                                AttnMessage *message) {
  return describe(artifact, entry, index, /*isResult=*/false, info, message);
}

AttnStatus attnArtifactResult(const AttnArtifact *artifact, size_t entry,
                              size_t index, AttnTensorInfo *info,
                              AttnMessage *message) {
  return describe(artifact, entry, index, /*isResult=*/true, info, message);
}

size_t attnArtifactLetterCount(const AttnArtifact *artifact, size_t entry) {
  const Signature *signature = signatureOf(artifact, entry);
  return signature ? signature->letterNames.size() : 0;
}

const char *attnArtifactLetterName(const AttnArtifact *artifact, size_t entry,
                                   size_t letter) {
  const Signature *signature = signatureOf(artifact, entry);
  return signature && letter < signature->letterNames.size()
             ? signature->letterNames[letter].c_str()
             : "";
}

int64_t attnArtifactLetterConstant(const AttnArtifact *artifact, size_t entry,
                                   size_t letter) {
  const Signature *signature = signatureOf(artifact, entry);
  return signature && letter < signature->letterConstants.size()
             ? signature->letterConstants[letter]
             : -1;
}

AttnStatus attnArtifactBindLetters(const AttnArtifact *artifact, size_t entry,
                                   const AttnTensor *arguments,
                                   size_t argumentCount, int64_t *letters,
                                   AttnMessage *message) {
  const Signature *signature = signatureOf(artifact, entry);
  if (!signature || (!letters && !signature->letterNames.empty()))
    return fail(message, ATTN_INVALID_ARGUMENT,
                "attnArtifactBindLetters: no such entry, or letters is null");
  return bindLetters(*signature, arguments, sizeof(AttnTensor), argumentCount,
                     letters, message);
}

AttnStatus attnArtifactResultSizes(const AttnArtifact *artifact, size_t entry,
                                   size_t result, const int64_t *letters,
                                   int64_t *sizes, AttnMessage *message) {
  const Signature *signature = signatureOf(artifact, entry);
  if (!signature || result >= signature->entry->results.size() || !sizes ||
      (!letters && !signature->letterNames.empty()))
    return fail(message, ATTN_INVALID_ARGUMENT,
                "attnArtifactResultSizes: no such result, or a null pointer");
  const auto &shape = signature->entry->results[result].shape;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    sizes[axis] = shape[axis].size
                      ? *shape[axis].size
                      : letters[signature->letterIndex(shape[axis].letter)];
  return ATTN_OK;
}
