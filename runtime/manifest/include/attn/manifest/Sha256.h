//===- Sha256.h - Hashes of files in an artifact ----------------*- C++ -*-===//
//
// SHA-256 (FIPS 180-4) of a block of bytes, as the manifest writes it. Used to
// notice a damaged or exchanged file, not as a signature.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_MANIFEST_SHA256_H
#define ATTN_MANIFEST_SHA256_H

#include <string>
#include <string_view>

namespace attn::manifest {

/// 64 lower-case hexadecimal digits.
std::string sha256Hex(std::string_view bytes);

} // namespace attn::manifest

#endif // ATTN_MANIFEST_SHA256_H
