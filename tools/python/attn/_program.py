"""Programs: compiled from text or files, called on arrays or tensors."""
from __future__ import annotations

import dataclasses
import json
import operator
import os
import re
import threading
import warnings
from typing import Any

import numpy as np

from attn import _native, _tensors
from attn._errors import CompileError, Diagnostic, LaunchError, diagnostic


@dataclasses.dataclass(frozen=True)
class Tensor:
    """What an argument or a result of a program is."""

    name: str
    dtype: str  # "f32", "f16", "bf16", "i32", ...
    shape: tuple[str | int, ...]  # per axis its size if the program fixes it, else its letter

    @staticmethod
    def _of(info: _native.TensorInfo) -> Tensor:
        axes = zip(info.letters, info.sizes)
        return Tensor(info.name, info.dtype, tuple(size if size >= 0 else letter for letter, size in axes))


class Program:
    """A compiled entry. Made by `attn.compile` and `attn.load`; call it to run it.

    One program serves all sizes and memory layouts, and any number of threads at once.
    A device is prepared at the first call that names it.
    """

    def __init__(self, artifact: _native.Artifact, entry: int, remarks: list[Diagnostic] | None, folder: str = "") -> None:
        self._artifact, self._entry, self._remarks, self._folder = artifact, entry, remarks, folder
        self._arguments, self._results = artifact.arguments(entry), artifact.results(entry)
        self._letters = artifact.letters(entry)
        self._lock = threading.Lock()
        self._launchers: dict[str, _native.Launcher] = {}

    @property
    def name(self) -> str:
        """The entry's name."""
        return self._artifact.entry_name(self._entry)

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The arguments, in order."""
        return tuple(map(Tensor._of, self._arguments))

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """The results, in order."""
        return tuple(map(Tensor._of, self._results))

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters of the axes, in the order of their first appearance."""
        return tuple(self._letters)

    @property
    def manifest(self) -> dict[str, Any]:
        """manifest.json of the artifact: kernels, launch plans, workspace."""
        return json.loads(self._artifact.manifest())

    def explain(self, pattern: str = "") -> str:
        """Why choices were made: one line per remark of the compiler that `pattern` (a regular expression) matches."""
        if self._remarks is None:
            self._remarks = _recompile(self._folder, self.manifest)
        lines = (str(remark) for remark in self._remarks if remark.severity == "remark")
        return "\n".join(line for line in lines if re.search(pattern, line))

    def __call__(self, /, device: str = "cpu", **operands: Any) -> Any:
        """Runs the program.

        Arguments are given by name: NumPy arrays, PyTorch tensors, or anything with
        `__dlpack__`. Strides are free as long as the last axis is dense (BSHD views and
        slices of packed QKV pass without a copy). bf16 arguments are torch.bfloat16 tensors
        or float32 arrays, which are rounded to nearest even; bf16 results are torch.bfloat16
        or float32. Letters, such as `L=4096`, may be given to be checked.

        `device` is "cpu", "sim", "cuda", or "reference" (float64 inside). On "cuda" PyTorch
        tensors are used in place, on the current stream, without waiting; NumPy arrays are
        copied there and the results back.

        Returns the results in order: one alone, several as a tuple. They are PyTorch's if
        any argument is, else NumPy's. Raises `attn.LaunchError`.
        """
        values, letters = self._sort(operands)
        torch = next(filter(None, map(_tensors.torch_of, values)), None)
        arguments = list(map(_tensors.argument, values, self._arguments))
        gpu = next((index for index in map(_tensors.gpu_of, values) if index is not None), None)
        launcher = self._launcher(f"cuda:{gpu}" if device == "cuda" and gpu is not None else device)
        on_gpu = launcher.has_own_memory and gpu is not None
        if launcher.has_own_memory and not on_gpu:
            if torch is not None:
                raise LaunchError(f"device '{device}' reads the GPU's memory; found PyTorch tensors in the host's, pass "
                                  "tensor.cuda()")
            arguments = list(map(np.ascontiguousarray, arguments))
        call = _native.Call(launcher, arguments, on_gpu)
        self._check_letters(letters, call.letters)
        results = [_tensors.empty(sizes, info, torch, gpu) for sizes, info in zip(call.result_sizes, self._results)]
        if on_gpu:
            _launch_on_gpu(call, results, torch, gpu)
        elif launcher.has_own_memory:
            call.launch_copies(results)
        else:
            call.launch(results, 0, 0)
        results = list(map(_tensors.result, results, self._results))
        return results[0] if len(results) == 1 else tuple(results)

    def _sort(self, operands: dict[str, Any]) -> tuple[list[Any], dict[str, int]]:
        """Arguments in order, and the letters."""
        names = [info.name for info in self._arguments]
        unknown = [name for name in operands if name not in names and name not in self._letters]
        missing = [name for name in names if name not in operands]
        for problem, which in (("has no argument or letter", unknown), ("needs a tensor for", missing)):
            if which:
                raise LaunchError(f"'{self.name}' {problem} {_listed(which)}; its arguments are {_listed(names)}, its "
                                  f"letters {_listed(self._letters)}")
        letters = {name: _integer(name, value) for name, value in operands.items() if name not in names}
        return [operands[name] for name in names], letters

    def _check_letters(self, given: dict[str, int], found: list[int]) -> None:
        for letter, value in zip(self._letters, found):
            if given.get(letter, value) != value:
                raise LaunchError(f"letter {letter}: found {given[letter]} as given, but the tensors have {value}")

    def _launcher(self, device: str) -> _native.Launcher:
        with self._lock:
            launcher = self._launchers.get(device)
            if launcher is None:
                launcher = self._launchers[device] = _native.Launcher(self._artifact, self._entry, device)
                if launcher.warning:
                    warnings.warn(launcher.warning, stacklevel=3)
            return launcher

    def __repr__(self) -> str:
        return (f"<attn.Program {self.name}({', '.join(info.name for info in self._arguments)}) -> "
                f"{', '.join(info.name for info in self._results)}>")


