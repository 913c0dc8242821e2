//===- Parse.cpp - Read manifest.json -------------------------------------===//
//
// One function per struct of Manifest.h. Types and ranges are checked here,
// references between parts in Validate.cpp.
//
//===----------------------------------------------------------------------===//

#include "Document.h"
#include "Reader.h"
#include "Validate.h"

namespace attn::manifest {
namespace {
constexpr size_t kMostBytes = size_t(16) << 20;

std::optional<std::string> optionalText(Reader &r, const Place &object,
                                        const char *key) {
  if (!r.has(object, key))
    return std::nullopt;
  return r.text(r.member(object, key));
}

std::optional<std::string> nullableText(Reader &r, const Place &object,
                                        const char *key) {
  if (r.isNothing(object, key))
    return std::nullopt;
  return r.text(r.member(object, key));
}

std::optional<int64_t> optionalNumber(Reader &r, const Place &object,
                                      const char *key) {
  if (!r.has(object, key))
    return std::nullopt;
  return r.number(r.member(object, key));
}

std::optional<Expr> optionalExpr(Reader &r, const Place &object,
                                 const char *key) {
  if (!r.has(object, key))
    return std::nullopt;
  return r.expr(r.member(object, key));
}

/// Reads every element of the array `key` with `read`.
template <typename T, typename Read>
void readAll(Reader &r, const Place &object, const char *key,
             std::vector<T> &out, Read read) {
  Place array = r.member(object, key);
  for (size_t i = 0, e = r.length(array); i < e; ++i)
    out.push_back(read(r, r.element(array, i)));
}

Axis readAxis(Reader &r, const Place &place) {
  Axis axis;
  if (r.has(place, "letter"))
    axis.letter = r.text(r.member(place, "letter"));
  axis.size = optionalNumber(r, place, "size");
  return axis;
}

Tensor readTensor(Reader &r, const Place &place) {
  Tensor tensor;
  tensor.name = r.text(r.member(place, "name"));
  tensor.dtype = r.dtype(r.member(place, "dtype"));
  readAll(r, place, "shape", tensor.shape, readAxis);
  Place strides = r.member(place, "strides");
  r.number(r.member(strides, "last"), 1, 1);
  tensor.baseAlignmentBytes =
      r.number(r.member(strides, "base_alignment_bytes"), 1, 4096);
  tensor.strideMultipleBytes =
      r.number(r.member(strides, "multiple_bytes"), 1, 4096);
  if (r.has(place, "inout"))
    tensor.inout = r.flag(r.member(place, "inout"));
  if (r.has(place, "random"))
    tensor.random = r.text(r.member(place, "random"));
  return tensor;
}

MapGrid readMapGrid(Reader &r, const Place &place) {
  MapGrid grid;
  grid.axis = r.number(r.member(place, "axis"), 0, kMostAxes - 1);
  readAll(r, place, "sizes", grid.sizes,
          [](Reader &r, const Place &p) { return r.expr(p); });
  return grid;
}

TensorMap readTensorMap(Reader &r, const Place &place) {
  TensorMap map;
  map.axes = r.numbers(r.member(place, "axes"));
  if (r.has(place, "grid"))
    map.grid = readMapGrid(r, r.member(place, "grid"));
  map.box = r.numbers(r.member(place, "box"));
  map.elementStrides = r.numbers(r.member(place, "element_strides"));
  map.interleave = r.text(r.member(place, "interleave"));
  map.swizzle = r.text(r.member(place, "swizzle"));
  map.l2Promotion = r.text(r.member(place, "l2_promotion"));
  map.oobFill = r.text(r.member(place, "oob_fill"));
  if (r.has(place, "if_aligned"))
    map.ifAligned = r.flag(r.member(place, "if_aligned"));
  return map;
}

/// A size, stride or scalar with its width, which 1.0 did not have.
KernelArg withBytes(Reader &r, const Place &place, KernelArg arg) {
  if (!r.has(place, "bytes"))
    return arg;
  Place bytes = r.member(place, "bytes");
  arg.bytes = r.number(bytes);
  if (arg.bytes != 4 && arg.bytes != 8)
    r.fail("4 or 8", bytes);
  return arg;
}

KernelArg readKernelArg(Reader &r, const Place &place) {
  Place kindPlace = r.member(place, "kind");
  std::string kind = r.text(kindPlace);
  if (kind == "scalar")
    return withBytes(r, place,
                     KernelArg::scalar(r.expr(r.member(place, "value"))));
  std::string tensor = r.text(r.member(place, "tensor"));
  if (kind == "size" || kind == "stride") {
    int64_t axis = r.number(r.member(place, "axis"), 0, kMostAxes - 1);
    return withBytes(r, place,
                     kind == "size" ? KernelArg::size(tensor, axis)
                                    : KernelArg::stride(tensor, axis));
  }
  KernelArg arg = KernelArg::pointer(tensor);
  if (kind == "tensor_map") {
    arg.kind = KernelArg::Kind::kTensorMap;
    arg.map = readTensorMap(r, r.member(place, "map"));
  } else if (kind != "pointer") {
    r.fail("one of \"pointer\", \"size\", \"stride\", \"scalar\", "
           "\"tensor_map\"",
           kindPlace);
  }
  return arg;
}

Buffer readBuffer(Reader &r, const Place &place) {
  Buffer buffer;
  buffer.name = r.text(r.member(place, "name"));
  buffer.dtype = r.dtype(r.member(place, "dtype"));
  readAll(r, place, "shape", buffer.shape,
          [](Reader &r, const Place &p) { return r.expr(p); });
  return buffer;
}

Image readImage(Reader &r, const Place &place) {
  Image image;
  image.file = r.text(r.member(place, "file"));
  image.sha256 = r.text(r.member(place, "sha256"));
  image.target = r.text(r.member(place, "target"));
  if (image.target == "cpu")
    image.variants = r.texts(r.member(place, "variants"));
  image.bytes = r.number(r.member(place, "bytes"));
  return image;
}

void readCpuKernel(Reader &r, const Place &place, Kernel &kernel) {
  if (r.has(place, "scratch_bytes_per_thread"))
    kernel.scratchBytesPerThread =
        r.expr(r.member(place, "scratch_bytes_per_thread"));
}

void readGpuKernel(Reader &r, const Place &place, Kernel &kernel) {
  Place block = r.member(place, "block");
  if (r.length(block) != 3)
    r.fail("an array of 3", block);
  kernel.block.emplace();
  for (size_t i = 0; i < 3; ++i)
    (*kernel.block)[i] = r.number(r.element(block, i), 1, 1024);
  kernel.sharedBytes = r.number(r.member(place, "shared_bytes"));
  kernel.registers = optionalNumber(r, place, "registers");
  kernel.spillBytes = optionalNumber(r, place, "spill_bytes");
  kernel.ptx = optionalText(r, place, "ptx");
  if (r.has(place, "ptxas_remarks"))
    kernel.ptxasRemarks = r.texts(r.member(place, "ptxas_remarks"));
}

/// Other fields on cpu than on a GPU: those of the other are unknown there.
Kernel readKernel(Reader &r, const Place &place) {
  Kernel kernel;
  kernel.name = r.text(r.member(place, "name"));
  kernel.target = r.text(r.member(place, "target"));
  kernel.image = nullableText(r, place, "image");
  if (kernel.target == "cpu")
    readCpuKernel(r, place, kernel);
  else
    readGpuKernel(r, place, kernel);
  return kernel;
}

Step readStep(Reader &r, const Place &place) {
  Step step;
  step.kernel = r.text(r.member(place, "kernel"));
  if (r.has(place, "grid")) {
    Place grid = r.member(place, "grid");
    if (r.length(grid) != 3)
      r.fail("an array of 3", grid);
    step.grid.emplace();
    for (size_t i = 0; i < 3; ++i)
      (*step.grid)[i] = r.expr(r.element(grid, i));
  }
  readAll(r, place, "arguments", step.arguments, readKernelArg);
  if (r.has(place, "depends_on"))
    step.dependsOn = r.numbers(r.member(place, "depends_on"));
  if (r.has(place, "when")) {
    Place when = r.member(place, "when");
    step.when = When{r.text(r.member(when, "group")),
                     r.expr(r.member(when, "condition"))};
  }
  step.repeat = optionalExpr(r, place, "repeat");
  step.bytes = optionalExpr(r, place, "bytes");
  step.operations = optionalExpr(r, place, "operations");
  return step;
}

Plan readPlan(Reader &r, const Place &place) {
  Plan plan;
  plan.target = r.text(r.member(place, "target"));
  if (r.has(place, "buffers"))
    readAll(r, place, "buffers", plan.buffers, readBuffer);
  readAll(r, place, "steps", plan.steps, readStep);
  return plan;
}

Check readCheck(Reader &r, const Place &place) {
  return {r.expr(r.member(place, "condition")),
          r.text(r.member(place, "message"))};
}

View readView(Reader &r, const Place &place) {
  View view;
  view.name = r.text(r.member(place, "name"));
  view.tensor = r.text(r.member(place, "tensor"));
  readAll(r, place, "axes", view.axes,
          [](Reader &r, const Place &p) { return r.numbers(p); });
  return view;
}

Entry readEntry(Reader &r, const Place &place) {
  Entry entry;
  entry.name = r.text(r.member(place, "name"));
  readAll(r, place, "arguments", entry.arguments, readTensor);
  readAll(r, place, "results", entry.results, readTensor);
  if (r.has(place, "views"))
    readAll(r, place, "views", entry.views, readView);
  if (r.has(place, "checks"))
    readAll(r, place, "checks", entry.checks, readCheck);
  readAll(r, place, "plans", entry.plans, readPlan);
  return entry;
}

void readHeader(Reader &r, const Place &root, Manifest &manifest) {
  Place compiler = r.member(root, "compiler");
  manifest.compiler.name = r.text(r.member(compiler, "name"));
  manifest.compiler.version = r.text(r.member(compiler, "version"));
  manifest.compiler.llvm = r.text(r.member(compiler, "llvm"));
  manifest.compiler.ptxas = nullableText(r, compiler, "ptxas");
  Place input = r.member(root, "input");
  manifest.input.file = r.text(r.member(input, "file"));
  manifest.input.sha256 = r.text(r.member(input, "sha256"));
}

Error invalid(std::string message) {
  return Error{Error::Code::kInvalidManifest, std::move(message)};
}

std::optional<Error> checkVersion(Reader &r, const Place &root,
                                  Manifest &manifest) {
  Place schema = r.member(root, "schema");
  if (r.text(schema) != "attn-manifest")
    r.fail("\"attn-manifest\"", schema);
  Place version = r.member(root, "version");
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  manifest.major =
      static_cast<uint32_t>(r.number(r.member(version, "major"), 0, kMost));
  manifest.minor =
      static_cast<uint32_t>(r.number(r.member(version, "minor"), 0, kMost));
  if (r.error || manifest.major == kMajor)
    return r.error;
  return Error{Error::Code::kUnsupportedVersion,
               "expected manifest version " + std::to_string(kMajor) +
                   ".x at '/version' but found " +
                   std::to_string(manifest.major) + "." +
                   std::to_string(manifest.minor) +
                   "; compile the program again or use a runtime of that "
                   "version"};
}

Result<Manifest> parse(std::string_view text) {
  if (text.size() > kMostBytes)
    return invalid("expected a manifest of at most " +
                   std::to_string(kMostBytes) + " bytes but found " +
                   std::to_string(text.size()));
  Document document(text);
  if (!document.problem.empty())
    return invalid(document.problem);

  Reader r;
  Place root{&document.root, ""};
  Manifest manifest;
  if (auto error = checkVersion(r, root, manifest))
    return *error;
  readHeader(r, root, manifest);
  readAll(r, root, "images", manifest.images, readImage);
  readAll(r, root, "kernels", manifest.kernels, readKernel);
  readAll(r, root, "entries", manifest.entries, readEntry);
  if (manifest.minor <= kMinor)
    r.refuseUnknown(root);
  if (r.error)
    return *r.error;
  if (auto error = validate(manifest))
    return *error;
  return manifest;
}
} // namespace

Result<Manifest> parseManifest(std::string_view text) {
  try {
    return parse(text);
  } catch (const std::bad_alloc &) {
    return Error{Error::Code::kOutOfMemory, "out of memory"};
  } catch (const std::exception &problem) {
    return invalid(std::string("manifest cannot be read: ") + problem.what());
  } catch (...) {
    return invalid("manifest cannot be read");
  }
}

} // namespace attn::manifest
