"""Attention in NumPy, one pair at a time in float64, straight from the op texts.

Shares no code with the compiler: what test/Reference/cases.py compares the device
`reference` with.
"""
import numpy as np


def bf16(x):
    """Rounds to bfloat16, ties to even, NaN kept."""
    bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16 << 16).astype(np.uint32)
    return np.where(np.isnan(x), np.float32(np.nan), rounded.view(np.float32))


ROUND = {
    "f32": lambda x: np.asarray(x, np.float32),
    "f16": lambda x: np.asarray(x, np.float16),
    "bf16": bf16,
}


def attention(q, k, v, visible, score, scale):
    """visible(b, h, i, j) -> bool, score(x, b, h, i, j) -> float; returns out and lse."""
    q, k, v = (np.asarray(x, np.float64) for x in (q, k, v))
    batches, heads, lq, d = q.shape
    group = heads // k.shape[1] if heads else 1
    out = np.zeros((batches, heads, lq, v.shape[3]))
    lse = np.full((batches, heads, lq), -np.inf)
    scale = 1 / np.sqrt(d) if scale is None else scale
    for b in range(batches):
        for h in range(heads):
            for i in range(lq):
                keys = [j for j in range(k.shape[2]) if visible(b, h, i, j)]
                row(q[b, h, i], k[b, h // group], v[b, h // group], keys,
                    lambda x, j: score(x, b, h, i, j), scale, out[b, h, i:i + 1],
                    lse[b, h, i:i + 1])
    return out, lse


def row(q, k, v, keys, score, scale, out, lse):
    if not keys:
        return
    logits = np.array([score(scale * np.dot(q, k[j]), j) for j in keys])
    if np.isnan(logits).any() or (logits == np.inf).any():
        out[:], lse[:] = np.nan, np.nan
        return
    most = logits.max()
    weights = np.exp(logits - most) if most > -np.inf else np.zeros(len(keys))
    total = weights.sum()
    share = weights / total if total else weights
    out[:] = share @ v[keys]
    lse[:] = most + np.log(total) if total else -np.inf
