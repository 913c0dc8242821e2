#!/usr/bin/env python3
"""Runs every mask of atoms.mlir at ragged lengths against the reference.

usage: atoms.py ARTIFACT DEVICE FOLDER

Tables hold numbers near the edges and numbers that overflow 32 bits when added to.
Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import os
import sys

import numpy as np

from against_reference import Runs

LENGTHS = [(1, 1), (37, 37), (130, 130), (1, 301), (300, 65), (5, 0)]
TABLES = {"first": "per_head", "prefix": "prefix", "prefix_alone": "prefix", "block": "", "per_head": "per_head", "first_documents": "", "free": "per_head"}
# Type of the marks, axes before those of blocks (batch is 2), block of queries and of keys.
BITMAPS = {"bitmap": (np.bool_, (2, 6), 64, 128), "bitmap_not": (np.int32, (2,), 17, 20), "bitmap_by_query": (np.int8, (6,), 1, 64)}
NUMBERS = {"per_head": np.array([3, 0, -7, 2**31 - 1, -2**31, 64], np.int32), "prefix": np.array([40, -2**31], np.int32)}


def save_bitmap(entry, lq, lk, path):
    """Random marks, the first row of blocks without any, and some more blocks than there are tokens: all marked."""
    dtype, outer, query, key = BITMAPS[entry]
    there, random = (-(-lq // query), -(-lk // key)), np.random.default_rng(lq + 7 * lk)
    bits = np.full((*outer, there[0] + 2, there[1] + 1), 1, dtype)
    bits[..., :there[0], :there[1]] = random.integers(0, 2, (*outer, *there)) * random.choice([1, -1, 100], (*outer, *there))
    bits[..., :1, :there[1]] = 0
    np.save(path, bits)


def main():
    artifact, device, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for name, numbers in NUMBERS.items():
        np.save(f"{folder}/{name}.npy", numbers)
    runs = Runs(device)
    for entry, table in TABLES.items():
        for lq, lk in LENGTHS:
            runs.run(artifact, entry, lq, lk, {table: f"{folder}/{table}.npy"} if table else {})
    for entry in BITMAPS:
        for lq, lk in LENGTHS:
            save_bitmap(entry, lq, lk, f"{folder}/{entry}.npy")
            runs.run(artifact, entry, lq, lk, {"bits": f"{folder}/{entry}.npy"})
    return runs.finish()


if __name__ == "__main__":
    sys.exit(main())
