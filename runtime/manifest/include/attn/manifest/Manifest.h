//===- Manifest.h - What a compiled artifact promises -----------*- C++ -*-===//
//
// `manifest.json` is the only bridge between the compiler, which writes it, and
// the runtime, which reads it. The structs below are that file, field by field.
// This header depends on the C++ standard library only.
// Source: the field list is runtime/manifest/README.md, the JSON Schema is
// runtime/manifest.schema.json.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_MANIFEST_MANIFEST_H
#define ATTN_MANIFEST_MANIFEST_H

#include "attn/manifest/Expr.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace attn::manifest {

/// The version this library writes, and the major it reads.
constexpr uint32_t kMajor = 1;
constexpr uint32_t kMinor = 4;

/// Why a call failed. `message` starts in lower case, names the value found
/// and the value expected, and has no final period.
struct Error {
  enum class Code { kInvalidManifest, kUnsupportedVersion, kOutOfMemory };
  Code code;
  std::string message;
};

template <typename T>
using Result = std::variant<T, Error>;

enum class Dtype { kF16, kBF16, kF32, kF64, kI8, kI32, kI64, kBool };

/// "f16", "bf16", "f32", "f64", "i8", "i32", "i64", "bool".
std::string_view dtypeName(Dtype dtype);
std::optional<Dtype> dtypeFromName(std::string_view name);
int64_t dtypeBytes(Dtype dtype);

/// One axis of an argument or result. At least one of the two is given; a
/// letter with a size is a constant of the program ("Hq" = 32).
struct Axis {
  std::string letter;          ///< Empty if the axis has none.
  std::optional<int64_t> size; ///< Elements; absent if known only at launch.
};

/// An argument or result of an entry. Every tensor crosses as pointer, sizes
/// and element strides; the stride of the last axis is always 1.
struct Tensor {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<Axis> shape;
  int64_t baseAlignmentBytes = 1;  ///< Power of two; element size or 16.
  int64_t strideMultipleBytes = 1; ///< For all strides but the last.
  bool inout = false;              ///< Arguments only: updated in place.
  std::string random;              ///< How `--random` fills it; may be empty.
};

/// An argument or result with fewer axes: neighbours that lie in memory as one
/// are one axis, as long as all of them and with the innermost stride.
struct View {
  std::string name;
  std::string tensor; ///< An argument or result of the entry.
  /// Per axis of the view, axes of the tensor: all of them, in order.
  std::vector<std::vector<int64_t>> axes;
};

/// An axis of a tensor taken apart: its elements are the points of a grid in
/// row-major order.
struct MapGrid {
  int64_t axis = 0;
  std::vector<Expr> sizes; ///< Innermost first; their product is the axis.
};

/// How to encode a TMA descriptor over a tensor. GPU only. Axes of the
/// descriptor are `axes`, and those of `grid` in the place of its axis.
struct TensorMap {
  std::vector<int64_t> axes; ///< Tensor axes, innermost first.
  std::optional<MapGrid> grid;
  /// Per axis of the descriptor, what its box spans: every `elementStrides`-th
  /// element of it arrives.
  std::vector<int64_t> box;
  std::vector<int64_t> elementStrides;
  std::string interleave;  ///< "none", "16B" or "32B".
  std::string swizzle;     ///< "none", "32B", "64B" or "128B".
  std::string l2Promotion; ///< "none", "64B", "128B" or "256B".
  std::string oobFill;     ///< "none" or "nan_request_zero_fma".
  bool ifAligned = false;  ///< 128 zero bytes instead where the address or a
                           ///< stride is no multiple of 16 bytes.
};

/// One argument of a kernel; a kernel's arguments are listed in order.
struct KernelArg {
  enum class Kind { kPointer, kSize, kStride, kScalar, kTensorMap };
  Kind kind = Kind::kPointer;
  std::string tensor; ///< Argument, result, view, buffer; empty for kScalar.
  int64_t axis = 0;   ///< kSize and kStride only.
  Expr value;         ///< kScalar only.
  int64_t bytes = 8;  ///< Width of the parameter: 8, or 4 on a GPU for kSize,
                      ///< kStride and kScalar. A map has 128, at 64.
  std::optional<TensorMap> map; ///< kTensorMap only.

  static KernelArg pointer(std::string tensor);
  static KernelArg size(std::string tensor, int64_t axis);
  static KernelArg stride(std::string tensor, int64_t axis);
  static KernelArg scalar(Expr value);
};

/// A contiguous tensor in the workspace. The runtime places the buffers of a
/// plan one after the other at 64-byte aligned offsets.
struct Buffer {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<Expr> shape;
};

