//===- ManifestTest.cpp - Read, rewrite and attack a manifest -------------===//
//
// manifest-test FILE            parses FILE, prints it as the writer writes it
// manifest-test --lines FILE    parses every line of FILE by itself, prints
// "ok" or
//                               the error
// manifest-test --fuzz N FILE   parses N mutations of FILE; every one must give
//                               a manifest that survives a round trip, or an
//                               error with a text
//
//===----------------------------------------------------------------------===//

#include "attn/manifest/Manifest.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

using namespace attn::manifest;

namespace {
std::string readFile(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int rewrite(const std::string &text) {
  auto result = parseManifest(text);
  if (auto *error = std::get_if<Error>(&result)) {
    std::fprintf(stderr, "error: %s\n", error->message.c_str());
    return 1;
  }
  std::string written = writeManifest(std::get<Manifest>(result));
  auto again = parseManifest(written);
  auto *manifest = std::get_if<Manifest>(&again);
  if (!manifest || writeManifest(*manifest) != written) {
    std::fprintf(stderr, "error: the round trip changed the manifest\n");
    return 1;
  }
  std::fputs(written.c_str(), stdout);
  return 0;
}

int parseLines(const char *path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    auto result = parseManifest(line);
    auto *error = std::get_if<Error>(&result);
    std::puts(error ? error->message.c_str() : "ok");
  }
  return 0;
}

std::string mutate(std::string text, std::mt19937 &random) {
  const char *const kTokens[] = {"null",
                                 "-1",
                                 "1e400",
                                 "[",
                                 "}",
                                 "\"\"",
                                 "{}",
                                 "99999999999999999999",
                                 "\\ud800",
                                 "true",
                                 "9223372036854775807",
                                 "\xff",
                                 "\"a/b\""};
  for (int edits = 1 + int(random() % 3); edits > 0 && !text.empty(); --edits) {
    size_t at = random() % text.size(), length = random() % 20;
    switch (random() % 5) {
    case 0:
      text[at] = char(random());
      break;
    case 1:
      text.erase(at, length);
      break;
    case 2:
      text.insert(at, kTokens[random() % std::size(kTokens)]);
      break;
    case 3: { // a number becomes another
      size_t digit = text.find_first_of("0123456789", at);
      if (digit != std::string::npos)
        text[digit] = char('0' + random() % 10);
      break;
    }
    default:
      text.insert(at, text.substr(random() % text.size(), length));
    }
  }
  return text;
}

int fuzz(const std::string &text, int count) {
  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < count; ++i) {
    std::string mutant = mutate(text, random);
    auto result = parseManifest(mutant);
    if (auto *error = std::get_if<Error>(&result)) {
      if (error->message.empty() || error->message.size() > 4000)
        return std::printf("bad message for mutant %d\n", i), 1;
      continue;
    }
    ++accepted;
    std::string written = writeManifest(std::get<Manifest>(result));
    auto again = parseManifest(written);
    auto *manifest = std::get_if<Manifest>(&again);
    if (!manifest || writeManifest(*manifest) != written)
      return std::printf("no round trip for mutant %d\n", i), 1;
  }
  std::printf("%d mutants, no crash\n", count);
  return accepted == 0 || accepted == count;
}
} // namespace

int main(int argc, char **argv) {
  if (argc == 2)
    return rewrite(readFile(argv[1]));
  if (argc == 3 && std::strcmp(argv[1], "--lines") == 0)
    return parseLines(argv[2]);
  if (argc == 4 && std::strcmp(argv[1], "--fuzz") == 0)
    return fuzz(readFile(argv[3]), std::atoi(argv[2]));
  return 2;
}
