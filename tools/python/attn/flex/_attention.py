"""flex_attention: checks, traces, launches."""
from __future__ import annotations

import math
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.attention import flex_attention as pytorch
from torch.nn.attention.flex_attention import AuxOutput, AuxRequest

from attn.flex import _identity
from attn.flex._block_mask import mask_function
from attn.flex._errors import caller, error_at
from attn.flex._program import ELEMENTS, Signature, argument_name, program_of, text_of
from attn.flex._tables import Outgrown
from attn.flex._trace import Trace

DEVICES = {"cpu": ("cpu", "cpu"), "cuda": ("cuda", "sm_90a")}  # device and target
_warned: set[str] = set()
_traces: weakref.WeakKeyDictionary[Callable, dict[tuple, tuple[Any, Trace]]] = weakref.WeakKeyDictionary()


def flex_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    score_mod: Callable | None = None,
    block_mask: pytorch.BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: dict | None = None,
    *,
    return_aux: AuxRequest | None = None,
) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor] | tuple[torch.Tensor, AuxOutput]:
    """As `torch.nn.attention.flex_attention.flex_attention`, forward only.

    Shapes: query `[B, Hq, Lq, D]`, key `[B, Hk, Lk, D]`, value `[B, Hk, Lk, Dv]`, all f32,
    f16 or bf16; the result is `[B, Hq, Lq, Dv]`, lse (natural log) `[B, Hq, Lq]` in f32.

    A program is compiled at the first call with these functions, dtype, heads and head
    sizes; batch and lengths are free. Raises `FlexError` for what can not be expressed.
    """
    return _attend(query, key, value, score_mod, block_mask, scale, enable_gqa, return_lse, kernel_options, return_aux)


@torch.compiler.disable  # inside torch.compile: a call, not to be compiled
def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, score_mod: Callable | None,
            block_mask: pytorch.BlockMask | None, scale: float | None, enable_gqa: bool, return_lse: bool,
            kernel_options: dict | None, return_aux: AuxRequest | None) -> Any:
    _check(query, key, value, block_mask, enable_gqa)
    if return_lse and return_aux is not None:
        raise error_at(caller(), "flex_attention: found return_lse and return_aux, expected one of them")
    if return_aux is not None and return_aux.max_scores:
        raise error_at(caller(), "flex_attention: found return_aux with max_scores, expected lse only")
    if kernel_options:
        _warn_once("kernel_options", "attn.flex ignores kernel_options: they are for Triton's kernels")
    lse = return_lse or (return_aux is not None and return_aux.lse)
    tables: dict[str, torch.Tensor] = {}
    mask = _trace("mask", mask_function(block_mask), query.device, tables) if block_mask is not None else None
    if mask is not None and mask.result.constant is True:
        mask, tables = None, {}
    score = _trace("score", score_mod, query.device, tables) if score_mod is not None else None
    signature = Signature(ELEMENTS[query.dtype], query.shape[1], key.shape[1], query.shape[3], value.shape[3],
                          1 / math.sqrt(query.shape[3]) if scale is None else float(scale), lse)
    device, target = DEVICES[query.device.type]
    program = program_of(text_of(signature, mask, score), target)
    tensors = dict(zip("qkv", (_dense(tensor) for tensor in _same_batch(query, key, value))))
    result = program(device=device, **tensors, **tables)
    if return_aux is not None:
        return (result[0], AuxOutput(lse=result[1])) if lse else (result, AuxOutput())
    return result


