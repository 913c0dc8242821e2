"""What a case means: who sees whom, what happens to a logit, and how far off a result may be.

Bounds are those of codegen/lib/Reference/README.md, here in NumPy, on sampled rows of every head. Counts of pairs and
tiles are by brute force over visible(), never from what a kernel schedules.
"""
import concurrent.futures
import functools
import math
import os

import numpy as np

import tensors

TILE = 128
ROWS = 16  # per head, beside the first, the last and the two at the edge of the last tile
ROUNDING = 2.0**-8  # bf16
CAP = 30.0


def visible(case, rows, keys, ids=None):
    """Which keys each of `rows` of one sequence of `keys` tokens sees: bool [rows, keys]."""
    i, j = np.asarray(rows)[:, None], np.arange(keys)[None, :]
    if case.mask == "full":
        return np.ones((len(i), keys), bool)
    seen = j <= i
    if case.window:
        seen &= j > i - case.window
    if case.mask == "documents-causal":
        seen &= ids[i] == ids[j]
    return seen


def score(case, logits, rows, keys, head, given):
    """The score region: `logits` [rows, keys] of one query head, in their own precision."""
    distance = np.arange(keys)[None, :] - np.asarray(rows)[:, None]
    if case.score == "softcap":
        return CAP * np.tanh(logits / logits.dtype.type(CAP))
    if case.score.endswith("alibi"):
        return logits + given["slopes"][head].astype(logits.dtype) * distance.astype(logits.dtype) / 64
    if case.score == "bias":
        return logits + given["table"][np.clip(distance, -32, 32) + 32, head].astype(logits.dtype)
    return logits


def sequences(case, given):
    """(batch, first token, tokens, ids) of everything that attends within itself."""
    if case.is_packed:
        cuts = given["offsets"]
        return [(0, int(a), int(b - a), None) for a, b in zip(cuts, cuts[1:])]
    return [(b, 0, case.l, given["doc"][b]) for b in range(case.b)]


@functools.lru_cache(maxsize=None)
def count(case):
    """(visible pairs, visible tiles) of one head, over the whole batch."""
    pairs = tiles = 0
    for _, _, length, ids in sequences(case, tensors.small_arguments(case)):
        for start in range(0, length, TILE):
            seen = visible(case, range(start, min(start + TILE, length)), length, ids)
            pairs += int(seen.sum())
            tiles += int(np.logical_or.reduceat(seen.any(axis=0), np.arange(0, length, TILE)).sum())
    return pairs, tiles


def operations(case):
    """Floating-point operations of the visible pairs: 2 D for the logits, 2 D for the values."""
    return 4 * case.d * case.hq * count(case)[0]


def sample(length, *seed):
    edge = length // TILE * TILE
    rows = np.random.default_rng(seed).choice(length, min(ROWS, length), replace=False)
    return np.unique([row for row in [*rows, 0, length - 1, edge - 1, edge] if 0 <= row < length])


def fold(case, q, k, v, rows, head, ids, given, dtype, rounded):
    """(out, lse, transformed logits with -inf where masked): the unfused program in `dtype`."""
    logits = (q.astype(dtype) @ k.astype(dtype).T) * dtype(case.d**-0.5)
    logits = score(case, logits, rows, len(k), head, given)
    logits = np.where(visible(case, rows, len(k), ids), logits, dtype("-inf"))
    sink = dtype(given["sink"][head]) if "sink" in case.score else dtype("-inf")
    top = np.maximum(logits.max(axis=-1, keepdims=True), sink)
    weights = np.exp(logits - top)
    total = weights.sum(axis=-1, keepdims=True) + np.exp(sink - top)
    weights /= total
    if rounded:
        weights = tensors.to_f32(tensors.to_bf16(weights))
    out = weights.astype(dtype) @ v.astype(dtype)
    return tensors.to_f32(tensors.to_bf16(out)) if rounded else out, (top + np.log(total))[:, 0], logits


def largest(values):
    return np.abs(values).max(axis=-1)


class HeadExpectation:
    """Rows of one head of one sequence, in float64, with the bounds of `out` and `lse`."""

    def __init__(self, case, inputs, sequence, head):
        batch, first, length, ids = sequence
        place = lambda array, h: (array if case.is_packed else array[batch])[h, first:first + length]
        self.rows = sample(length, batch, first, head)
        self.where = (() if case.is_packed else (batch,)) + (head, first + self.rows)
        k, v = (tensors.to_f32(place(inputs[name], head * case.hk // case.hq)) for name in "kv")
        q = tensors.to_f32(place(inputs["q"], head)[self.rows])
        arguments = q, k, v, self.rows, head, ids, inputs
        self.out, self.lse, exact = fold(case, *arguments, np.float64, False)
        plain, _, logits = fold(case, *arguments, np.float32, True)
        seen = np.isfinite(exact)
        logit = np.where(seen, np.abs(exact), 0).max(axis=-1)
        if "sink" in case.score:
            logit = np.maximum(logit, abs(inputs["sink"][head]))
        self.out_bound = (2 * largest(plain - self.out) + ROUNDING * largest(self.out)
                          + 2.0**-23 * (1 + logit) * np.abs(v).max())
        norms = np.linalg.norm(q, axis=-1) * np.linalg.norm(k, axis=-1).max() * case.d**-0.5
        dots = np.where(seen, np.abs(q @ k.T), 0).max(axis=-1) * case.d**-0.5
        sums = np.hypot(norms, np.sqrt(case.d / 2) * dots)
        off = np.where(seen, np.abs(np.where(seen, logits, 0) - np.where(seen, exact, 0)), 0).max(axis=-1)
        self.lse_bound = (2 * off + 2.0**-23 * (np.abs(self.lse) + 1 + logit + sums)
                          + 2.0**-24 * np.sqrt(seen.sum(axis=-1)))

    def ratio(self, out, lse=None):
        """The largest error in bounds; infinite where a result is NaN."""
        ratios = [largest(tensors.to_f32(out[self.where]) - self.out) / self.out_bound]
        if lse is not None:
            ratios.append(np.abs(lse[self.where] - self.lse) / self.lse_bound)
        worst = float(np.max(ratios))
        return math.inf if math.isnan(worst) else worst


class Expectation:
    """What all contestants of a case should give on one set of inputs."""

    def __init__(self, case, inputs):
        jobs = [(sequence, head) for sequence in sequences(case, inputs) for head in range(case.hq)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
            self.heads = list(threads.map(lambda job: HeadExpectation(case, inputs, *job), jobs))

    def ratio(self, out, lse=None):
        """The largest error in bounds over sampled rows; infinite if any element of all is NaN."""
        if tensors.has_nan(out):
            return math.inf
        return max(head.ratio(out, lse) for head in self.heads)