def _launch_on_gpu(call: _native.Call, results: list[Any], torch: Any, gpu: int) -> None:
    """On PyTorch's current stream; its allocator orders the next use of the workspace behind this one."""
    if torch is None:
        raise LaunchError("results on the GPU are PyTorch tensors; found tensors of another library only, expected one of "
                          "PyTorch at least")
    workspace = torch.empty(max(call.workspace_bytes, 1), dtype=torch.uint8, device=f"cuda:{gpu}")
    stream = torch.cuda.current_stream(gpu).cuda_stream
    call.launch(list(map(_tensors.on_its_stream, results)), workspace.data_ptr(), stream)


def _integer(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise LaunchError(f"letter {name}: found {type(value).__name__}, expected an integer") from None


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "none"


def _entry(artifact: _native.Artifact, name: str) -> int:
    """`main`, the default, is the only function where there is just one."""
    try:
        return artifact.find_entry("" if name == "main" else name)
    except LaunchError as error:
        raise CompileError(str(error)) from None


def _recompile(folder: str, manifest: dict[str, Any]) -> list[Diagnostic]:
    targets = {plan["target"] for entry in manifest["entries"] for plan in entry["plans"]}
    artifact = _native.Artifact.compile(os.path.join(folder, manifest["input"]["file"]), None, ",".join(sorted(targets)))
    return list(map(diagnostic, artifact.diagnostics))


def compile(source: str | os.PathLike[str], target: str = "cpu", entry: str = "main") -> Program:
    """Compiles a program.

    `source` is the IR itself as a `str`, or the path of a file as an `os.PathLike`.
    `target` is "cpu", "sm_90a" (for the devices sim and cuda), or both with a comma.
    `entry` is the function to call; "main" also means the only one. Raises
    `attn.CompileError`.
    """
    if isinstance(source, str):
        path, text = "<string>", source
        if "\n" not in source and source.rstrip().endswith((".mlir", ".mlirbc")):
            raise CompileError(f"found the str '{source}', expected the IR itself; for a file pass "
                               f"pathlib.Path('{source}')")
    elif isinstance(source, os.PathLike):
        path, text = os.fsdecode(source), None
    else:
        raise TypeError(f"source: found {type(source).__name__}, expected IR as a str or a path as an os.PathLike")
    if not target.strip():
        raise CompileError("found no target, expected cpu or sm_90a, or both: 'sm_90a,cpu'")
    artifact = _native.Artifact.compile(path, text, target)
    return Program(artifact, _entry(artifact, entry), list(map(diagnostic, artifact.diagnostics)))


def load(folder: str | os.PathLike[str], entry: str = "main") -> Program:
    """Loads an artifact that `attnc` wrote. Raises `attn.LaunchError` where it is damaged."""
    path = os.fsdecode(folder)
    artifact = _native.Artifact.load(path)
    return Program(artifact, _entry(artifact, entry), None, path)
