# The test suite: how a test finds the tools, and which features this machine has.
#
# A test asks for what it needs by feature (REQUIRES: avx512); what is missing shows
# as "Unsupported" with a count. Features are found here, at test time:
#   compiler | no-compiler   whether this build has the compiler half
#   avx2 avx512 avx512bf16 amx  what the CPU can run (variants v3, v4, v4bf16, amx of an image)
#   ptxas nvdisasm           tools/setup.sh installed both versions of the assembler; the disassembler
#   gpu smNN smNN-or-newer   a GPU that the driver knows
#   clang-format             clang-format-22 is installed
#   attnc attn-run ...       the tool is built
#   no-memory                the allocator that fails is built (not with sanitizers)
#   sanitizers               the build has one
#   namespaces               users may mount file systems of their own
#   python-package           build/python/attn is built (needs nanobind; not with sanitizers)
#   wheel                    its wheel is built (target `wheel`)
#   torch                    build/torch-venv holds PyTorch, for tests that need it
#   triton                   build/triton-venv holds Triton (test/Performance/roofline/README.md)
#   transformers             it holds Hugging Face transformers too
import ctypes
import glob
import os
import shutil
import subprocess
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from manifest_format import ManifestCheckingTest  # noqa: E402

config.name = "attn"
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "programs", "Performance"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.attn_obj_root, "test")
config.environment["PATH"] = os.pathsep.join(
    [config.attn_bin_dir, config.llvm_tools_dir, config.environment["PATH"]])
# A captured variable must not leak across CHECK-LABEL, as in MLIR's own suite.
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input-filter=error"
for name, value in os.environ.items():
    if name.startswith("ATTN_"):
        config.environment[name] = value

