//===- Bytes.h - Damaged files for the runtime ------------------*- C++ -*-===//
//
// A Format is one kind of file that the runtime or attn-run reads. It gives
// good files to damage and judges what a reader makes of a damaged one; what it
// demands that does not hold is thrown.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TEST_RUNTIME_BYTES_BYTES_H
#define ATTN_TEST_RUNTIME_BYTES_BYTES_H

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace bytes {

struct Miss : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void demand(bool holds, const std::string &what) {
  if (!holds)
    throw Miss(what);
}

class Format {
public:
  virtual ~Format() = default;
  virtual const std::vector<std::string> &corpus() const = 0;
  /// Whether the reader takes `mutant`, made from file `origin` of the corpus.
  virtual bool accepts(const std::string &mutant, size_t origin) = 0;
};

std::unique_ptr<Format> makeNpy();
/// \param folders artifacts whose manifests, or images, are damaged.
std::unique_ptr<Format> makeManifest(const std::vector<std::string> &folders);
std::unique_ptr<Format> makeImage(const std::vector<std::string> &folders);

} // namespace bytes

#endif // ATTN_TEST_RUNTIME_BYTES_BYTES_H
