#!/usr/bin/env python3
"""Runs every entry of an artifact at many lengths against the reference.

usage: lengths.py ARTIFACT DEVICE

Prints one line per failure and a count; exit code 1 if there was a failure. Lq > Lk
gives empty rows in causal masks; 0 gives empty tensors.
"""
import subprocess
import sys

LENGTHS = [(1, 1), (2, 2), (37, 37), (128, 128), (1009, 1009), (1, 1009), (37, 128), (130, 2), (1009, 37), (5, 0), (0, 5)]
ENTRIES = ["full", "causal", "outside", "documents"]


def main():
    artifact, device = sys.argv[1:]
    failures = runs = 0
    for entry in ENTRIES:
        for lq, lk in LENGTHS:
            command = ["attn-run", artifact, f"--entry={entry}", f"--device={device}", "--random", f"--seed={lq + 7 * lk}",
                       "--set=B=2", f"--set=Lq={lq}", f"--set=Lk={lk}", "--against=reference"]
            result = subprocess.run(command, text=True, capture_output=True)
            runs += 1
            if result.returncode or result.stdout.count("max error/bound") != 2:
                failures += 1
                print(" ".join(command), result.stdout, result.stderr, sep="\n")
    print(f"{runs} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
