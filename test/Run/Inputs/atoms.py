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
NUMBERS = {"per_head": np.array([3, 0, -7, 2**31 - 1, -2**31, 64], np.int32), "prefix": np.array([40, -2**31], np.int32)}


def main():
    artifact, device, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for name, numbers in NUMBERS.items():
        np.save(f"{folder}/{name}.npy", numbers)
    runs = Runs(device)
    for entry, table in TABLES.items():
        for lq, lk in LENGTHS:
            runs.run(artifact, entry, lq, lk, {table: f"{folder}/{table}.npy"} if table else {})
    return runs.finish()


if __name__ == "__main__":
    sys.exit(main())
