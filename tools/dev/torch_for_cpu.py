"""PyTorch as PyPI has it, built for CUDA, without the libraries that only a GPU needs.

    torch_for_cpu.py requirements   what else to install, one requirement per line
    torch_for_cpu.py libraries      makes the libraries that are then missing

Run by the Python that PyTorch was installed for, with --no-deps. The dynamic linker wants
the libraries of CUDA (cuBLAS, cuDNN, NCCL and others, 3 GB) by name before `import torch`
ends, and calls nothing in them while there is no GPU: empty ones do, whose functions abort.
"""
import importlib.metadata
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LLVM = "/usr/lib/llvm-22/bin"
LEFT_OUT = re.compile(r"nvidia-|triton|cuda-bindings")
API = re.compile(r"cublas|cufft|cusparse|cusolver|cudnn|cufile|nccl|nvrtc|nvshmem", re.IGNORECASE)


def output_of(tool, *arguments):
    program = shutil.which(tool, path=LLVM) or shutil.which(tool) or tool
    return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def requirements():
    for line in importlib.metadata.requires("torch"):
        if not LEFT_OUT.match(line):  # libtorch_cpu itself uses two small parts of the toolkit
            print(re.sub(r"^cuda-toolkit\[[^]]*\]", "cuda-toolkit[cudart,cupti]", line))


def libraries():
    folder = pathlib.Path(importlib.util.find_spec("torch").origin).parent / "lib"
    built = sorted(folder.glob("*.so"))
    missing = {line.split()[0] for one in built for line in output_of("ldd", one).splitlines() if "not found" in line}
    missing.discard("libcuda.so.1")  # the driver: what needs it is loaded when there is one
    if unknown := [name for name in missing if not API.match(name.removeprefix("lib"))]:
        sys.exit(f"PyTorch needs {' '.join(sorted(unknown))}, which torch_for_cpu.py does not know")
    symbols = {line.split()[-1].partition("@")[0] for one in built
               for line in output_of("llvm-nm", "--dynamic", "--undefined-only", one).splitlines()}
    functions = sorted(symbol for symbol in symbols if API.match(symbol))
    with tempfile.TemporaryDirectory() as work:
        source, library = pathlib.Path(work, "empty.c"), pathlib.Path(work, "empty.so")
        source.write_text("void abort(void);\n" + "".join(f"void {name}(void) {{ abort(); }}\n" for name in functions))
        output_of("clang", "-shared", "-fPIC", "-o", library, source)
        for name in missing:
            shutil.copy(library, folder / name)
    print(f"{len(missing)} libraries of {len(functions)} functions")


{"requirements": requirements, "libraries": libraries}[sys.argv[1]]()