def _check(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, block_mask: Any, enable_gqa: bool) -> None:
    def refuse(message: str) -> None:
        raise error_at(caller(), f"flex_attention: {message}")

    for name, tensor in (("query", query), ("key", key), ("value", value)):
        if not isinstance(tensor, torch.Tensor) or tensor.is_nested or tensor.dim() != 4:
            refuse(f"{name}: expected a dense tensor of 4 axes (batch, heads, length, head size)")
        if tensor.dtype not in ELEMENTS or tensor.dtype != query.dtype:
            refuse(f"{name}: found {tensor.dtype}, expected float32, float16 or bfloat16, the same for all three")
        if tensor.device != query.device or tensor.device.type not in DEVICES:
            refuse(f"{name}: found device {tensor.device}, expected cpu or cuda, the same for all three")
        if tensor.requires_grad and torch.is_grad_enabled():
            refuse(f"{name} requires grad, and attn is forward only so far; call under torch.no_grad()")
    (batch, heads, queries, size), (key_batch, key_heads, keys, key_size) = query.shape, key.shape
    if key.shape[:3] != value.shape[:3] or size != key_size:
        refuse(f"found query {list(query.shape)}, key {list(key.shape)}, value {list(value.shape)}, expected "
               "[B, Hq, Lq, D], [B, Hk, Lk, D], [B, Hk, Lk, Dv]")
    if key_batch not in (batch, 1):
        refuse(f"found {batch} sequences of queries and {key_batch} of keys, expected as many, or 1 of keys")
    if heads != key_heads and not (enable_gqa and heads % key_heads == 0):
        refuse(f"found {heads} query heads and {key_heads} key heads, expected as many, or a multiple with "
               "enable_gqa=True")
    if block_mask is None:
        return
    if not isinstance(block_mask, pytorch.BlockMask):
        refuse(f"block_mask: found {type(block_mask).__name__}, expected what create_block_mask returns")
    is_full = set(block_mask.BLOCK_SIZE) == {pytorch._LARGE_SPARSE_BLOCK_SIZE}
    if not is_full and tuple(block_mask.shape[-2:]) != (queries, keys):
        refuse(f"block_mask was created for lengths {tuple(block_mask.shape[-2:])}, found {(queries, keys)}; create one "
               "for these lengths")


def _check_captured(captured: list[torch.Tensor], device: torch.device) -> None:
    for tensor in captured:
        if tensor.requires_grad and torch.is_grad_enabled():
            raise error_at(caller(), "flex_attention: a captured tensor requires grad, and attn is forward only so far; "
                           "call under torch.no_grad()")
        if tensor.device != device:
            raise error_at(caller(), f"flex_attention: found a captured tensor on {tensor.device}, expected {device}, as "
                           "query")


def _trace(side: str, function: Callable, device: torch.device, tables: dict[str, torch.Tensor]) -> Trace:
    """The trace of `function`, and into `tables` what it captures, as it is now."""
    trace = _known_trace(side, function, device)
    _check_captured(trace.captured(), device)
    try:
        tensors = trace.tensors()
    except Outgrown:
        _traces.pop(function, None)
        trace = _known_trace(side, function, device)
        tensors = trace.tensors()
    tables |= {argument_name(side, table): tensor for table, tensor in zip(trace.tables, tensors)}
    return trace


def _known_trace(side: str, function: Callable, device: torch.device) -> Trace:
    """Made again when what `function` refers to was bound anew."""
    identity = _identity.of(function)
    if identity is None:
        return Trace(function, side == "score", device)
    known = _traces.setdefault(function, {})
    found = known.get((side, device))
    if found is None or found[0] != identity:
        found = known[side, device] = (identity, Trace(function, side == "score", device))
    return found[1]


def _same_batch(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, ...]:
    batch = query.shape[0]
    return query, key.expand(batch, -1, -1, -1), value.expand(batch, -1, -1, -1)


def _dense(tensor: torch.Tensor) -> torch.Tensor:
    """A copy where the strides are none that kernels read: expanded axes, heads whose elements are not side by side."""
    expanded = any(stride == 0 and size > 1 for stride, size in zip(tensor.stride(), tensor.shape))
    return tensor.contiguous() if expanded or (tensor.stride(-1) != 1 and tensor.shape[-1] > 1) else tensor


def _warn_once(what: str, message: str) -> None:
    if what not in _warned:
        _warned.add(what)
        warnings.warn(message, stacklevel=5)
