//===- Module.cpp - The module attn._native -------------------------------===//
//
// Binds artifacts and executables, and turns arrays (NumPy's, or anything that
// speaks DLPack) into tensors without copying. The interpreter's lock is
// released while the compiler or a kernel works.
//
//===----------------------------------------------------------------------===//

#include "Executable.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;

namespace attn::python {
namespace {

using Unlocked = nb::call_guard<nb::gil_scoped_release>;

/// Names of AttnDtype, in its order.
constexpr const char *kDtypeNames[] = {"f16", "bf16", "f32", "f64",
                                       "i8",  "i32",  "i64", "bool"};

std::optional<AttnDtype> dtypeOf(const nb::dlpack::dtype &type, bool isBf16) {
  using Code = nb::dlpack::dtype_code;
  if (type.lanes != 1)
    return std::nullopt;
  switch (Code(type.code)) {
  case Code::Float:
    return type.bits == 16   ? std::optional(ATTN_F16)
           : type.bits == 32 ? std::optional(ATTN_F32)
           : type.bits == 64 ? std::optional(ATTN_F64)
                             : std::nullopt;
  case Code::Bfloat:
    return type.bits == 16 ? std::optional(ATTN_BF16) : std::nullopt;
  case Code::Int:
    return type.bits == 8    ? std::optional(ATTN_I8)
           : type.bits == 32 ? std::optional(ATTN_I32)
           : type.bits == 64 ? std::optional(ATTN_I64)
                             : std::nullopt;
  case Code::UInt: // NumPy has no bf16: attn/_tensors.py passes its bits
    return isBf16 && type.bits == 16 ? std::optional(ATTN_BF16) : std::nullopt;
  case Code::Bool:
    return type.bits == 8 ? std::optional(ATTN_BOOL) : std::nullopt;
  default:
    return std::nullopt;
  }
}

[[noreturn]] void reject(const TensorInfo &info, const std::string &why) {
  throw Failure{Failure::Launch, "'" + info.name + "': " + why, {}};
}

/// Arrays of Python, held while their tensors are used.
template <typename... Kind>
struct Arrays {
  Arrays(const nb::list &objects, const std::vector<TensorInfo> &infos,
         bool onGpu) {
    for (size_t i = 0; i < infos.size(); ++i)
      add(objects[i], infos[i], onGpu);
  }

  void add(nb::handle object, const TensorInfo &info, bool onGpu) {
    nb::ndarray<Kind...> array;
    if (!nb::try_cast(object, array))
      reject(info, std::string("found ") +
                       nb::type_name(object.type()).c_str() +
                       " that is no array of numbers; expected a NumPy array "
                       "or a tensor that speaks DLPack");
    checkPlace(array.device_type(), info, onGpu);
    std::optional<AttnDtype> dtype =
        dtypeOf(array.dtype(), info.dtype == ATTN_BF16);
    if (!dtype)
      reject(info, "found elements of a type that no program takes; expected " +
                       std::string(kDtypeNames[info.dtype]));
    if (array.ndim() > ATTN_MAX_RANK)
      reject(info, "found " + std::to_string(array.ndim()) +
                       " axes; expected " + std::to_string(info.sizes.size()));
    tensors.push_back(
        {const_cast<void *>(static_cast<const void *>(array.data())),
         array.shape_ptr(), array.stride_ptr(), int32_t(array.ndim()), *dtype});
    held.push_back(std::move(array));
  }

  static void checkPlace(int place, const TensorInfo &info, bool onGpu) {
    constexpr int kCpu = 1, kCuda = 2, kCudaHost = 3, kManaged = 13;
    bool isHost = place == kCpu || place == kCudaHost || place == kManaged;
    bool isGpu = place == kCuda || place == kManaged;
    if (onGpu ? isGpu : isHost)
      return;
    if (onGpu)
      reject(info, "found a tensor in host memory; device 'cuda' reads the "
                   "GPU's: move it there, or pass NumPy arrays only");
    reject(info, isGpu ? "found a tensor in the GPU's memory; this device "
                         "reads the host's: pass device='cuda' or a copy"
                       : "found a tensor in memory that no device reads");
  }

  std::vector<AttnTensor> tensors;
  std::vector<nb::ndarray<Kind...>> held;
};

using ArgumentArrays = Arrays<nb::ro>;
using ResultArrays = Arrays<>;

/// An entry on a device, with what its tensors must be.
struct Launcher {
  Launcher(const Artifact &artifact, size_t entry, const std::string &device)
      : executable(artifact, entry, device),
        arguments(artifact.arguments(entry)), results(artifact.results(entry)) {
  }

