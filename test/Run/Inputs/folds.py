#!/usr/bin/env python3
"""Runs the entries of folds.mlir against the reference: ragged lengths, empty rows and streams,
logits up to about 1e4, and NaN in everything that no result may depend on.

usage: folds.py ARTIFACT DEVICE FOLDER [ENTRY...]

Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import json
import pathlib
import sys

import numpy as np

import against_reference

HQ, HK = 4, 2
NAN, INF = np.float32("nan"), np.float32("inf")
RESULTS = {"sink": 2, "resume": 3, "state": 5, "merge": 3, "streams": 4, "far": 2, "padded": 2, "cache": 2, "packed": 2, "everything": 8}
# B, Lq, Lk, Lm, scale of q; with Lq > Lk causal rows are empty.
PADDED = [(5, 150, 140, 70, 1), (1, 1, 300, 129, 1), (1, 130, 2, 0, 1), (2, 70, 0, 300, 1), (2, 20, 390, 150, 1), (1, 1, 390, 0, 1), (1, 140, 260, 33, 2500)]
# T, offsets; U, offsets of the second stream; Lk and lengths of the third. Offsets may begin behind 0, end before T,
# decrease or lie outside.
PACKED = [
    (400, [7, 7, 130, 259, 260, 390], 170, [0, 20, 20, 150, 160, 161], 40, [40, 0, 17, 3, 99]),
    (300, [0, 200, 150, 500], 300, [-4, 130, 290, 299], 140, [1, 139, -7]),
    (129, [0, 129], 1, [0, 1], 1, [0]),
    (5, [0], 5, [0], 3, []),
    (290, [4 * i for i in range(71)], 200, [3 * i - 5 - i % 7 for i in range(71)], 2, [i % 4 for i in range(70)]),
]


class Draw:
    """Arrays of an entry, by name."""

    def __init__(self, seed, head_size, value_size):
        self.random = np.random.default_rng(seed)
        self.d, self.dv = head_size, value_size

    def numbers(self, *shape):
        return self.random.standard_normal(shape, dtype=np.float32)

    def term(self, rows):
        """Logits, sums and values of a state; rows without keys hold NaN where they may."""
        x, total, values = 3 * self.numbers(*rows), np.abs(self.numbers(*rows)) + 0.5, self.numbers(*rows, self.dv)
        empty = self.random.random(rows) < 0.2
        zero = self.random.random(rows) < 0.2
        x[empty], total[zero] = -INF, 0
        values[empty | zero] = NAN
        return x, total, values

    def lengths(self, b, length, choices):
        """Something, 0, full, more than there is, fewer than none."""
        numbers = {"some": length // 2 + 3, "none": 0, "all": length, "more": length + 9, "less": -5}
        return np.array([numbers[choice] for choice in choices.split()[:b]], np.int32)


def hide(array, lengths):
    """NaN behind the lengths of [B, H, L, D]."""
    for b, length in enumerate(lengths):
        array[b, :, max(length, 0):] = NAN
    return array


def unowned(array, offsets):
    """NaN in the tokens of [H, T, D] that belong to no sequence."""
    owned, raised, size = np.zeros(array.shape[1], bool), 0, array.shape[1]
    for a, b in zip(offsets, offsets[1:]):
        raised = max(raised, min(max(a, 0), size))
        end = max(raised, min(max(b, 0), size))
        owned[raised:end] = True
    array[:, ~owned] = NAN
    return array


def padded(draw, b, lq, lk, lm, scale):
    arrays = {
        "q": scale * draw.numbers(b, HQ, lq, draw.d), "k": draw.numbers(b, HK, lk, draw.d),
        "v": draw.numbers(b, HK, lk, draw.dv), "k2": draw.numbers(b, HK, lm, draw.d), "v2": draw.numbers(b, HK, lm, draw.dv),
        "sink": np.array([0.5, -INF, 4, -2], np.float32) * scale,
        "qdoc": np.sort(draw.random.integers(0, 3, (b, lq), np.int32)),
        "kdoc": np.sort(draw.random.integers(0, 4, (b, lm), np.int32)),
    }
    arrays["x1"], _, arrays["o1"] = draw.term((b, HQ, lq))
    # Two parts have no sum: rows that only the sum makes empty get a logit instead.
    arrays["x1"][np.isnan(arrays["o1"]).any(-1)] = -INF
    arrays["x2"], arrays["l2"], arrays["a2"] = draw.term((b, HQ, lq))
    return arrays


def with_lengths(arrays, draw):
    b, _, lq, _ = arrays["q"].shape
    lk = arrays["k"].shape[2]
    arrays["qlen"] = draw.lengths(b, lq, "some more none all less")
    arrays["klen"] = draw.lengths(b, lk, "some all more none some")
    return arrays


def packed(draw, t, offsets, u, offsets2, lk, klen):
    b = len(klen)
    arrays = {
        "q": unowned(draw.numbers(HQ, t, draw.d), offsets), "k": unowned(draw.numbers(HK, t, draw.d), offsets),
        "v": unowned(draw.numbers(HK, t, draw.dv), offsets), "k2": unowned(draw.numbers(HK, u, draw.d), offsets2),
        "v2": unowned(draw.numbers(HK, u, draw.dv), offsets2), "k3": hide(draw.numbers(b, HK, lk, draw.d), klen),
        "v3": hide(draw.numbers(b, HK, lk, draw.dv), klen), "offsets": np.array(offsets, np.int32),
        "offsets2": np.array(offsets2, np.int32), "klen": np.array(klen, np.int32),
    }
    arrays["x1"], arrays["l1"], arrays["a1"] = draw.term((HQ, t))
    return arrays


def cases(entry, draw):
    if entry in ("packed", "everything"):
        return [packed(draw, *case) for case in PACKED]
    all_arrays = [padded(draw, *case) for case in PADDED]
    if entry == "padded":
        for arrays in all_arrays:
            with_lengths(arrays, draw)
            for name, lengths in (("q", "qlen"), ("k", "klen"), ("v", "klen")):
                hide(arrays[name], arrays[lengths])
    if entry == "cache":  # Keys that one stream sees with one length and one with the other.
        for arrays in all_arrays:
            with_lengths(arrays, draw)
            hide(arrays["q"], arrays["qlen"])
            most = np.maximum(arrays["klen"], arrays["qlen"])
            hide(arrays["k"], most)
            hide(arrays["v"], most)
    if entry in ("resume", "state", "merge"):  # A logit of +inf or NaN gives NaN, of this row only.
        arrays = all_arrays[0]
        arrays["x1"][0, 1, 3], arrays["x1"][1, 2, 140] = INF, NAN
    return all_arrays


def run(artifact, device, folder, entry, arrays, needed):
    options = []
    for name in needed:
        path = folder / f"{name}.npy"
        np.save(path, arrays[name].astype(np.float16) if needed[name]["dtype"] == "f16" else arrays[name])
        options.append(f"--in={name}={path}")
    return against_reference.run(artifact, device, entry, options, RESULTS[entry])


def main():
    artifact, device, folder, *chosen = sys.argv[1:]
    manifest = json.loads((pathlib.Path(artifact) / "manifest.json").read_text())
    entries = {e["name"]: {argument["name"]: argument for argument in e["arguments"]} for e in manifest["entries"]}
    head_size, value_size = (entries["sink"][name]["shape"][-1]["size"] for name in "qv")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    failures = runs = 0
    for entry in chosen or entries:
        needed = entries[entry]
        for arrays in cases(entry, Draw(len(entry), head_size, value_size)):
            good, text = run(artifact, device, folder, entry, arrays, needed)
            runs += 1
            failures += not good
            if not good:
                print({name: arrays[name].shape for name in needed}, text)
    print(f"{runs} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
