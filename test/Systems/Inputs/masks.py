"""Masks of the systems as matrices of bool, written from their definitions, one pair or one slice at a time.

A mask takes the length and the tensors of its program by name, and gives what broadcasts to [B, Hq, L, L]. `id` are
numbers of tokens, [B, L].
"""
import numpy as np

FULL, CAUSAL = range(2)


def distances(length):
    """j - i of every pair."""
    return np.arange(length)[None, :] - np.arange(length)[:, None]


def causal(length, **tensors):
    return distances(length) <= 0


def window(length, left, right):
    return (distances(length) >= -left) & (distances(length) <= right)


def before(length, n):
    """Keys before n[b]."""
    return (np.arange(length) < n[:, None])[:, None, None, :]


def same(ids):
    """Query and key have one id."""
    return (ids[:, :, None] == ids[:, None, :])[:, None]


# Slices: rectangles [q0, q1) x [k0, k1) of pairs. A causal one is aligned bottom-right: its last row sees all its keys.


def slices(length, rectangles):
    mask = np.zeros((length, length), bool)
    for q0, q1, k0, k1, kind in rectangles:
        rows, keys = np.arange(q1 - q0)[:, None], np.arange(k1 - k0)
        mask[q0:q1, k0:k1] |= (kind == FULL) | (keys <= rows + (k1 - k0) - (q1 - q0))
    return mask


def runs(ids):
    """[start, end) of every run of equal numbers."""
    edges = np.flatnonzero(np.diff(ids)) + 1
    return list(zip([0, *edges], [*edges, len(ids)]))


def of_documents(make):
    """make(runs of a batch, length, **its numbers) gives slices."""

    def mask(length, doc, **numbers):
        made = [make(runs(ids), length, **{name: x[b] for name, x in numbers.items()}) for b, ids in enumerate(doc)]
        return np.stack([slices(length, one) for one in made])[:, None]

    return mask


@of_documents
def documents(runs, length):
    return [(s, e, s, e, FULL) for s, e in runs]


@of_documents
def causal_documents(runs, length):
    return [(s, e, s, e, CAUSAL) for s, e in runs]


@of_documents
def prefix_documents(runs, length, prefix):
    whole = [(s, s + min(prefix, e - s)) for s, e in runs]
    return [(s, n, s, n, FULL) for s, n in whole] + [(n, e, s, e, CAUSAL) for (_, n), (s, e) in zip(whole, runs)]


@of_documents
def shared_question(runs, length):
    end = runs[0][1]
    return [(s, e, s, e, CAUSAL) for s, e in runs] + [(end, length, 0, end, FULL)]


@of_documents
def blockwise(runs, length):
    return [(s, e, s, e, CAUSAL) for s, e in runs[:-1]] + [(runs[-1][0], length, 0, length, CAUSAL)]


def block_causal_documents(length, doc, size=1024):
    def steps(start, end):
        ends = sorted({start, end, *(x for x in range(0, end, size) if x > start)})
        return [(a, b, start, b, FULL) for a, b in zip(ends, ends[1:])]

    return np.stack([slices(length, sum((steps(*run) for run in runs(ids)), [])) for ids in doc])[:, None]


def prefix(length, prefix):
    return np.stack([slices(length, [(0, n, 0, n, FULL), (n, length, 0, length, CAUSAL)]) for n in prefix])[:, None]


def global_window(length, w=256):
    near = [(i, i + 1, max(i - w, 0), min(i + w + 1, length), FULL) for i in range(length)]
    n = min(2 * w, length)
    return slices(length, [(0, n, 0, length, FULL), (0, length, 0, n, FULL), *near])
