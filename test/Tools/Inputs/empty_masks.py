"""Runs every function of a program of empty masks: out is 0, lse is -inf, at lengths below and above a tile.

usage: empty_masks.py PROGRAM ARTIFACT DEVICE...

Prints one line per failure and a count; exit code 1 if there was one.
"""
import re
import subprocess
import sys

import numpy as np


def main():
    program, artifact, *devices = sys.argv[1:]
    with open(program) as file:
        entries = re.findall(r"func.func @(\w+)", file.read())
    runs = failures = 0
    for device in devices:
        source = program if device == "reference" else artifact
        for entry in entries:
            for lq, lk in (1, 1), (150, 150), (40, 200):
                command = ["attn-run", source, f"--entry={entry}", f"--device={device}", "--random", "--set=B=1",
                           f"--set=Lq={lq}", f"--set=Lk={lk}", "--out=o=o.npy", "--out=lse=lse.npy"]
                done = subprocess.run(command, capture_output=True, text=True)
                runs += 1
                if done.returncode != 0 or np.load("o.npy").any() or not np.isneginf(np.load("lse.npy")).all():
                    failures += 1
                    print(" ".join(command), done.stderr)
    print(f"{runs} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
