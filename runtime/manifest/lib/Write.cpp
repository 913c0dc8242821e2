//===- Write.cpp - Write manifest.json ------------------------------------===//
//
// The inverse of Parse.cpp. Fields come in the order of Manifest.h; an object
// or array that fits on a line is written on one, so that expressions and
// kernel arguments stay readable.
//
//===----------------------------------------------------------------------===//

#include "attn/manifest/Manifest.h"

#include <nlohmann/json.hpp>

using json = nlohmann::ordered_json;

namespace attn::manifest {
namespace {
json toJson(const Axis &axis);
json toJson(const Buffer &buffer);
json toJson(const Check &check);
json toJson(const Entry &entry);
json toJson(const Image &image);
json toJson(const Kernel &kernel);
json toJson(const KernelArg &arg);
json toJson(const Plan &plan);
json toJson(const Step &step);
json toJson(const Tensor &tensor);
json toJson(const View &view);

json toJson(const Expr &expr) {
  switch (expr.kind) {
  case Expr::Kind::kConstant:
    return expr.value;
  case Expr::Kind::kLetter:
    return json{{"letter", expr.name}};
  case Expr::Kind::kLimit:
    return json{{"limit", expr.name}};
  default:
    break;
  }
  json args = json::array();
  for (const Expr &operand : expr.operands)
    args.push_back(toJson(operand));
  return json{{"op", operationName(expr.kind)}, {"args", std::move(args)}};
}

template <typename T>
json listOf(const std::vector<T> &items) {
  json array = json::array();
  for (const T &item : items)
    array.push_back(toJson(item));
  return array;
}

json toJson(const Axis &axis) {
  json object = json::object();
  if (!axis.letter.empty())
    object["letter"] = axis.letter;
  if (axis.size)
    object["size"] = *axis.size;
  return object;
}

json toJson(const Tensor &tensor) {
  json object{{"name", tensor.name}, {"dtype", dtypeName(tensor.dtype)}};
  object["shape"] = listOf(tensor.shape);
  object["strides"] = {{"last", 1},
                       {"base_alignment_bytes", tensor.baseAlignmentBytes},
                       {"multiple_bytes", tensor.strideMultipleBytes}};
  if (tensor.inout)
    object["inout"] = true;
  if (!tensor.random.empty())
    object["random"] = tensor.random;
  return object;
}

json toJson(const TensorMap &map) {
  json object{{"axes", map.axes},
              {"box", map.box},
              {"element_strides", map.elementStrides},
              {"interleave", map.interleave},
              {"swizzle", map.swizzle},
              {"l2_promotion", map.l2Promotion},
              {"oob_fill", map.oobFill}};
  if (map.grid)
    object["grid"] = {{"axis", map.grid->axis},
                      {"sizes", listOf(map.grid->sizes)}};
  if (map.ifAligned)
    object["if_aligned"] = true;
  return object;
}

json toJson(const KernelArg &arg) {
  using Kind = KernelArg::Kind;
  switch (arg.kind) {
  case Kind::kPointer:
    return json{{"kind", "pointer"}, {"tensor", arg.tensor}};
  case Kind::kSize:
  case Kind::kStride:
    return json{{"kind", arg.kind == Kind::kSize ? "size" : "stride"},
                {"tensor", arg.tensor},
                {"axis", arg.axis},
                {"bytes", arg.bytes}};
  case Kind::kScalar:
    return json{
        {"kind", "scalar"}, {"value", toJson(arg.value)}, {"bytes", arg.bytes}};
  case Kind::kTensorMap:
    break;
  }
  json object{{"kind", "tensor_map"}, {"tensor", arg.tensor}};
  if (arg.map)
    object["map"] = toJson(*arg.map);
  return object;
}

json toJson(const Buffer &buffer) {
  return json{{"name", buffer.name},
              {"dtype", dtypeName(buffer.dtype)},
              {"shape", listOf(buffer.shape)}};
}

json toJson(const Image &image) {
  json object{
      {"file", image.file}, {"sha256", image.sha256}, {"target", image.target}};
  if (!image.variants.empty())
    object["variants"] = image.variants;
  object["bytes"] = image.bytes;
  return object;
}

json toJson(const Kernel &kernel) {
  json object{{"name", kernel.name}, {"target", kernel.target}};
  object["image"] = kernel.image ? json(*kernel.image) : json();
  if (kernel.target == "cpu")
    object["scratch_bytes_per_thread"] = toJson(kernel.scratchBytesPerThread);
  if (kernel.block)
    object["block"] = *kernel.block;
  if (kernel.sharedBytes)
    object["shared_bytes"] = *kernel.sharedBytes;
  if (kernel.registers)
    object["registers"] = *kernel.registers;
  if (kernel.spillBytes)
    object["spill_bytes"] = *kernel.spillBytes;
  if (kernel.ptx)
    object["ptx"] = *kernel.ptx;
  if (!kernel.ptxasRemarks.empty())
    object["ptxas_remarks"] = kernel.ptxasRemarks;
  return object;
}

json toJson(const Step &step) {
  json object{{"kernel", step.kernel}};
  if (step.grid)
    object["grid"] =
        json::array({toJson((*step.grid)[0]), toJson((*step.grid)[1]),
                     toJson((*step.grid)[2])});
  object["arguments"] = listOf(step.arguments);
  object["depends_on"] = step.dependsOn;
  if (step.when)
    object["when"] = {{"group", step.when->group},
                      {"condition", toJson(step.when->condition)}};
  if (step.repeat)
    object["repeat"] = toJson(*step.repeat);
  if (step.bytes)
    object["bytes"] = toJson(*step.bytes);
  if (step.operations)
    object["operations"] = toJson(*step.operations);
  return object;
}

json toJson(const Plan &plan) {
  return json{{"target", plan.target},
              {"buffers", listOf(plan.buffers)},
              {"steps", listOf(plan.steps)}};
}

json toJson(const Check &check) {
  return json{{"condition", toJson(check.condition)},
              {"message", check.message}};
}

json toJson(const View &view) {
  return json{
      {"name", view.name}, {"tensor", view.tensor}, {"axes", view.axes}};
}

json toJson(const Entry &entry) {
  json object{{"name", entry.name},
              {"arguments", listOf(entry.arguments)},
              {"results", listOf(entry.results)}};
  if (!entry.views.empty())
    object["views"] = listOf(entry.views);
  object["checks"] = listOf(entry.checks);
  object["plans"] = listOf(entry.plans);
  return object;
}

json toJson(const Compiler &compiler) {
  json object{{"name", compiler.name},
              {"version", compiler.version},
              {"llvm", compiler.llvm}};
  object["ptxas"] = compiler.ptxas ? json(*compiler.ptxas) : json();
  return object;
}

/// The value on one line, with a space after every colon and comma.
std::string compact(const json &value) {
  if (!value.is_structured())
    return value.dump(-1, ' ', /*ensure_ascii=*/false,
                      json::error_handler_t::replace);
  bool isObject = value.is_object();
  std::string text(1, isObject ? '{' : '[');
  for (const auto &item : value.items()) {
    text += text.size() > 1 ? ", " : "";
    text += isObject ? compact(item.key()) + ": " : "";
    text += compact(item.value());
  }
  return text + (isObject ? '}' : ']');
}

/// One line if it fits in 100 columns, else one line per element.
void print(const json &value, size_t indent, std::string &out) {
  std::string line = compact(value);
  if (!value.is_structured() || value.empty() || line.size() + indent <= 100) {
    out += line;
    return;
  }
  bool isObject = value.is_object(), first = true;
  out += isObject ? '{' : '[';
  for (const auto &item : value.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(indent + 2, ' ');
    if (isObject)
      out += compact(item.key()) + ": ";
    print(item.value(), indent + 2, out);
  }
  out += '\n';
  out.append(indent, ' ');
  out += isObject ? '}' : ']';
}
} // namespace

std::string writeManifest(const Manifest &manifest) {
  json document{{"schema", "attn-manifest"}};
  document["version"] = {{"major", manifest.major}, {"minor", manifest.minor}};
  document["compiler"] = toJson(manifest.compiler);
  document["input"] = {{"file", manifest.input.file},
                       {"sha256", manifest.input.sha256}};
  document["images"] = listOf(manifest.images);
  document["kernels"] = listOf(manifest.kernels);
  document["entries"] = listOf(manifest.entries);
  std::string text;
  print(document, 0, text);
  return text + "\n";
}

} // namespace attn::manifest
