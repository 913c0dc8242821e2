#!/usr/bin/env python3
"""Runs every mask of atoms.mlir at ragged lengths against the reference.

usage: atoms.py ARTIFACT DEVICE FOLDER

Tables hold numbers near the edges and numbers that overflow 32 bits when added to.
Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import os
import subprocess
import sys

import numpy as np

LENGTHS = [(1, 1), (37, 37), (130, 130), (1, 301), (300, 65), (5, 0)]
TABLES = {"first": "per_head", "prefix": "prefix", "prefix_alone": "prefix", "block": "", "per_head": "per_head", "first_documents": "", "free": "per_head"}
NUMBERS = {"per_head": np.array([3, 0, -7, 2**31 - 1, -2**31, 64], np.int32), "prefix": np.array([40, -2**31], np.int32)}


def main():
    artifact, device, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for name, numbers in NUMBERS.items():
        np.save(f"{folder}/{name}.npy", numbers)
    failures = runs = 0
    for entry, table in TABLES.items():
        for lq, lk in LENGTHS:
            command = ["attn-run", artifact, f"--entry={entry}", f"--device={device}", "--random", f"--seed={lq + 7 * lk}",
                       "--set=B=2", f"--set=Lq={lq}", f"--set=Lk={lk}", "--against=reference"]
            if table:
                command.append(f"--in={table}={folder}/{table}.npy")
            result = subprocess.run(command, text=True, capture_output=True)
            runs += 1
            if result.returncode or result.stdout.count("max error/bound") != 2:
                failures += 1
                print(" ".join(command), result.stdout, result.stderr, sep="\n")
    print(f"{runs} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
