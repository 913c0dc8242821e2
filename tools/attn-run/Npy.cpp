//===- Npy.cpp - Arrays in NumPy's file format ----------------------------===//

#include "Npy.h"
#include "Failure.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sys/stat.h>

namespace attn::run {
namespace {
const char *const kRemedy = "write it with numpy.save(FILE, array)";

/// The dictionary in front of the data, read strictly: three keys, in any
/// order, with the literals numpy.save writes.
class Header {
public:
  Header(const std::string &path, std::string text)
      : path(path), text(std::move(text)) {}

  void parse();

  std::string descr;
  bool fortran = false;
  std::vector<int64_t> shape;

private:
  [[noreturn]] void fail(const std::string &expected) const {
    std::string rest = text.substr(std::min(position, text.size()), 20);
    throw RunError("'" + path + "': expected " + expected +
                   " in its .npy header but found '" + rest + "'; " + kRemedy);
  }
  void space() {
    while (position < text.size() && std::strchr(" \n\t", text[position]))
      ++position;
  }
  bool accept(const std::string &token) {
    space();
    if (text.compare(position, token.size(), token) != 0)
      return false;
    position += token.size();
    return true;
  }
  void expect(const std::string &token) {
    if (!accept(token))
      fail("'" + token + "'");
  }
  std::string quoted();
  int64_t number();
  void readShape();

