//===- Outputs.h - Results into files, all or none --------------*- C++ -*-===//

#ifndef ATTN_TOOLS_ATTNRUN_OUTPUTS_H
#define ATTN_TOOLS_ATTNRUN_OUTPUTS_H

#include "HostTensor.h"

#include <cstdio>
#include <functional>
#include <map>

namespace attn::run {

/// Files that appear under their names only when all are complete. Temporary
/// files are made at once, so that an unwritable place is noticed before the
/// program runs, and removed unless `commit` was reached.
class Outputs {
public:
  /// Throws RunError if a file cannot be made.
  explicit Outputs(const std::map<std::string, std::string> &files);
  ~Outputs();
  Outputs(const Outputs &) = delete;
  Outputs &operator=(const Outputs &) = delete;

  /// Removes the temporary files of the living object, if there is one. For the
  /// end of a process; does not allocate.
  static void abandon();

  bool wants(const std::string &name) const { return files.count(name); }
  void write(const HostTensor &tensor);
  /// A file that holds a text.
  void write(const std::string &name, const std::string &text);
  void commit();

private:
  struct File {
    std::string path;
    std::string temporary; ///< Empty for what is written in place.
    bool exists = false;   ///< The temporary file.
  };
  void removeTemporaries();
  void writeFile(const std::string &name,
                 const std::function<bool(std::FILE *)> &fill);

  std::map<std::string, File> files;
};

} // namespace attn::run

#endif // ATTN_TOOLS_ATTNRUN_OUTPUTS_H
