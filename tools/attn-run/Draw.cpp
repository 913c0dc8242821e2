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

/// The X of "indices<X>", or empty.
std::string indexLetter(const std::string &rule) {
  if (rule.rfind("indices<", 0) != 0 || rule.back() != '>')
    return {};
  return rule.substr(8, rule.size() - 9);
}

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
    *to = char(value);
}

void drawIntegers(HostTensor &tensor, uint64_t key, const std::string &rule,
                  int64_t bound) {
  int64_t elements = tensor.elements();
  int64_t last = tensor.sizes.empty() ? 1 : tensor.sizes.back();
  uint64_t n =
      uint64_t(std::max<int64_t>(1, rule == "segments" ? last / 8 : bound));
  int64_t segment = 0;
  for (int64_t i = 0; i < elements; ++i) {
    uint32_t word;
    attnRandomWords(key, uint64_t(i), 1, &word);
    int64_t value = int64_t(uint64_t(word) * n >> 32);
    if (rule == "segments") {
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
  if (info.dtype == ATTN_BOOL)
    throw RunError("argument " + described +
                   " is missing: --random draws no "
                   "bool" +
                   remedy);
  if (rule.empty())
    throw RunError("argument " + described +
                   " is missing: --random draws an "
                   "integer argument only if the program says how" +
                   remedy + ", or mark it with attn.random = \"segments\"");
  if (rule != "segments" && indexLetter(rule).empty())
    throw RunError("argument " + described +
                   " is missing: --random cannot "
                   "draw attn.random = \"" +
                   rule + "\" yet" + remedy);
}

void draw(HostTensor &tensor, const AttnTensorInfo &info,
          const std::map<std::string, int64_t> &letters, uint64_t seed) {
  uint64_t key = attnRandomKey(seed, info.name);
  if (isFloat(info.dtype))
    return drawNormal(tensor, key);
  int64_t bound = 0;
  std::string letter = indexLetter(info.random);
  if (!letter.empty()) {
    auto known = letters.find(letter);
    if (known == letters.end())
      throw RunError(
          "cannot draw argument '" + tensor.name + "': letter " + letter +
          " of attn.random is not determined; add --set=" + letter + "=N");
    bound = known->second;
    if (bound == 0 && tensor.elements() > 0)
      throw RunError("cannot draw argument '" + tensor.name +
                     "': there is no index below " + letter + " = 0");
  }
  drawIntegers(tensor, key, info.random, bound);
}

} // namespace attn::run
