"""Block masks that carry a mask function and sizes.

FlexAttention's kernels need tables of blocks; ours derive their tiles from the function,
at compile time. The tables are made, by PyTorch, when somebody looks at them.
"""
from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.attention import flex_attention as pytorch

from attn.flex._errors import caller, error_at

TABLES = frozenset(pytorch.BlockMask._TENSOR_ATTRS) | {"dq_kv_order_spt"}
ROWS = 64  # blocks of queries that are evaluated at once


class BlockMask(pytorch.BlockMask):
    """What `create_block_mask` returns: also a `torch.nn.attention.flex_attention.BlockMask`."""

    def __init__(self, mask_mod: Callable, batch: int, heads: int, lengths: tuple[int, int], device: torch.device,
                 block_size: tuple[int, int], options: dict[str, Any]) -> None:
        self.mask_mod, self.seq_lengths, self.BLOCK_SIZE = mask_mod, lengths, block_size
        self._batch_heads, self._device, self._options = (batch, heads), device, options

    def __getattr__(self, name: str) -> Any:
        if name not in TABLES:
            raise AttributeError(f"'BlockMask' object has no attribute '{name}'")
        tables = pytorch.create_block_mask(self.mask_mod, *self._batch_heads, *self.seq_lengths, self._device,
                                           self.BLOCK_SIZE, **self._options)
        self.__dict__.update({table: getattr(tables, table) for table in TABLES})
        return self.__dict__[name]

    @property
    def shape(self) -> tuple[int, ...]:
        return (*self._batch_heads, *self.seq_lengths)


def create_block_mask(
    mask_mod: Callable,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: int | tuple[int, int] = pytorch._DEFAULT_SPARSE_BLOCK_SIZE,
    _compile: bool = False,
    separate_full_blocks: bool = True,
    compute_dq_write_order: bool = False,
    dq_kv_order: bool = True,
) -> BlockMask:
    """As `torch.nn.attention.flex_attention.create_block_mask`, in constant time.

    `_compile` and the options of the backward pass change nothing. Nothing is evaluated
    before the attributes of the tables, `sparsity()` or `str()` are asked for.
    """
    options = {"separate_full_blocks": separate_full_blocks, "compute_dq_write_order": compute_dq_write_order,
               "dq_kv_order": dq_kv_order}
    return _create(mask_mod, (B or 1, H or 1), (Q_LEN, KV_LEN), device, BLOCK_SIZE, options)


@torch.compiler.disable
def _create(mask_mod: Callable, batch_heads: tuple[int, int], lengths: tuple[int, int], device: Any,
            block_size: int | tuple[int, int], options: dict[str, Any]) -> BlockMask:
    if not callable(mask_mod) or pytorch._get_mod_type(mask_mod) != pytorch._ModificationType.MASK_MOD:
        raise error_at(caller(), f"create_block_mask: found {mask_mod!r}, expected a function of (b, h, q_idx, kv_idx)")
    if device is None:
        device = torch.accelerator.current_accelerator() or "cpu"
    sizes = (block_size, block_size) if isinstance(block_size, int) else tuple(block_size)
    return BlockMask(mask_mod, *batch_heads, lengths, torch.device(device), sizes, options)


_functions: weakref.WeakKeyDictionary[pytorch.BlockMask, tuple[Callable, Callable]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def mask_function(mask: pytorch.BlockMask) -> Callable:
    """The function that says what `mask` shows.

    PyTorch's block masks may hide more by their tables than by their function. Where that
    is so, found once per mask by evaluating it as create_block_mask does, the tables
    become captured tensors.
    """
    if isinstance(mask, BlockMask):
        return mask.mask_mod
    if mask.mask_mod is pytorch._sliced_mask_mod_error:
        raise error_at(caller(), "flex_attention: found a sliced BlockMask without a mask_mod, expected one that was "
                       "assigned after slicing")
    with _lock:
        known = _functions.get(mask)
    if known is None or known[0] is not mask.mask_mod:
        known = (mask.mask_mod, mask.mask_mod if _function_says_all(mask) else _with_tables(mask))
        with _lock:
            _functions[mask] = known
    return known[1]


def _dense_tables(mask: pytorch.BlockMask) -> tuple[torch.Tensor, torch.Tensor]:
    """Per block: whether its pairs are visible where the function says so, and whether all are."""
    columns = mask.kv_indices.shape[-1]
    partial = pytorch._ordered_to_dense(mask.kv_num_blocks, mask.kv_indices, columns)
    if mask.full_kv_num_blocks is None:
        return partial.bool(), torch.zeros_like(partial, dtype=torch.bool)
    return partial.bool(), pytorch._ordered_to_dense(mask.full_kv_num_blocks, mask.full_kv_indices, columns).bool()


def _function_says_all(mask: pytorch.BlockMask) -> bool:
    if mask.BLOCK_SIZE[0] == mask.BLOCK_SIZE[1] == pytorch._LARGE_SPARSE_BLOCK_SIZE:
        return True
    partial, full = _dense_tables(mask)
    (batch, heads), (queries, keys), (rows, columns) = partial.shape[:2], mask.seq_lengths, mask.BLOCK_SIZE
    indices = [torch.arange(size, device=partial.device) for size in (batch, heads, queries, keys)]
    evaluate = pytorch._vmap_for_bhqkv(mask.mask_mod, prefix=())
    from torch._dynamo._trace_wrapped_higher_order_op import TransformGetItemToIndex

    for first in range(0, partial.shape[2], ROWS):
        part = slice(first * rows, min((first + ROWS) * rows, queries))
        with TransformGetItemToIndex():
            shown = evaluate(indices[0], indices[1], indices[2][part], indices[3])
        wide = [table[:, :, first:first + ROWS].repeat_interleave(rows, 2)[:, :, :shown.shape[2]]
                .repeat_interleave(columns, 3)[..., :keys] for table in (partial, full)]
        if not torch.equal(shown.expand_as(wide[0]), wide[1] | (wide[0] & shown)):
            return False
    return True


def _with_tables(mask: pytorch.BlockMask) -> Callable:
    (partial, full), (rows, columns), function = _dense_tables(mask), mask.BLOCK_SIZE, mask.mask_mod

    def shown_by_tables(b, h, q_idx, kv_idx):
        at = (b if partial.shape[0] > 1 else 0, h if partial.shape[1] > 1 else 0, q_idx // rows, kv_idx // columns)
        return full[at] | (partial[at] & function(b, h, q_idx, kv_idx))

    return shown_by_tables
