"""Captured tensors as arguments of a program.

An axis is dynamic unless an index into it is clamped: then its size is part of the
program. Tensors of rank 1 get a leading axis of size 1, which is the form in which mask
analysis sees a table of ids. For the same reason int64 becomes int32 as long as all its
numbers fit, which is looked at in every call; on a GPU that would wait for the GPU, and
int64 stays.
"""
from __future__ import annotations

import torch

from attn.flex._region import INT32, INT64, Region, Scalar

DTYPES = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16", torch.int8: "i8", torch.int32: "i32",
          torch.int64: "i64", torch.bool: "i8"}
ROUNDED = {torch.float64: torch.float32, torch.uint8: torch.int32, torch.int16: torch.int32}
RANGES = {torch.bool: (0, 1), torch.int8: (-128, 127), torch.uint8: (0, 255), torch.int16: (-(2**15), 2**15 - 1),
          torch.int32: INT32, torch.int64: INT64}


def _fits_int32(tensor: torch.Tensor) -> bool:
    return tensor.numel() == 0 or all(INT32[0] <= int(end) <= INT32[1] for end in tensor.aminmax())


class Outgrown(Exception):
    """A number of an int64 tensor no longer fits the int32 that the program reads."""


class Table:
    """A tensor that a region reads."""

    def __init__(self, number: int, node: torch.fx.Node, tensor: torch.Tensor) -> None:
        self.name, self.token, self.node = f"t{number}", f"<table {number}>", node
        self._dtype, self._shape = tensor.dtype, tensor.shape
        self._is_narrow = tensor.dtype == torch.int64 and tensor.device.type == "cpu" and _fits_int32(tensor)
        self._static: set[int] = set()

    @staticmethod
    def takes(dtype: torch.dtype) -> bool:
        return dtype in DTYPES or dtype in ROUNDED

    @property
    def element(self) -> str:
        return "i32" if self._is_narrow else DTYPES[ROUNDED.get(self._dtype, self._dtype)]

    @property
    def sizes(self) -> list[int | None]:
        """Per axis of the argument, its size where the program fixes it."""
        own = [size if axis in self._static else None for axis, size in enumerate(self._shape)]
        return [1] * (2 - len(own)) + own if len(own) < 2 else own

    @property
    def type(self) -> str:
        sizes = "x".join("?" if size is None else str(size) for size in self.sizes)
        return f"tensor<{sizes}x{self.element}>"

    def prepare(self, tensor: torch.Tensor) -> torch.Tensor:
        """The argument for `tensor`. Raises `Outgrown`."""
        tensor = tensor.detach()
        if self._is_narrow:
            if not _fits_int32(tensor):
                raise Outgrown
            tensor = tensor.to(torch.int32)
        if tensor.dtype in ROUNDED:
            tensor = tensor.to(ROUNDED[tensor.dtype])
        tensor = tensor.contiguous()
        if tensor.dtype == torch.bool:
            tensor = tensor.view(torch.int8)
        return tensor.view([1] * (2 - tensor.dim()) + list(tensor.shape)) if tensor.dim() < 2 else tensor

    def read(self, region: Region, indices: list[Scalar]) -> Scalar:
        """One element. What the compiler can not bound is clamped."""
        names = [region.constant(0).name] * max(0, 2 - len(indices))
        for axis, index in enumerate(indices):
            if not index.provable or index.low < 0:
                self._static.add(axis)
                index = region.index_in(index, self._shape[axis])
            names.append(index.name)
        text = f"attn.read %{self.name}[{', '.join(names)}] : {self.token}"
        if self.element == "f32":
            return region.emit(text, "float")
        raw = region.raw(text)
        if self.element in ("f16", "bf16"):
            return region.emit(f"arith.extf {raw} : {self.element} to f32", "float")
        low, high = INT32 if self._is_narrow else RANGES[self._dtype]
        value = region.emit(f"arith.index_cast {raw} : {self.element} to index", "int", low, high)
        return region.to_bool(value) if self._dtype == torch.bool else value