# Programs that tests build are built like ours: all or nothing has a sanitizer.
config.environment["CFLAGS"] = config.attn_c_flags
config.environment["CXXFLAGS"] = config.attn_cxx_flags
# What a sanitizer finds fails the test. LLVM is not built with it: a vector or an arena
# (BumpPtrAllocator) that both sides change would look damaged.
options = {"ASAN_OPTIONS": "detect_container_overflow=0:allow_user_poisoning=0",
           "LSAN_OPTIONS": f"suppressions={os.path.join(config.test_source_root, 'lsan.supp')}:print_suppressions=0",
           "TSAN_OPTIONS": f"suppressions={os.path.join(config.test_source_root, 'tsan.supp')}",
           "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
if "fsanitize" in config.attn_cxx_flags:
    config.available_features.add("sanitizers")
    for name, value in options.items():
        config.environment.setdefault(name, value)

# The build's own Python has NumPy; tools/setup.sh makes it.
python = os.path.join(config.attn_src_root, "build", "venv", "bin", "python3")
if not os.path.exists(python):
    lit_config.warning(f"{python} is missing: run tools/setup.sh; using {sys.executable}")
    python = sys.executable

# One round-trip for every op file: custom -> custom, generic -> custom, bytecode.
config.substitutions += [
    ("%roundtrip", "attn-opt %s | attn-opt | FileCheck %s && "
                   "attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s && "
                   "attn-opt %s --emit-bytecode | attn-opt | FileCheck %s"),
    ("%exits", f"{python} {os.path.join(config.attn_src_root, 'test', 'exits.py')}"),
    ("%each-cpu", f"{python} {os.path.join(config.attn_src_root, 'test', 'each_cpu.py')}"),
    ("%python", python),
    ("%src", config.attn_src_root),
    ("%obj", config.attn_obj_root),
    ("%llvm-tools", config.llvm_tools_dir),
]


def cpu_flags():
    try:
        with open("/proc/cpuinfo") as info:
            return next((set(line.split()) for line in info if line.startswith("flags")), set())
    except OSError:
        return set()


def compute_capability():
    """Returns e.g. 90, or None without a driver or a device."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    major, minor, device = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    if cuda.cuInit(0) or cuda.cuDeviceGet(ctypes.byref(device), 0):
        return None
    cuda.cuDeviceGetAttribute(ctypes.byref(major), 75, device)
    cuda.cuDeviceGetAttribute(ctypes.byref(minor), 76, device)
    return major.value * 10 + minor.value


features = config.available_features
flags = cpu_flags()
if {"avx2", "fma", "f16c"} <= flags:
    features.add("avx2")
if {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"} <= flags:
    features.add("avx512")
    if "avx512_bf16" in flags:
        features.add("avx512bf16")
    if {"amx_tile", "amx_bf16"} <= flags:
        features.add("amx")
VARIANTS = {"avx2": "v3", "avx512": "v4", "avx512bf16": "v4bf16", "amx": "amx"}
variants = [variant for feature, variant in VARIANTS.items() if feature in features]
config.environment["CPU_VARIANTS"] = ",".join(variants)
config.test_format = ManifestCheckingTest(variants, execute_external=False)

capability = compute_capability()
if capability:
    features.add("gpu")
    features.add("sm%d" % capability)
    features.update("sm%d-or-newer" % level for level in (80, 90, 100) if capability >= level)

# The assemblers that tools/setup.sh installs, the newest first; the gates run with each.
environment = os.path.join(config.attn_src_root, "build", "venv", "lib", "python3*", "site-packages")
older = os.path.join(config.attn_src_root, "build", "ptxas-13.0")


def installed(tool, *folders):
    """Paths of `tool` in the wheels of `folders`; none if one lacks it."""
    found = [glob.glob(os.path.join(folder, "nvidia", "cu13", "bin", tool)) for folder in folders]
    if not all(found):
        lit_config.warning(f"{tool} is missing in {' or '.join(folders)}: run tools/setup.sh")
        return []
    return [paths[0] for paths in found]


if config.attn_enable_compiler in ("ON", "TRUE", "1"):
    assemblers, disassemblers = installed("ptxas", environment, older), installed("nvdisasm", environment)
    config.substitutions += [("%ptxas", " ".join(assemblers)), ("%nvdisasm", " ".join(disassemblers))]
    features.update(["ptxas"] if assemblers else [])
    features.update(["nvdisasm"] if disassemblers else [])
if glob.glob(os.path.join(config.attn_obj_root, "python", "attn", "_native.*.so")):
    features.add("python-package")
if glob.glob(os.path.join(config.attn_obj_root, "wheel", "attn-*.whl")):
    features.add("wheel")
torch = os.path.join(config.attn_src_root, "build", "torch-venv")
if glob.glob(os.path.join(torch, "lib", "python3*", "site-packages", "torch", "__init__.py")):
    features.add("torch")
else:
    reason = torch + ".missing"
    why = open(reason).read().strip() if os.path.exists(reason) else "run tools/dev/torch_env.sh"
    lit_config.note(f"tests of PyTorch are unsupported: no build/torch-venv: {why}")
if glob.glob(os.path.join(torch, "lib", "python3*", "site-packages", "transformers", "__init__.py")):
    features.add("transformers")
    if os.path.exists(os.path.join(torch, "weights.missing")):
        lit_config.note("the sentence encoder is tested with random weights: "
                        + open(os.path.join(torch, "weights.missing")).read().strip())
config.substitutions.append(("%torch-python", os.path.join(torch, "bin", "python3")))
triton = os.path.join(config.attn_src_root, "build", "triton-venv")
if glob.glob(os.path.join(triton, "lib", "python3*", "site-packages", "triton", "__init__.py")):
    features.add("triton")
config.substitutions.append(("%triton-python", os.path.join(triton, "bin", "python3")))
if shutil.which("unshare") and not subprocess.call(
        ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/mnt"], stderr=subprocess.DEVNULL):
    features.add("namespaces")
if os.path.exists(os.path.join(config.attn_obj_root, "lib", "libno-memory.so")):
    features.add("no-memory")
if shutil.which("clang-format-22"):
    features.add("clang-format")
if os.path.isdir(config.attn_bin_dir):
    features.update(os.listdir(config.attn_bin_dir))

# A runtime-only build tests what it has: the runtime and its command line.
if config.attn_enable_compiler in ("ON", "TRUE", "1"):
    features.add("compiler")
else:
    features.add("no-compiler")
    config.excludes += [name for name in os.listdir(config.test_source_root)
                        if name not in ("Runtime", "Tools")]
