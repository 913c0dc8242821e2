#!/usr/bin/env python3
"""The programs of layouts.py on tensors with NaN before, between and behind their rows: results are the bits that dense
tensors give, and no other element is written.

usage: layout-guards.py RUNTIME ELEMENT D FOLDER

Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import os
import subprocess
import sys

import numpy as np
from attn_ctypes import Runtime

from layouts import CASES, program

NAN = {"f32": np.float32(np.nan), "bf16": np.uint16(0x7FC0)}
GRIDS = [(8, 8), (7, 9), (1, 40), (16, 24)]


def numbers(random, shape, element):
    x = random.standard_normal(shape, np.float32)
    return x if element == "f32" else (x.view(np.uint32) >> 16).astype(np.uint16)


def guarded(shape, nan):
    """An array of `shape` and the memory it lies in, all of it NaN.."""
    tokens, rest = shape[2:4], shape[4:]
    memory = np.full((*shape[:2], tokens[0] * tokens[1] + 3, *(n + 5 for n in rest)), nan, nan.dtype)
    inner = memory[(slice(None), slice(None), slice(2, -1), *(slice(3, -2) for _ in rest))]
    steps = inner.strides
    return np.lib.stride_tricks.as_strided(inner, shape, (*steps[:2], steps[2] * tokens[1], *steps[2:])), memory


def check(runtime, folder, case, grid, element, size):
    """What is wrong, or None."""
    heads = 2 if case == "grouped" else 4
    random = np.random.default_rng(5)
    shapes = [(2, n, *grid, size) for n in (4, heads, heads)]
    ids = random.integers(0, 3, (2, *grid), np.int32)
    dense = [numbers(random, shape, element) for shape in shapes]
    results = [np.zeros((2, 4, *grid, size), dense[0].dtype), np.zeros((2, 4, *grid), np.float32)]
    run = runtime.load(folder).prepare("cpu", case)
    run.bind([*dense, ids], results)()
    arguments = [guarded(shape, NAN[element])[0] for shape in shapes]
    for own, values in zip(arguments, dense):
        own[:] = values
    places = [guarded(x.shape, NAN[element] if x.ndim == 5 else NAN["f32"]) for x in results]
    run.bind([*arguments, ids], [own for own, _ in places])()
    for wanted, (own, memory) in zip(results, places):
        if not np.array_equal(wanted, own):
            return "another result"
        own[:] = 0
        if (memory == NAN[element] if memory.dtype == np.uint16 else np.isnan(memory)).sum() != memory.size - own.size:
            return "writes beside its rows"
    return None


def main():
    library, element, size, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    source, artifact = f"{folder}/program.mlir", f"{folder}/program.attn"
    with open(source, "w") as file:
        file.write("\n".join(program(element, case, int(size)) for case in CASES))
    subprocess.run(["attnc", source, "-o", artifact, "--target=cpu"], check=True)
    runtime = Runtime(library, threads=2)
    runs = failures = 0
    for case, (*_, grids) in CASES.items():
        for grid in sorted(set(grids) & set(GRIDS)):
            runs += 1
            wrong = check(runtime, artifact, case, grid, element, int(size))
            if wrong:
                failures += 1
                print(case, grid, wrong)
    print(f"{runs} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
