"""What a function refers to, so that one trace serves as long as that is the same.

Numbers count by value, tensors and functions by identity. Anything else (an attribute of
an object, say) could change without notice: then there is no identity, and the function
is traced at every call.
"""
from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any

import torch

CONSTANT_MODULES = {torch, math, torch.nn, torch.nn.functional}
DEPTH = 16


def of(function: Callable) -> tuple | None:
    """Equal identities mean equal traces; None if nothing can be said."""
    try:
        return _of(function, DEPTH) if isinstance(function, types.FunctionType) else None
    except _Unknown:
        return None


class _Unknown(Exception):
    pass


def _of(value: Any, depth: int) -> Any:
    if depth == 0:
        raise _Unknown
    if value is None or isinstance(value, (bool, int, float, str, torch.dtype, torch.device)):
        return (type(value), value)
    if isinstance(value, torch.Tensor):
        return (id(value), value.shape, value.dtype, value.device)
    if isinstance(value, tuple):
        return tuple(_of(one, depth - 1) for one in value)
    if isinstance(value, types.FunctionType) and not _is_of_torch(value):
        cells = value.__closure__ or ()
        named = {name: value.__globals__[name] for name in _names(value.__code__) if name in value.__globals__}
        return (value.__code__, _of(value.__defaults__ or (), depth - 1),
                tuple(_of(cell.cell_contents, depth - 1) for cell in cells),
                tuple((name, _of(one, depth - 1)) for name, one in sorted(named.items())))
    if isinstance(value, types.ModuleType) and value in CONSTANT_MODULES:
        return id(value)
    if isinstance(value, types.BuiltinFunctionType) or (isinstance(value, types.FunctionType) and _is_of_torch(value)):
        return id(value)
    raise _Unknown


def _is_of_torch(value: types.FunctionType) -> bool:
    """A function of PyTorch that closes over nothing; and_masks and or_masks return others."""
    return (value.__module__ or "").partition(".")[0] == "torch" and not value.__closure__


def _names(code: types.CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*map(_names, inner))
