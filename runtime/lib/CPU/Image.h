//===- Image.h - A loaded shared object -------------------------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_CPU_IMAGE_H
#define ATTN_RUNTIME_LIB_CPU_IMAGE_H

#include "State.h"

namespace attn::runtime {

/// An ELF shared object of an artifact, from its folder or from memory. Its
/// hash is checked on the very file that is mapped.
class Image {
public:
  Image() = default;
  Image(Image &&other) noexcept;
  Image &operator=(Image &&other) noexcept;
  ~Image();

  AttnStatus load(const ArtifactState &artifact, const manifest::Image &image,
                  AttnMessage *message);
  /// Null if there is no such symbol.
  void *symbol(const std::string &name) const;

private:
  void *library = nullptr;
  int descriptor = -1; ///< Open as long as the library: see load.
};

} // namespace attn::runtime

#endif // ATTN_RUNTIME_LIB_CPU_IMAGE_H
