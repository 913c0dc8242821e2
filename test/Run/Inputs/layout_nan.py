#!/usr/bin/env python3
"""Programs of layouts.py in f16, in a process whose memory is NaN at first.

usage: layout_nan.py DEVICE FOLDER

Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import os
import subprocess
import sys

from against_reference import run_each
from layouts import program

GRIDS = {"windows": [(7, 9), (1, 1)], "shifted": [(7, 9)], "residues": [(7, 5)], "keys": [(7, 9)], "queries": [(3, 13)],
         "boxes": [(20, 13)], "apart": [(7, 9)]}
NAN = {"MALLOC_PERTURB_": "1", "MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TOP_PAD_": "1048576"}


def main():
    device, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    source, artifact = f"{folder}/program.mlir", f"{folder}/program.attn"
    with open(source, "w") as file:
        file.write("\n".join(program("f16", case) for case in GRIDS))
    target = "cpu" if device == "cpu" else "sm_90a"
    subprocess.run(["attnc", source, "-o", artifact, f"--target={target}", "--ptxas=none"], check=True)
    runs = failures = 0
    for case, grids in GRIDS.items():
        for height, width in grids:
            options = ["--random", "--seed=3", "--set=B=2", f"--set=H={height}", f"--set=W={width}"]
            good, text = run_each(artifact, device, case, options, results=2, env=NAN)
            runs += 1
            if not good:
                failures += 1
                print(text)
    print(f"{runs} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
