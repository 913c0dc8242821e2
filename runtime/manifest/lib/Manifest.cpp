//===- Manifest.cpp - Names and look-ups of a manifest --------------------===//
//
// What reader, writer and checker share about the structs of Manifest.h.
//
//===----------------------------------------------------------------------===//

#include "attn/manifest/Manifest.h"

#include <utility>

namespace attn::manifest {
namespace {
struct DtypeRow {
  Dtype dtype;
  std::string_view name;
  int64_t bytes;
};

constexpr std::array<DtypeRow, 8> kDtypes = {{
    {Dtype::kF16, "f16", 2},
    {Dtype::kBF16, "bf16", 2},
    {Dtype::kF32, "f32", 4},
    {Dtype::kF64, "f64", 8},
    {Dtype::kI8, "i8", 1},
    {Dtype::kI32, "i32", 4},
    {Dtype::kI64, "i64", 8},
    {Dtype::kBool, "bool", 1},
}};

KernelArg argOf(KernelArg::Kind kind, std::string tensor, int64_t axis) {
  KernelArg arg;
  arg.kind = kind;
  arg.tensor = std::move(tensor);
  arg.axis = axis;
  return arg;
}
} // namespace

std::string_view dtypeName(Dtype dtype) {
  for (const DtypeRow &row : kDtypes)
    if (row.dtype == dtype)
      return row.name;
  return "?";
}

std::optional<Dtype> dtypeFromName(std::string_view name) {
  for (const DtypeRow &row : kDtypes)
    if (row.name == name)
      return row.dtype;
  return std::nullopt;
}

int64_t dtypeBytes(Dtype dtype) {
  for (const DtypeRow &row : kDtypes)
    if (row.dtype == dtype)
      return row.bytes;
  return 0;
}

KernelArg KernelArg::pointer(std::string tensor) {
  return argOf(Kind::kPointer, std::move(tensor), 0);
}
KernelArg KernelArg::size(std::string tensor, int64_t axis) {
  return argOf(Kind::kSize, std::move(tensor), axis);
}
KernelArg KernelArg::stride(std::string tensor, int64_t axis) {
  return argOf(Kind::kStride, std::move(tensor), axis);
}
KernelArg KernelArg::scalar(Expr value) {
  KernelArg arg = argOf(Kind::kScalar, {}, 0);
  arg.value = std::move(value);
  return arg;
}

std::vector<Axis> lettersOf(const Entry &entry) {
  std::vector<Axis> letters;
  auto add = [&](const Axis &axis) {
    if (axis.letter.empty())
      return;
    for (Axis &known : letters)
      if (known.letter == axis.letter) {
        if (!known.size)
          known.size = axis.size;
        return;
      }
    letters.push_back(axis);
  };
  for (const Tensor &argument : entry.arguments)
    for (const Axis &axis : argument.shape)
      add(axis);
  return letters;
}

const Tensor *findTensor(const Entry &entry, std::string_view name) {
  for (const auto *tensors : {&entry.arguments, &entry.results})
    for (const Tensor &tensor : *tensors)
      if (tensor.name == name)
        return &tensor;
  return nullptr;
}

const Kernel *findKernel(const Manifest &manifest, std::string_view target,
                         std::string_view name) {
  for (const Kernel &kernel : manifest.kernels)
    if (kernel.target == target && kernel.name == name)
      return &kernel;
  return nullptr;
}

} // namespace attn::manifest