  Executable executable;
  std::vector<TensorInfo> arguments, results;
};

/// One launch: arguments that are bound, and what they make of the letters.
struct Call {
  Call(const Launcher &launcher, const nb::list &objects, bool onGpu)
      : launcher(launcher), arguments(objects, launcher.arguments, onGpu) {
    letters = launcher.executable.bind(arguments.tensors);
    resultSizes = launcher.executable.resultSizes(letters);
    workspaceBytes = launcher.executable.workspaceBytes(letters);
  }

  void launch(const nb::list &objects, uintptr_t workspace,
              uintptr_t stream) const {
    const Executable &executable = launcher.executable;
    ResultArrays results(objects, launcher.results, executable.hasOwnMemory());
    nb::gil_scoped_release unlocked;
    executable.launch(arguments.tensors, results.tensors,
                      reinterpret_cast<void *>(workspace), workspaceBytes,
                      reinterpret_cast<void *>(stream));
  }

  void launchCopies(const nb::list &objects) const {
    ResultArrays results(objects, launcher.results, /*onGpu=*/false);
    nb::gil_scoped_release unlocked;
    launcher.executable.launchCopies(arguments.tensors, results.tensors,
                                     workspaceBytes);
  }

  const Launcher &launcher;
  ArgumentArrays arguments;
  std::vector<int64_t> letters;
  std::vector<std::vector<int64_t>> resultSizes;
  size_t workspaceBytes;
};

nb::list toTuples(const std::vector<Diagnostic> &diagnostics) {
  nb::list list;
  for (const Diagnostic &d : diagnostics)
    list.append(
        nb::make_tuple(d.severity, d.file, d.line, d.column, d.message));
  return list;
}

/// Raises what attn/_errors.py makes of a failure.
void translate(const std::exception_ptr &thrown, void *) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Failure &failure) {
    const char *maker =
        failure.kind == Failure::Compile ? "compile_error" : "launch_error";
    nb::object error =
        nb::module_::import_("attn._errors")
            .attr(maker)(failure.message, toTuples(failure.diagnostics));
    PyErr_SetObject(error.type().ptr(), error.ptr());
  }
}

} // namespace
} // namespace attn::python

NB_MODULE(_native, module) {
  using namespace attn::python;
  nb::register_exception_translator(translate);
  module.def("version", &attnRuntimeVersion);

  nb::class_<TensorInfo>(module, "TensorInfo")
      .def_ro("name", &TensorInfo::name)
      .def_prop_ro("dtype",
                   [](const TensorInfo &t) { return kDtypeNames[t.dtype]; })
      .def_ro("letters", &TensorInfo::letters)
      .def_ro("sizes", &TensorInfo::sizes)
      .def_ro("inout", &TensorInfo::inout);

  nb::class_<Artifact>(module, "Artifact")
      .def_static("compile", &Artifact::compile, "path"_a, "text"_a.none(),
                  "targets"_a, Unlocked())
      .def_static("load", &Artifact::load, "path"_a, Unlocked())
      .def("find_entry", &Artifact::findEntry, "name"_a)
      .def("entry_name", &Artifact::entryName, "entry"_a)
      .def("arguments", &Artifact::arguments, "entry"_a)
      .def("results", &Artifact::results, "entry"_a)
      .def("letters", &Artifact::letters, "entry"_a)
      .def("manifest", &Artifact::manifest)
      .def_prop_ro("diagnostics",
                   [](const Artifact &a) { return toTuples(a.diagnostics); });

  nb::class_<Launcher>(module, "Launcher")
      .def(nb::init<const Artifact &, size_t, const std::string &>(),
           "artifact"_a, "entry"_a, "device"_a, nb::keep_alive<1, 2>(),
           Unlocked())
      .def_prop_ro(
          "has_own_memory",
          [](const Launcher &l) { return l.executable.hasOwnMemory(); })
      .def_prop_ro("description",
                   [](const Launcher &l) { return l.executable.description(); })
      .def_prop_ro("warning",
                   [](const Launcher &l) { return l.executable.warning(); });

  nb::class_<Call>(module, "Call")
      .def(nb::init<const Launcher &, const nb::list &, bool>(), "launcher"_a,
           "arguments"_a, "on_gpu"_a, nb::keep_alive<1, 2>())
      .def_ro("letters", &Call::letters)
      .def_ro("result_sizes", &Call::resultSizes)
      .def_ro("workspace_bytes", &Call::workspaceBytes)
      .def("launch", &Call::launch, "results"_a, "workspace"_a, "stream"_a)
      .def("launch_copies", &Call::launchCopies, "results"_a);
}
