#!/usr/bin/env python3
"""Runs the entries of state-rows.mlir against the reference: NaN in q where no row is, and nothing
written there.

usage: state-rows.py ARTIFACT DEVICE FOLDER HEAD_SIZE ELEMENT ENTRY...

The digits in the name of a result are the tables whose rows it has. attn-run fills the memory of
results with ones, bit for bit, so whatever differs was written. Prints one line per failure and a count; exit code 1 if
there was a failure.
"""
import pathlib
import sys

import numpy as np

import against_reference

HEADS = 2
RESULTS = {
    "padded": ["o01", "lse01", "o01x", "lse01x", "o012", "lse012", "r012", "s012", "q012"],
    "packed": ["o01", "lse01", "o01x", "lse01x", "o012", "lse012", "r012", "s012", "q01", "k1"],
}
# Lq, Lk, tables; T, tables of offsets. A number below 0 or beyond the size is clamped.
PADDED = [
    (150, 170, [150, 3, 70, 0], [149, 64, 129, 20], [80, 150, 999, 30]),
    (300, 310, [0, 300], [300, -4], [17, 17]),
    (20, 20, [20], [11], [5]),
]
PACKED = [
    (300, [7, 7, 130, 290], [0, 200, 150, 250], [140, 141, 260]),
    (260, [129, 200, 260], [0, 128, 259], [1, 258]),
    (100, [0, 50], [50, 100], [0, 100]),  # no row is in both
    (40, [0, 40], [9, 33], [-4, 20, 90]),
    (5, [0], [0, 5], [0, 5]),  # no sequence
]


def padded_rows(shape, lengths):
    return np.arange(shape[2])[None, None] < np.array(lengths)[:, None, None] + np.zeros(shape[:3], int)


def packed_rows(shape, offsets):
    tokens = np.arange(shape[1])
    return np.broadcast_to((tokens >= max(offsets[0], 0)) & (tokens < max(offsets)), shape[:2])


ONES = {"f16": (np.uint16, 0xFFFF), "bf16": (np.uint32, 0xFFFF0000), "f32": (np.uint32, 0xFFFFFFFF)}


def untouched(array, element):
    """The elements that nobody wrote; attn-run saves bf16 as f32."""
    bits, ones = ONES[element]
    return array.view(bits) == ones


def run(artifact, device, folder, element, entry, tables, queries, keys):
    random = np.random.default_rng(5)
    draw = lambda *shape: random.standard_normal(shape, np.float32)
    rows = [(padded_rows if entry == "padded" else packed_rows)(queries, table) for table in tables]
    arrays = {"q": draw(*queries), "k": draw(*keys), "v": draw(*keys), "x": draw(*queries), "y": draw(*queries[:-1])}
    arrays["q"][~(rows[0] | rows[1] | rows[2])] = np.nan
    if entry == "packed":  # keys are the tokens of the queries
        for name in "kv":
            arrays[name][~(rows[0] | rows[1] | rows[2])] = np.nan
    arrays |= {f"t{n}": np.array(table, np.int32) for n, table in enumerate(tables)}
    options = [f"--out={name}={folder / name}.npy" for name in RESULTS[entry]]
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array.astype(np.float16) if element == "f16" and name in "qkv" else array)
        options.append(f"--in={name}={folder / name}.npy")
    good, text = against_reference.run(artifact, device, entry, options, len(RESULTS[entry]))
    if not good:
        return [text]
    problems = []
    for name in RESULTS[entry]:
        exists = np.logical_and.reduce([rows[int(digit)] for digit in name if digit.isdigit()])
        array = np.load(folder / f"{name}.npy")
        holds_ones = untouched(array, element if array.ndim == len(queries) else "f32")
        if not holds_ones[~exists].all():
            problems.append(f"{name}: a row that does not exist was written")
        if holds_ones[exists].any():
            problems.append(f"{name}: a row that exists was not written")
    return problems and [*problems, text]


def main():
    artifact, device, folder, head_size, element, *entries = sys.argv[1:]
    d = int(head_size)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    cases = [("padded", tables, (len(tables[0]), HEADS, lq, d), (len(tables[0]), HEADS, lk, d)) for lq, lk, *tables in PADDED]
    cases += [("packed", tables, (HEADS, tokens, d), (HEADS, tokens, d)) for tokens, *tables in PACKED]
    cases = [case for case in cases if case[0] in entries]
    failures = 0
    for case in cases:
        problems = run(artifact, device, folder, element, *case)
        failures += bool(problems)
        if problems:
            print(case, *problems, sep="\n")
    print(f"{len(cases)} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
