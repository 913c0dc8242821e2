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


def cut(x, form=None, table=None):
    """The sequences of a tensor: a view [H, length, ...] of each.

    form None: [B, H, L, ...]; "batch": the first table[b] tokens of each;
    "packed": tokens table[b] .. table[b + 1] - 1 of [H, T, ...].
    """
    if form is None:
        return list(x)
    tokens = x.shape[1 if form == "packed" else 2]
    table = [min(max(int(n), 0), tokens) for n in table]
    if form == "batch":
        return [x[b][:, :n] for b, n in enumerate(table)]
    table = np.maximum.accumulate(table)
    return [x[:, table[b]:table[b + 1]] for b in range(len(table) - 1)]


class Stream:
    """k, v: sequences; visible(b, h, i, j, lq, lk); score(x, b, h, i, j, lk); heads: a map."""

    def __init__(self, k, v, visible=None, score=None, heads=None):
        self.k, self.v, self.heads = k, v, heads
        self.visible = visible or (lambda b, h, i, j, lq, lk: True)
        self.score = score or (lambda x, b, h, i, j, lk: x)

    def entries(self, q, b, h, i, lq, heads, scale):
        k, v = (np.asarray(x[b], np.float64) for x in (self.k, self.v))
        head = self.heads[h] if self.heads else h // (heads // k.shape[0])
        lk = k.shape[1]
        for j in range(lk):
            if self.visible(b, h, i, j, lq, lk):
                yield self.score(scale * np.dot(q, k[head, j]), b, h, i, j, lk), 1, v[head, j]


def state_entry(parts, b, h, i):
    """A state as (logit, number of keys, sum of their values), or None for no key."""
    parts = [np.float64(p[b][h, i]) for p in parts]
    logit, count, total = (parts[1], 1, parts[0]) if len(parts) == 2 else parts
    return None if logit == -np.inf or count == 0 else (logit, count, total)


NAMES = "out", "lse", "m", "l", "acc"


def fold(q, streams, states=(), sink=None, scale=None):
    """Sequences of out, lse, m, l, acc and mass0, mass1, ... of one attend (or, without q, merge)."""
    rows = q if q is not None else states[0][0]
    values = streams[0].v if streams else states[0][0 if len(states[0]) == 2 else 2]
    dv = values[0].shape[-1]
    results = {name: [] for name in NAMES + tuple(f"mass{n}" for n in range(len(streams)))}
    for b, sequence in enumerate(rows):
        heads, lq = sequence.shape[:2]
        for name in results:
            shape = (heads, lq, dv) if name in ("out", "acc") else (heads, lq)
            results[name].append(np.zeros(shape))
        for h in range(heads):
            for i in range(lq):
                groups = [list(s.entries(np.float64(sequence[h, i]), b, h, i, lq, heads,
                                         scale or 1 / np.sqrt(sequence.shape[2])))
                          for s in streams]
                extra = [state_entry(parts, b, h, i) for parts in states]
                extra += [] if sink is None else [(np.float64(sink[h]), 1, np.zeros(dv))]
                found = fold_row(groups, [e for e in extra if e], dv)
                for name, value in found.items():
                    results[name][b][h, i] = value
    return results


def fold_row(groups, extra, dv):
    entries = [e for group in groups for e in group] + extra
    logits = np.array([e[0] for e in entries])
    masses = [f"mass{n}" for n in range(len(groups))]
    if np.isnan(logits).any() or (logits == np.inf).any():
        return {name: np.nan for name in NAMES + tuple(masses)}
    m = logits.max(initial=-np.inf)
    weigh = lambda x: np.exp(x - m) if x > -np.inf else 0.0
    parts = [sum(count * weigh(x) for x, count, _ in group) for group in groups + [extra]]
    l = sum(parts)
    acc = sum((weigh(x) * total for x, _, total in entries), np.zeros(dv))
    found = {"m": m, "l": l, "acc": acc, "out": acc / l if l else acc,
             "lse": m + np.log(l) if l else -np.inf}
    for name, part in zip(masses, parts):
        found[name] = part / l if l else 0.0
    return found
