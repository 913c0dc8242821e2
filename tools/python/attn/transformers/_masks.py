"""Masks of Hugging Face transformers as what the language has: a window and ids.

transformers describes a mask as a Python function of indices, put together from a dozen
functions of `transformers.masking_utils`. Here such a function is taken apart again:
causal and sliding windows become limits that are part of the program, packed sequences
and chunks become ids of queries and keys, and so does padding: a key that nobody may see
has an id that no query has. Nothing of the size [Lq, Lk] is ever made. A function that is
none of these is an `attn.CompileError`.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from transformers import masking_utils

from attn._errors import CompileError

NOBODY = -(2**31)  # the id of padding; no query has it: sequences and chunks are counted, from 0 up or down


@dataclasses.dataclass(eq=False)
class Mask:
    """What a model hands to each of its layers: made once per forward pass.

    Query `i` sees key `j` iff `p - left <= j <= p + right`, `p = i + keys - queries`
    (None: unbounded), and the ids agree, where there are any.
    """

    queries: int
    keys: int  # those in use: a static cache holds more
    capacity: int
    left: int | None
    right: int | None
    query_ids: torch.Tensor | None  # i32 [B, queries], with key_ids i32 [B, keys]
    key_ids: torch.Tensor | None
    ndim = 4  # as transformers asks of a mask that is ready

    def contiguous(self) -> Mask:
        """For `generate` with a static cache, which makes masks before it calls the model."""
        return self


def _code(function: Callable) -> Any:
    return getattr(function, "__code__", None)


_CAUSAL = masking_utils.causal_mask_function
_BIDIRECTIONAL = masking_utils.bidirectional_mask_function
# Closures are known by their code; what is captured here is never used.
_AND = _code(masking_utils.and_masks(_CAUSAL))
_WINDOW = _code(masking_utils.sliding_window_overlay(1))
_WINDOW_OF_BOTH_SIDES = _code(masking_utils.sliding_window_bidirectional_overlay(1))
_CHUNKS = _code(masking_utils.chunked_overlay(1, torch.zeros(1)))
_PACKED = _code(masking_utils.packed_sequence_mask_function(torch.zeros(1, 1)))
_REMAPPED = _code(masking_utils.remap_positions_for_packed_sequence(_CAUSAL, torch.zeros(1, 1)))


def _captured(function: Callable, name: str) -> Any:
    return dict(zip(function.__code__.co_freevars, function.__closure__))[name].cell_contents


def _refuse(what: str) -> CompileError:
    return CompileError(f"found {what}, expected a causal, bidirectional, sliding-window, chunked, packed or padded mask; "
                        "for this model use attn_implementation='sdpa' or 'flex_attention'")


class _Parts:
    """A mask function, taken apart."""

    def __init__(self, function: Callable) -> None:
        self.left: int | None = None
        self.right: int | None = None
        self.chunks: tuple[int, torch.Tensor] | None = None  # tokens of one, padding before the first per sequence
        self.sequences: torch.Tensor | None = None  # which packed sequence a token is of
        self.add(function)
        if self.chunks and self.sequences is not None:
            raise _refuse("chunks inside packed sequences")

    def limit(self, left: int | None, right: int | None) -> None:
        self.left = left if self.left is None else self.left if left is None else min(self.left, left)
        self.right = right if self.right is None else self.right if right is None else min(self.right, right)

    def add(self, function: Callable) -> None:
        code = _code(function)
        if code is _code(_BIDIRECTIONAL):
            return
        if code is _code(_CAUSAL):
            self.limit(None, 0)
        elif code is _AND:
            for part in _captured(function, "mask_functions"):
                self.add(part)
        elif code is _WINDOW:
            self.limit(_captured(function, "sliding_window") - 1, None)
        elif code is _WINDOW_OF_BOTH_SIDES:
            self.limit(*2 * (_captured(function, "sliding_window"),))
        elif code is _CHUNKS and self.chunks is None:
            self.chunks = _captured(function, "chunk_size"), _captured(function, "left_padding")
        elif code is _PACKED and self.sequences is None:
            self.sequences = _captured(function, "packed_sequence_mask")
        elif code is _REMAPPED:
            # Positions count up by one inside a sequence, and nobody sees another one:
            # differences of positions, all that limits ask for, stay what they are.
            self.add(_captured(function, "mask_function"))
        else:
            raise _refuse(f"the mask function '{getattr(function, '__qualname__', function)}'")


def _chunk_ids(parts: _Parts, first: int, tokens: int, device: torch.device | str) -> torch.Tensor:
    size, padding = parts.chunks
    positions = torch.arange(first, first + tokens, device=device)
    return (positions[None] - padding.to(device)[:, None]) // size


def _ids(parts: _Parts, batch: int, queries: tuple[int, int], keys: tuple[int, int], seen: torch.Tensor | None,
         device: torch.device | str) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Ids of queries and keys, both given by their first position and count. `seen`: keys that are no padding."""
    if parts.chunks:
        query_ids, key_ids = (_chunk_ids(parts, *which, device) for which in (queries, keys))
    elif parts.sequences is not None:
        query_ids = key_ids = parts.sequences
    elif seen is not None:
        query_ids, key_ids = (torch.zeros(batch, which[1], dtype=torch.int32, device=device) for which in (queries, keys))
    else:
        return None, None
    if seen is not None:
        key_ids = key_ids.masked_fill(~seen, NOBODY)
    return tuple(ids.to(torch.int32).expand(batch, -1).contiguous() for ids in (query_ids, key_ids))


def _not_padding(table: torch.Tensor | None, first: int, keys: int) -> torch.Tensor | None:
    """[B, keys], or None if every key may be seen. Keys that the table does not reach are padding, as in sdpa_mask."""
    if table is None:
        return None
    if table.ndim != 2:
        raise _refuse(f"an attention_mask of shape {tuple(table.shape)}")
    missing = first + keys - table.shape[1]
    seen = torch.nn.functional.pad(table.bool(), (0, max(missing, 0)))[:, first:first + keys]
    return None if seen.all() else seen


@torch.compiler.disable
def make_mask(batch_size: int, q_length: int, kv_length: int, q_offset: int = 0, kv_offset: int = 0,
              mask_function: Callable = _CAUSAL, attention_mask: torch.Tensor | Mask | None = None,
              device: torch.device | str = "cpu", **_: Any) -> Mask:
    """What `AttentionMaskInterface` calls. The rest of its arguments is advice about tables that we do not make."""
    if isinstance(attention_mask, Mask):
        return attention_mask
    parts = _Parts(mask_function)
    q_offset, kv_offset, keys = int(q_offset), int(kv_offset), kv_length
    used = q_offset + q_length - kv_offset  # keys up to the last query
    if parts.right == 0:
        keys = min(keys, used)  # what a static cache holds behind them is not written yet
    if (parts.left, parts.right) != (None, None) and keys != used:
        raise _refuse(f"{kv_length} keys from {kv_offset} on for {q_length} queries from {q_offset} on")
    seen = _not_padding(attention_mask, kv_offset, keys)
    query_ids, key_ids = _ids(parts, batch_size, (q_offset, q_length), (kv_offset, keys), seen, device)
    return Mask(q_length, keys, kv_length, parts.left, parts.right, query_ids, key_ids)
