#!/usr/bin/env python3
"""Runs the entries of short-queries.mlir against the reference, for 0 to 17 queries and keys in no, one and many parts.

usage: short-queries.py ARTIFACT FOLDER [COLUMNS]

COLUMNS: of the values of `slopes`, 5 in the text. NaN in every token of nobody; the number of threads changes no bit. Prints a line per failure and a count; exit code 1
if there was a failure.
"""
import itertools
import os
import sys

import numpy as np

import against_reference

RESULTS = {"window": ["o", "lse"], "slopes": ["o", "lse"], "lengths": ["o", "lse"],
           "streams": ["o", "lse", "near", "far"], "resumed": ["o", "m", "l", "acc"]}
SIZES = [(1, 1, 0), (2, 1, 1), (1, 1, 1100), (3, 1, 300), (1, 2, 600), (1, 3, 31), (2, 5, 700), (1, 7, 40),
         (1, 8, 2100), (2, 11, 97), (1, 16, 600), (1, 17, 600), (1, 0, 50)]
SPREADS = (1, 60)  # logits of about 1 and of 1e4


def arguments(entry, batch, lq, lk, spread, columns):
    random = np.random.default_rng(lq + 31 * lk)
    draw = lambda *shape: random.standard_normal(shape, np.float32) * np.float32(spread)
    if entry == "slopes":
        return dict(q=draw(batch, 6, lq, 33), k=draw(batch, 2, lk, 33), v=draw(batch, 2, lk, columns), slopes=draw(6) / 40)
    made = dict(q=draw(batch, 8, lq, 64), k=draw(batch, 2, lk, 64), v=draw(batch, 2, lk, 72))
    if entry in ("streams", "resumed"):
        made |= dict(out=draw(batch, 8, lq, 72), logit=draw(batch, 8, lq))
    if entry == "streams":
        made |= dict(k2=draw(batch, 4, lk // 3, 64), v2=draw(batch, 4, lk // 3, 72), sink=draw(8))
    if entry == "lengths":
        made |= dict(qlen=random.integers(0, lq + 1, batch, np.int32), klen=random.integers(0, lk + 1, batch, np.int32))
        made["qlen"][0], made["klen"][-1] = lq, lk
        for b in range(batch):
            made["q"][b, :, made["qlen"][b]:] = np.nan
            for name in "kv":
                made[name][b, :, made["klen"][b]:] = np.nan
    return made


def run(artifact, folder, entry, made, threads):
    path = lambda name: os.path.join(folder, f"{name}.npy")
    options = [f"--out={name}={path('out_' + name)}" for name in RESULTS[entry]]
    for name, array in made.items():
        np.save(path(name), array)
        options.append(f"--in={name}={path(name)}")
    good, text = against_reference.run(artifact, "cpu", entry, options, len(RESULTS[entry]),
                                       dict(os.environ, ATTN_THREADS=str(threads)))
    return "" if good else text, [open(path("out_" + name), "rb").read() for name in RESULTS[entry]]


def main():
    artifact, folder, *columns = sys.argv[1:]
    cases = failures = 0
    for entry, sizes, spread in itertools.product(RESULTS, SIZES, SPREADS):
        made = arguments(entry, *sizes, spread, *map(int, columns or [5]))
        text, found = run(artifact, folder, entry, made, 1)
        if not text and spread == 1 and sizes[1] in (1, 5) and run(artifact, folder, entry, made, 3)[1] != found:
            text = "bits depend on the number of threads"
        cases += 1
        if text:
            failures += 1
            print(f"{entry} {sizes} {spread}: {text}")
    print(f"{cases} cases, {failures} failures")
    return failures != 0


sys.exit(main())
