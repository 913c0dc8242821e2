#!/usr/bin/env python3
"""Runs every entry of an artifact at many lengths against the reference.

usage: lengths.py ARTIFACT DEVICE

Prints one line per failure and a count; exit code 1 if there was a failure. Lq > Lk
gives empty rows in causal masks; 0 gives empty tensors.
"""
import sys

from against_reference import Runs

LENGTHS = [(1, 1), (2, 2), (37, 37), (128, 128), (1009, 1009), (1, 1009), (37, 128), (130, 2), (1009, 37), (5, 0), (0, 5)]
ENTRIES = ["full", "causal", "outside", "documents"]


def main():
    artifact, device = sys.argv[1:]
    runs = Runs(device)
    for entry in ENTRIES:
        for lq, lk in LENGTHS:
            runs.run(artifact, entry, lq, lk)
    return runs.finish()


if __name__ == "__main__":
    sys.exit(main())
