//===- ReadFile.cpp - Read a whole file -----------------------------------===//

#include "ReadFile.h"
#include "Message.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace attn::runtime {

bool readAll(int descriptor, std::string &bytes) {
  struct stat info{};
  if (fstat(descriptor, &info) != 0)
    return false;
  bytes.resize(size_t(info.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = pread(descriptor, bytes.data() + done, bytes.size() - done,
                          off_t(done));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    if (count == 0)
      break; // shorter than it said
    done += size_t(count);
  }
  bytes.resize(done);
  return true;
}

AttnStatus readFile(const std::string &path, size_t most, std::string &bytes,
                    AttnMessage *message) {
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return fail(message, ATTN_INVALID_ARTIFACT, "cannot open '%s': %s",
                path.c_str(), std::strerror(errno));
  struct stat info{};
  AttnStatus status = ATTN_OK;
  if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode))
    status = fail(message, ATTN_INVALID_ARTIFACT,
                  "cannot read '%s': not a regular file", path.c_str());
  else if (uint64_t(info.st_size) > most)
    status = fail(message, ATTN_INVALID_ARTIFACT,
                  "'%s' has %lld bytes, expected at most %zu", path.c_str(),
                  (long long)info.st_size, most);
  else if (!readAll(descriptor, bytes))
    status = fail(message, ATTN_INVALID_ARTIFACT, "cannot read '%s': %s",
                  path.c_str(), std::strerror(errno));
  close(descriptor);
  return status;
}

} // namespace attn::runtime
