"""Arrays and tensors on their way in and out.

A value is NumPy's, PyTorch's, or anything else that speaks DLPack. PyTorch is never
imported: a tensor of it can only exist where somebody else did that.
"""
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from attn._errors import LaunchError

if TYPE_CHECKING:
    from attn._native import TensorInfo

NUMPY_DTYPES = {"f16": np.float16, "f32": np.float32, "f64": np.float64, "i8": np.int8, "i32": np.int32,
                "i64": np.int64, "bool": np.bool_}
TORCH_DTYPES = {"f16": "float16", "bf16": "bfloat16", "f32": "float32", "f64": "float64", "i8": "int8",
                "i32": "int32", "i64": "int64", "bool": "bool"}
CUDA, CUDA_MANAGED = 2, 13  # device types of DLPack
NO_SYNCHRONISATION = -1  # DLPack: the consumer works on the producer's stream
LEGACY_STREAM = 1  # DLPack's name for CUDA's default stream


def torch_of(value: Any) -> Any:
    """The module torch if `value` is a tensor of it, else None."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(value, getattr(torch, "Tensor", ())) else None


def is_tensor(value: Any) -> bool:
    return isinstance(value, np.ndarray) or hasattr(value, "__dlpack__")


def gpu_of(value: Any) -> int | None:
    """Index of the GPU whose memory holds `value`; None for the host."""
    if isinstance(value, np.ndarray) or not hasattr(value, "__dlpack_device__"):
        return None
    kind, index = value.__dlpack_device__()
    return int(index) if int(kind) in (CUDA, CUDA_MANAGED) else None


def round_to_bf16(array: np.ndarray) -> np.ndarray:
    """Bits of the nearest bf16 (ties to even; NaN stays NaN), dense, as uint16."""
    bits = np.ascontiguousarray(array).view(np.uint32)
    rounded = bits >> 16
    rounded &= 1
    rounded += 0x7FFF
    rounded += bits
    rounded >>= 16
    nan = np.isnan(array)
    if nan.any():
        rounded[nan] = (bits[nan] >> 16) | 0x40
    return rounded.astype(np.uint16).reshape(array.shape)


def from_bf16(bits: np.ndarray) -> np.ndarray:
    """The same values as float32."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def from_numpy(array: np.ndarray, info: TensorInfo) -> np.ndarray:
    if info.dtype == "bf16":
        if array.dtype != np.float32:
            raise LaunchError(f"'{info.name}': found {array.dtype}, expected float32, which is rounded to bf16, or a "
                              "torch.bfloat16 tensor")
        if info.inout:
            raise LaunchError(f"'{info.name}': is bf16 and updated in place, which NumPy cannot hold; pass a "
                              "torch.bfloat16 tensor")
        return round_to_bf16(array)
    if array.dtype != NUMPY_DTYPES[info.dtype]:
        raise LaunchError(f"'{info.name}': found {array.dtype}, expected {np.dtype(NUMPY_DTYPES[info.dtype]).name}")
    return array


def refuse_gradient(value: Any, info: TensorInfo, torch: Any) -> None:
    if getattr(value, "requires_grad", False) and (torch is None or torch.is_grad_enabled()):
        raise LaunchError(f"'{info.name}': requires grad, and attn is forward only so far; pass "
                          f"{info.name}.detach(), or call the program under torch.no_grad()")


def argument(value: Any, info: TensorInfo) -> Any:
    """What attn._native takes for `value`: an array, or a DLPack capsule."""
    if not is_tensor(value):
        raise LaunchError(f"'{info.name}': found {type(value).__name__}, expected a NumPy array or a tensor that speaks "
                          "DLPack")
    if isinstance(value, np.ndarray):
        return from_numpy(value, info)
    torch = torch_of(value)
    refuse_gradient(value, info, torch)
    if torch is not None:
        value = value.detach()  # under no_grad a parameter still requires grad
    if gpu_of(value) is None:
        return value
    return on_its_stream(value) if torch is not None else value.__dlpack__(stream=LEGACY_STREAM)


def on_its_stream(value: Any) -> Any:
    """A capsule of a PyTorch tensor on the GPU; launches go to the same stream, so nothing waits."""
    return value.__dlpack__(stream=NO_SYNCHRONISATION)


def empty(shape: list[int], info: TensorInfo, torch: Any, gpu: int | None) -> Any:
    """A result that is not written yet: a tensor where arguments are PyTorch's."""
    if torch is not None:
        return torch.empty(shape, dtype=getattr(torch, TORCH_DTYPES[info.dtype]),
                           device="cpu" if gpu is None else f"cuda:{gpu}")
    return np.empty(shape, np.uint16 if info.dtype == "bf16" else NUMPY_DTYPES[info.dtype])


def result(value: Any, info: TensorInfo) -> Any:
    return from_bf16(value) if info.dtype == "bf16" and isinstance(value, np.ndarray) else value
