//===- Draw.cpp - What --random puts into an argument ---------------------===//

#include "Draw.h"
#include "Failure.h"

#include "attn-c/AttnRandom.h"

#include <algorithm>
#include <cstring>
#include <thread>

namespace attn::run {
namespace {
bool isFloat(AttnDtype dtype) {
  return dtype == ATTN_F16 || dtype == ATTN_BF16 || dtype == ATTN_F32 ||
         dtype == ATTN_F64;
}

/// "segments", or the parts of "indices<X>", "lengths<X>", "offsets<X>".
struct Rule {
  explicit Rule(const std::string &text)
      : kind(text.substr(0, text.find('<'))) {
    if (kind.size() < text.size())
      bound = text.substr(kind.size() + 1, text.size() - kind.size() - 2);
  }

  bool isKnown() const {
    return kind == "segments" ||
           (!bound.empty() &&
            (kind == "indices" || kind == "lengths" || kind == "offsets"));
  }

  std::string kind, bound; ///< `bound`: a letter, a number or empty.
};

void storeFloats(HostTensor &tensor, int64_t first, const float *values,
                 int64_t count) {
  char *to = tensor.bytes.data() + first * dtypeBytes(tensor.dtype);
  for (int64_t i = 0; i < count; ++i) {
    if (tensor.dtype == ATTN_F32)
      reinterpret_cast<float *>(to)[i] = values[i];
    else if (tensor.dtype == ATTN_F64)
      reinterpret_cast<double *>(to)[i] = values[i];
    else
      reinterpret_cast<uint16_t *>(to)[i] =
          tensor.dtype == ATTN_BF16 ? toBF16(values[i]) : toF16(values[i]);
  }
}

void drawFloats(HostTensor &tensor, uint64_t key, int64_t first, int64_t end) {
  constexpr int64_t kChunk = 1024;
  float values[kChunk];
  for (; first < end; first += kChunk) {
    int64_t count = std::min(kChunk, end - first);
    attnRandomNormal(key, uint64_t(first), uint64_t(count), values);
    storeFloats(tensor, first, values, count);
  }
}

void drawNormal(HostTensor &tensor, uint64_t key) {
  int64_t elements = tensor.elements();
  int64_t workers = std::max(1u, std::thread::hardware_concurrency());
  workers = std::min<int64_t>(workers, elements / 65536 + 1);
  int64_t share = (elements / workers / 4 + 1) * 4;
  std::vector<std::thread> threads;
  for (int64_t first = share; first < elements; first += share)
    threads.emplace_back([&tensor, key, first, share, elements] {
      drawFloats(tensor, key, first, std::min(first + share, elements));
    });
  drawFloats(tensor, key, 0, std::min(share, elements));
  for (std::thread &thread : threads)
    thread.join();
}

void storeInteger(HostTensor &tensor, int64_t index, int64_t value) {
  char *to = tensor.bytes.data() + index * dtypeBytes(tensor.dtype);
  int32_t narrow = int32_t(value);
  if (tensor.dtype == ATTN_I64)
    std::memcpy(to, &value, sizeof value);
  else if (tensor.dtype == ATTN_I32)
    std::memcpy(to, &narrow, sizeof narrow);
  else
    *to = char(tensor.dtype == ATTN_BOOL ? value & 1 : value);
}

/// A word from 0 to n - 1.
int64_t drawBelow(uint64_t key, int64_t index, int64_t n) {
  uint32_t word;
  attnRandomWords(key, uint64_t(index), 1, &word);
  return int64_t(uint64_t(word) * uint64_t(n) >> 32);
}

/// Ascending from 0 to `last`.
void drawOffsets(HostTensor &tensor, uint64_t key, int64_t last) {
  std::vector<int64_t> offsets(size_t(tensor.elements()), 0);
  for (size_t i = 1; i < offsets.size(); ++i)
    offsets[i] =
        i + 1 == offsets.size() ? last : drawBelow(key, int64_t(i), last + 1);
  std::sort(offsets.begin(), offsets.end());
  for (size_t i = 0; i < offsets.size(); ++i)
    storeInteger(tensor, int64_t(i), offsets[i]);
}

/// Runs of equal numbers along the last axis, or numbers below `bound`.
void drawIntegers(HostTensor &tensor, uint64_t key, bool isSegments,
                  int64_t bound) {
  int64_t elements = tensor.elements();
  int64_t last = tensor.sizes.empty() ? 1 : tensor.sizes.back();
  int64_t n = std::max<int64_t>(1, isSegments ? last / 8 : bound);
  int64_t segment = 0;
  for (int64_t i = 0; i < elements; ++i) {
    int64_t value = drawBelow(key, i, n);
    if (isSegments) {
      segment = i % last == 0 ? 0 : segment + (value == 0);
      value = segment;
    }
    storeInteger(tensor, i, value);
  }
}
} // namespace

void checkDrawable(const AttnTensorInfo &info, const std::string &described) {
  std::string rule = info.random,
              remedy = std::string("; add --in=") + info.name + "=FILE.npy";
  if (isFloat(info.dtype))
    return;
  if (rule.empty())
    throw RunError("argument " + described +
                   " is missing: --random draws an "
                   "integer or bool argument only if the program says how" +
                   remedy + ", or mark it with attn.random = \"segments\"");
  if (!Rule(rule).isKnown())
    throw RunError("argument " + described +
                   " is missing: --random cannot "
                   "draw attn.random = \"" +
                   rule + "\" yet" + remedy);
}

namespace {
int64_t getBound(const std::string &bound, const HostTensor &tensor,
                 const std::map<std::string, int64_t> &letters) {
  auto known = letters.find(bound);
  if (known != letters.end())
    return known->second;
  if (bound.find_first_not_of("0123456789") == std::string::npos)
    return std::stoll(bound);
  throw RunError("cannot draw argument '" + tensor.name + "': letter " + bound +
                 " of attn.random is not determined; add --set=" + bound +
                 "=N");
}
} // namespace

void draw(HostTensor &tensor, const AttnTensorInfo &info,
          const std::map<std::string, int64_t> &letters, uint64_t seed) {
  uint64_t key = attnRandomKey(seed, info.name);
  if (isFloat(info.dtype))
    return drawNormal(tensor, key);
  Rule rule(info.random);
  if (rule.kind == "segments")
    return drawIntegers(tensor, key, /*isSegments=*/true, 0);
  int64_t bound = getBound(rule.bound, tensor, letters);
  if (rule.kind == "offsets")
    return drawOffsets(tensor, key, bound);
  if (rule.kind == "lengths")
    return drawIntegers(tensor, key, /*isSegments=*/false, bound + 1);
  if (bound == 0 && tensor.elements() > 0)
    throw RunError("cannot draw argument '" + tensor.name +
                   "': there is no index below " + rule.bound + " = 0");
  drawIntegers(tensor, key, /*isSegments=*/false, bound);
}

} // namespace attn::run
