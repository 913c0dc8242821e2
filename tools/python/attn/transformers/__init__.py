"""attn as the attention of Hugging Face transformers.

    import attn.transformers

    attn.transformers.register()
    model = AutoModel.from_pretrained(name, attn_implementation="attn")

or `model.set_attn_implementation("attn")` for one that exists. Forward only: call it
under `torch.no_grad()` or `torch.inference_mode()`, and after `model.eval()`.

Causal, bidirectional, sliding-window and chunked masks, packed sequences, padding on any
side, grouped heads, capped logits (Gemma 2) and sinks (gpt-oss) run as one kernel per
layer. One program is compiled for each set of head counts, head sizes, dtype and mask
form; it serves every batch size and length. Whatever else a model asks for is an
`attn.Error`, never another implementation.
"""
from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface

from attn._errors import CompileError, LaunchError
from attn.transformers._masks import Mask, make_mask
from attn.transformers._programs import Form, program

__all__ = ["attend", "register"]

DTYPES = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16"}
TARGETS = {"cpu": "cpu", "cuda": "sm_90a"}
# What models may pass that changes the result, and that no program here computes.
REFUSED = ("position_bias", "head_mask", "layer_head_mask", "sinks", "cache", "indices", "block_indices")


def _check(query: torch.Tensor, dropout: float, others: dict[str, Any]) -> None:
    if dropout:
        raise LaunchError(f"found dropout {dropout}, expected 0: attn is forward only so far; call model.eval()")
    if others.get("output_attentions"):
        raise LaunchError("found output_attentions, which needs probabilities that attn never stores; for them use "
                          "attn_implementation='eager'")
    for name in REFUSED:
        if others.get(name) is not None:
            raise CompileError(f"found the argument '{name}' of the attention of this model, which attn does not compute "
                               "yet; for this model use attn_implementation='sdpa' or 'eager'")
    if query.dtype not in DTYPES or query.device.type not in TARGETS:
        raise LaunchError(f"found {query.dtype} on {query.device.type}, expected float32, float16 or bfloat16 on cpu or cuda")


def _mask_of(mask: Any, query: torch.Tensor, key: torch.Tensor, causal: bool) -> Mask:
    """The mask of the model, else what the layer says of itself, as sdpa reads it."""
    queries, keys = query.shape[2], key.shape[2]
    if mask is None:
        if causal and queries > 1:
            return Mask(queries, queries, keys, None, 0, None, None)
        return Mask(queries, keys, keys, None, None, None, None)
    if not isinstance(mask, Mask):
        raise CompileError(f"found an attention_mask of {type(mask).__name__} {tuple(getattr(mask, 'shape', ()))}, expected "
                           "the one that the model makes; pass the model a table of shape [batch, keys], 0 for padding")
    if (mask.queries, mask.capacity) != (queries, keys):
        raise CompileError(f"found {queries} queries and {keys} keys, expected the {mask.queries} and {mask.capacity} that "
                           "the mask is for; for this model use attn_implementation='sdpa'")
    return mask


def _readable(tensor: torch.Tensor) -> torch.Tensor:
    """As programs read it: the last axis dense, nothing expanded. Views of a model are that; others are copied."""
    expanded = any(stride == 0 and size > 1 for stride, size in zip(tensor.stride(), tensor.shape))
    return tensor.contiguous() if expanded or tensor.stride(-1) != 1 else tensor


@torch.compiler.disable
def attend(module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
           attention_mask: Mask | None, dropout: float = 0.0, scaling: float | None = None,
           is_causal: bool | None = None, softcap: float | None = None, s_aux: torch.Tensor | None = None,
           **others: Any) -> tuple[torch.Tensor, None]:
    """What `AttentionInterface` calls.

    query [B, Hq, Lq, D], key [B, Hk, Lk, D], value [B, Hk, Lk, Dv] -> [B, Lq, Hq, Dv].
    Query head h reads key head h // (Hq / Hk). `s_aux` [Hq]: logits of sinks.
    """
    _check(query, dropout, others)
    causal = is_causal if is_causal is not None else getattr(module, "is_causal", True)
    mask = _mask_of(attention_mask, query, key, causal)
    operands = {"q": query, "k": key[:, :, :mask.keys], "v": value[:, :, :mask.keys]}
    operands = {name: _readable(tensor) for name, tensor in operands.items()}
    if mask.key_ids is not None:
        operands |= {"query_ids": mask.query_ids, "key_ids": mask.key_ids}
    if s_aux is not None:
        operands["sinks"] = s_aux.detach().float()
    form = Form(query.shape[1], key.shape[1], query.shape[3], value.shape[3], DTYPES[query.dtype],
                scaling, mask.left, mask.right, mask.key_ids is not None, softcap, s_aux is not None)
    device = query.device.type
    out = program(form, TARGETS[device])(device=device, **operands)
    return out.transpose(1, 2).contiguous(), None


def register(name: str = "attn") -> None:
    """Makes `name` a value of `attn_implementation`."""
    AttentionInterface.register(name, attend)
    AttentionMaskInterface.register(name, make_mask)
