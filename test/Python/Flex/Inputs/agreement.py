"""Runs a program on attn.flex and judges every row against float64.

The float64 result comes from the mask and score functions themselves, evaluated by
PyTorch over all pairs, and softmax written out. A row may differ by twice what the same
in f32 differs, plus one rounding of the output, plus f32 rounding of its logits.
"""
import math

import attn.flex
import torch
from torch._dynamo._trace_wrapped_higher_order_op import TransformGetItemToIndex
from torch.nn.attention.flex_attention import _vmap_for_bhqkv

ROUNDING = {torch.float32: 2.0**-23, torch.float16: 2.0**-11, torch.bfloat16: 2.0**-8}


def draw(batch, heads, length, size, dtype=torch.float32, seed=0):
    return torch.randn(batch, heads, length, size, generator=torch.Generator().manual_seed(seed)).to(dtype)


def qkv(batch=2, heads=(4, 4), lengths=(131, 131), sizes=(32, 32), dtype=torch.float32):
    return (draw(batch, heads[0], lengths[0], sizes[0], dtype, 1), draw(batch, heads[1], lengths[1], sizes[0], dtype, 2),
            draw(batch, heads[1], lengths[1], sizes[1], dtype, 3))


def logits(q, k, score_mod, mask_mod, scale, precision):
    """[B, Hq, Lq, Lk], -inf where the mask hides."""
    k = k.to(precision).repeat_interleave(q.shape[1] // k.shape[1], 1)
    result = q.to(precision) @ k.transpose(-1, -2) * scale
    coordinates = [torch.arange(size) for size in result.shape]
    with TransformGetItemToIndex():
        if score_mod is not None:
            result = _vmap_for_bhqkv(score_mod, prefix=(0,))(result, *coordinates).to(precision)
        if mask_mod is not None:
            shown = _vmap_for_bhqkv(mask_mod, prefix=())(*coordinates)
            result = result.masked_fill(~shown, -math.inf)
    return result


def attend(x, v, heads, dtype):
    """Out and lse; probabilities are rounded to `dtype`."""
    v = v.to(x.dtype).repeat_interleave(heads // v.shape[1], 1)
    lse = torch.logsumexp(x, -1)
    probabilities = (x - lse.nan_to_num(neginf=0.0)[..., None]).exp()
    return probabilities.to(dtype).to(x.dtype) @ v, lse


def judge(name, out, lse, q, k, v, score_mod=None, mask_mod=None, scale=None):
    """Prints the worst row in bounds; fails beyond 1."""
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    exact = logits(q, k, score_mod, mask_mod, scale, torch.float64)
    r, r_lse = attend(exact, v, q.shape[1], torch.float64)
    single = logits(q, k, score_mod, mask_mod, scale, torch.float32)
    p, p_lse = attend(single, v, q.shape[1], q.dtype)
    p = p.to(q.dtype).double()
    largest = exact.masked_fill(exact.isinf(), 0).abs().amax(-1)
    slack = 2.0**-23 * (1 + largest)
    row = lambda t: t.abs().amax(-1)  # noqa: E731
    bound = 2 * row(p - r) + ROUNDING[q.dtype] * row(r) + slack * v.double().abs().max()
    worst = (row(out.double() - r) / bound.clamp_min(1e-30)).max().item()
    assert out.dtype == q.dtype and lse.dtype == torch.float32, (out.dtype, lse.dtype)
    assert torch.equal(lse.isneginf(), r_lse.isneginf()), f"{name}: rows without keys differ"
    finite = r_lse.isfinite()
    lse_bound = 2 * (p_lse.double() - r_lse).abs() + 4 * slack + 2.0**-23 * r_lse.abs()
    worst_lse = ((lse.double() - r_lse).abs() / lse_bound)[finite].max().item() if finite.any() else 0.0
    print(f"{name}: {worst:.3f} of the bound, lse {worst_lse:.3f}")
    assert worst <= 1 and worst_lse <= 1, f"{name}: beyond the bound"


def agree(name, score_mod=None, mask_mod=None, *, tensors=None, block_mask=None, scale=None, **shape):
    """The functions on attn.flex, judged. `block_mask` overrides the one made of `mask_mod`."""
    q, k, v = tensors or qkv(**shape)
    if mask_mod is not None and block_mask is None:
        block_mask = attn.flex.create_block_mask(mask_mod, q.shape[0], q.shape[1], q.shape[2], k.shape[2], device="cpu")
    out, aux = attn.flex.flex_attention(q, k, v, score_mod, block_mask, scale, enable_gqa=q.shape[1] != k.shape[1],
                                        return_aux=attn.flex.AuxRequest(lse=True))
    judge(name, out, aux.lse, q, k, v, score_mod, mask_mod, scale)
    return out
