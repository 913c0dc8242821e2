"""Attention as a program: compile it once, call it on arrays or tensors of any length.

    program = attn.compile(pathlib.Path("causal.mlir"))
    out, lse = program(q=q, k=k, v=v, device="cpu")

NumPy in, NumPy out; PyTorch in, PyTorch out, on the current CUDA stream. What can go
wrong is an `attn.Error`: `attn.CompileError` or `attn.LaunchError`, with `.diagnostics`.
"""
from attn._errors import CompileError, Diagnostic, Error, LaunchError
from attn._native import version as _version
from attn._program import Program, Tensor, compile, load

__version__: str = _version()
__all__ = ["CompileError", "Diagnostic", "Error", "LaunchError", "Program", "Tensor", "compile", "load"]