/// A file of the artifact that holds code.
struct Image {
  std::string file;                  ///< A plain file name inside the artifact.
  std::string sha256;                ///< 64 lower-case hexadecimal digits.
  std::string target;                ///< "cpu" or "sm_90a".
  std::vector<std::string> variants; ///< cpu: "v3", "v4", "v4bf16", "amx".
  int64_t bytes = 0;
};

/// A kernel of one target. (target, name) is unique.
struct Kernel {
  std::string name; ///< cpu: the symbols are `<name>_<variant>`.
  std::string target;
  std::optional<std::string> image; ///< Absent if ptxas was not there.
  // cpu
  Expr scratchBytesPerThread; ///< A multiple of 64; 0 for none.
  // gpu
  std::optional<std::array<int64_t, 3>> block; ///< Threads per CTA.
  std::optional<int64_t> sharedBytes;          ///< Dynamic, per CTA.
  std::optional<int64_t> registers;            ///< Per thread.
  std::optional<int64_t> spillBytes;           ///< Per thread.
  std::optional<std::string> ptx;              ///< A file of the artifact.
  std::vector<std::string> ptxasRemarks;
};

/// Exactly one step of a group runs, whatever the sizes are.
struct When {
  std::string group;
  Expr condition; ///< Runs if not 0.
};

/// One launch.
struct Step {
  std::string kernel;                      ///< A kernel of the plan's target.
  std::optional<std::array<Expr, 3>> grid; ///< gpu only, CTAs in x, y, z.
  std::vector<KernelArg> arguments;
  std::vector<int64_t> dependsOn; ///< Earlier steps of the plan, by index.
  std::optional<When> when;
  std::optional<Expr> repeat;     ///< Times the step runs; absent = 1.
  std::optional<Expr> bytes;      ///< Upper bound of memory traffic.
  std::optional<Expr> operations; ///< Upper bound of floating point work.
};

/// How to run an entry on one target.
struct Plan {
  std::string target;
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
};

/// What must hold for the sizes of a call besides equal letters: two letters
/// that are equal, a table that is long enough. Checked before every launch.
struct Check {
  Expr condition;      ///< Over letters; holds if not 0.
  std::string message; ///< What must hold and where the program says so.
};

/// One function of the program. Names of arguments, results, views and buffers
/// are distinct. Its letters are those of its arguments, in order of
/// appearance.
struct Entry {
  std::string name;
  std::vector<Tensor> arguments;
  std::vector<Tensor> results;
  std::vector<View> views;
  std::vector<Check> checks;
  std::vector<Plan> plans; ///< At most one per target; may be empty.
};

/// Who made the artifact.
struct Compiler {
  std::string name;
  std::string version;
  std::string llvm;
  std::optional<std::string> ptxas; ///< Version; absent if not used.
};

/// The program the artifact was made from.
struct Input {
  std::string file; ///< "input.mlirbc"
  std::string sha256;
};

struct Manifest {
  uint32_t major = kMajor;
  uint32_t minor = kMinor;
  Compiler compiler;
  Input input;
  std::vector<Image> images;
  std::vector<Kernel> kernels;
  std::vector<Entry> entries;
};

/// The letters of an entry: those of its arguments in order of appearance,
/// with their constant if the program gives one.
std::vector<Axis> lettersOf(const Entry &entry);

/// The argument or result of that name, or null.
const Tensor *findTensor(const Entry &entry, std::string_view name);

/// The kernel that a step of a plan of `target` names, or null.
const Kernel *findKernel(const Manifest &manifest, std::string_view target,
                         std::string_view name);

/// Parses and validates the text of a manifest.
///
/// \param json UTF-8 text, read whole; a trailing newline is allowed.
/// \returns the manifest, or
///   - kInvalidManifest if a field is missing, of the wrong type or refers to
///     something that is not there; the message holds its JSON pointer, what
///     was expected and what was found;
///   - kUnsupportedVersion if the major differs from kMajor;
///   - kOutOfMemory.
/// Unknown fields are refused, but for a manifest of a later minor, where they
/// are ignored: a minor only adds optional fields.
/// Thread safety: safe from any thread; keeps no reference to `json`. No
/// exception leaves, whatever the bytes are.
Result<Manifest> parseManifest(std::string_view json);

/// Writes a manifest as pretty-printed JSON with a final newline. The same
/// manifest always gives the same bytes; parseManifest reads them back.
std::string writeManifest(const Manifest &manifest);

/// Checks names, references, ranges and expressions. parseManifest calls it; a
/// writer should call it before it writes.
/// \returns the first violation, or nothing.
std::optional<Error> validate(const Manifest &manifest);

} // namespace attn::manifest

#endif // ATTN_MANIFEST_MANIFEST_H