  const std::string &path;
  std::string text;
  size_t position = 0;
};

std::string Header::quoted() {
  space();
  char quote = position < text.size() ? text[position] : 0;
  size_t end = quote == '\'' || quote == '"' ? text.find(quote, position + 1)
                                             : std::string::npos;
  if (end == std::string::npos)
    fail("a string");
  std::string value = text.substr(position + 1, end - position - 1);
  position = end + 1;
  return value;
}

int64_t Header::number() {
  space();
  size_t start = position;
  int64_t value = 0;
  while (position < text.size() && text[position] >= '0' &&
         text[position] <= '9') {
    if (__builtin_mul_overflow(value, int64_t(10), &value) ||
        __builtin_add_overflow(value, int64_t(text[position] - '0'), &value))
      fail("a size of 64 bits");
    ++position;
  }
  if (position == start)
    fail("a size");
  return value;
}

void Header::readShape() {
  expect("(");
  while (!accept(")")) {
    shape.push_back(number());
    if (shape.size() > ATTN_MAX_RANK)
      fail("at most 8 axes");
    if (!accept(",")) {
      expect(")");
      return;
    }
  }
}

void Header::parse() {
  bool hasDescr = false, hasOrder = false, hasShape = false;
  expect("{");
  while (!accept("}")) {
    std::string key = quoted();
    expect(":");
    if (key == "descr" && !hasDescr) {
      descr = quoted();
      hasDescr = true;
    } else if (key == "fortran_order" && !hasOrder) {
      fortran = accept("True");
      if (!fortran)
        expect("False");
      hasOrder = true;
    } else if (key == "shape" && !hasShape) {
      readShape();
      hasShape = true;
    } else {
      fail("one each of 'descr', 'fortran_order', 'shape'");
    }
    if (!accept(",")) {
      expect("}");
      break;
    }
  }
  if (!hasDescr || !hasOrder || !hasShape)
    fail("'descr', 'fortran_order' and 'shape'");
}

AttnDtype dtypeOf(const std::string &path, const std::string &descr) {
  struct Row {
    const char *descr;
    AttnDtype dtype;
  };
  constexpr Row kRows[] = {
      {"<f2", ATTN_F16}, {"<f4", ATTN_F32}, {"<f8", ATTN_F64}, {"|i1", ATTN_I8},
      {"<i4", ATTN_I32}, {"<i8", ATTN_I64}, {"|b1", ATTN_BOOL}};
  for (const Row &row : kRows)
    if (descr == row.descr)
      return row.dtype;
  if (!descr.empty() && descr[0] == '>')
    throw RunError("'" + path + "' is big-endian (dtype '" + descr +
                   "'), expected little-endian; convert it with "
                   "array.astype('<" +
                   descr.substr(1) + "')");
  throw RunError("'" + path + "' has dtype '" + descr +
                 "', expected one of <f2, <f4, <f8, |i1, <i4, <i8, |b1; "
                 "convert it with array.astype");
}

/// Magic, version and header; leaves the stream at the data.
std::string headerText(std::ifstream &file, const std::string &path) {
  unsigned char start[12];
  file.read(reinterpret_cast<char *>(start), 10);
  if (!file || std::memcmp(start, "\x93NUMPY", 6) != 0)
    throw RunError("'" + path +
                   "' is no .npy file (its first bytes are not "
                   "\\x93NUMPY); " +
                   kRemedy);
  size_t length = start[8] | size_t(start[9]) << 8;
  if (start[6] == 2 || start[6] == 3) {
    file.read(reinterpret_cast<char *>(start) + 10, 2);
    length |= size_t(start[10]) << 16 | size_t(start[11]) << 24;
  } else if (start[6] != 1) {
    throw RunError("'" + path + "' has .npy version " +
                   std::to_string(start[6]) + ", expected 1, 2 or 3");
  }
  constexpr size_t kLongest = 65536;
  if (!file || length > kLongest)
    throw RunError("'" + path + "': expected a .npy header of at most " +
                   std::to_string(kLongest) + " bytes but found " +
                   std::to_string(length));
  std::string text(length, 0);
  file.read(text.data(), std::streamsize(length));
  if (!file)
    throw RunError("'" + path + "' is truncated: its .npy header has " +
                   std::to_string(file.gcount()) + " of " +
                   std::to_string(length) + " bytes");
  return text;
}
} // namespace

HostTensor readNpy(const std::string &path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0)
    throw RunError("cannot open '" + path + "': " + std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    throw RunError("cannot read '" + path + "': not a regular file");
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw RunError("cannot open '" + path + "': " + std::strerror(errno));
  Header header(path, headerText(file, path));
  header.parse();
  AttnDtype dtype = dtypeOf(path, header.descr);
  if (header.fortran)
    throw RunError("'" + path +
                   "' is in Fortran order, expected C order; "
                   "write it with numpy.save(FILE, "
                   "numpy.ascontiguousarray(array))");
  // The size of the file bounds what is allocated, whatever the header says.
  int64_t expected = dtypeBytes(dtype);
  bool overflows = false, isEmpty = false;
  for (int64_t size : header.shape) {
    overflows |= __builtin_mul_overflow(expected, size, &expected);
    isEmpty |= size == 0;
  }
  expected = isEmpty ? 0 : expected;
  int64_t found = int64_t(info.st_size) - int64_t(file.tellg());
  if ((overflows && !isEmpty) || found != expected)
    throw RunError(
        "'" + path + "' holds " + std::to_string(found) +
        " bytes of data, expected " +
        (overflows && !isEmpty ? "more than 2^63" : std::to_string(expected)) +
        " for " + dtypeName(dtype) + " " + shapeText(header.shape) +
        "; it is truncated or damaged");
  HostTensor tensor = makeTensor(path, dtype, header.shape);
  file.read(tensor.bytes.data(), expected);
  if (!file)
    throw RunError("cannot read '" + path + "': " + std::strerror(errno));
  return tensor;
}

std::string npyHeader(const HostTensor &tensor) {
  const char *descr = "<f4"; // f32, and bf16 widened
  switch (tensor.dtype) {
  case ATTN_F16:
    descr = "<f2";
    break;
  case ATTN_F64:
    descr = "<f8";
    break;
  case ATTN_I8:
    descr = "|i1";
    break;
  case ATTN_I32:
    descr = "<i4";
    break;
  case ATTN_I64:
    descr = "<i8";
    break;
  case ATTN_BOOL:
    descr = "|b1";
    break;
  default:
    break;
  }
  std::string shape;
  for (int64_t size : tensor.sizes)
    shape += std::to_string(size) + ", ";
  if (tensor.sizes.size() > 1)
    shape.resize(shape.size() - 2);
  else if (!shape.empty())
    shape.resize(shape.size() - 1); // "(5,)"
  std::string text = std::string("{'descr': '") + descr +
                     "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // Data starts at a multiple of 64 bytes; the header ends with a newline.
  text.append(63 - (10 + text.size()) % 64, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += char(text.size() & 0xff);
  header += char(text.size() >> 8);
  return header + text;
}

} // namespace attn::run
