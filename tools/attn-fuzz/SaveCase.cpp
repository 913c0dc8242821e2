//===- SaveCase.cpp - A failing case as files -----------------------------===//

#include "SaveCase.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

namespace attn::fuzz {
namespace {

llvm::Error writeFile(const std::string &folder, const std::string &name,
                      llvm::StringRef bytes, bool isProgram = false) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, name);
  std::error_code code;
  llvm::raw_fd_ostream out(path, code);
  if (!code)
    out << bytes;
  out.close();
  if (!code && isProgram)
    code = llvm::sys::fs::setPermissions(path, llvm::sys::fs::all_all);
  if (!code && !out.has_error())
    return llvm::Error::success();
  out.clear_error();
  return llvm::createStringError(code, "can not write '" + path + "'");
}

/// f32 or i32, which attn-run rounds to the type of the argument; exact.
std::string printNpy(const Argument &argument, const HostTensor &tensor) {
  bool isInteger = argument.dtype == ATTN_I32;
  std::string shape;
  for (int64_t size : tensor.getSizes())
    shape += std::to_string(size) + ",";
  std::string header = std::string("{'descr': '") +
                       (isInteger ? "<i4" : "<f4") +
                       "', 'fortran_order': False, 'shape': (" + shape + ")}";
  header.resize((10 + header.size() + 64) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 255);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  for (int64_t n = 0; n < tensor.getCount(); ++n) {
    auto integer = static_cast<int32_t>(isInteger ? tensor.get(n) : 0);
    auto number = static_cast<float>(tensor.get(n));
    char element[4];
    if (isInteger)
      std::memcpy(element, &integer, 4);
    else
      std::memcpy(element, &number, 4);
    bytes.append(element, 4);
  }
  return bytes;
}

/// Arguments that a shrunk program lost are not given.
std::string printScript(const ProgramSpec &spec, const std::string &device,
                        const std::string &variant) {
  std::string names, prefix;
  for (const Argument &argument : spec.arguments)
    names += " " + argument.name;
  if (device == "cpu")
    prefix = "export ATTN_CPU=" + variant + "\n";
  return R"sh(#!/bin/sh
# Exit code 1 if the check of the program, or of the file given, fails.
# Shrink: attn-reduce program.mlir --reduction-tree='traversal-mode=0 test=./fails.sh'
here=$(cd "$(dirname "$0")" && pwd)
program=${1:-$here/program.mlir}
)sh" + prefix +
         "set -- \"$program\" --device=" + device + R"sh( --against=reference
for name in)sh" +
         names + R"sh(; do
  grep -q "attn.name = \"$name\"" "$program" &&
    set -- "$@" --in=$name="$here/$name.npy"
done
output=$(${ATTN_RUN:-attn-run} "$@" 2>&1)
status=$?
echo "$output" >&2
test $status -ne 0 && echo "$output" | grep -q 'against reference' && exit 1
exit 0
)sh";
}

} // namespace

llvm::Error saveCase(const std::string &folder, const ProgramSpec &spec,
                     const std::string &device, const std::string &variant,
                     const Data &data) {
  if (std::error_code code = llvm::sys::fs::create_directories(folder))
    return llvm::createStringError(code, "can not make '" + folder + "'");
  if (llvm::Error error = writeFile(folder, "program.mlir", printProgram(spec)))
    return error;
  for (auto [argument, tensor] : llvm::zip(spec.arguments, data.arguments))
    if (llvm::Error error = writeFile(folder, argument.name + ".npy",
                                      printNpy(argument, tensor)))
      return error;
  return writeFile(folder, "fails.sh", printScript(spec, device, variant),
                   /*isProgram=*/true);
}

} // namespace attn::fuzz
