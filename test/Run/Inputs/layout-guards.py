#!/usr/bin/env python3
"""The programs of layouts.py on tensors with NaN before, between and behind their rows: results are the bits that dense
tensors give, and no other element is written.

usage: layout-guards.py RUNTIME DEVICE ELEMENT D FOLDER

Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import itertools
import os
import subprocess
import sys

import numpy as np
from attn_ctypes import Runtime

from layouts import CASES, ON_SIM, program

NAN = {"f32": np.float32(np.nan), "bf16": np.uint16(0x7FC0)}
ON_GUARDS = ("shifted", "boxes", "apart", "shared")
GRIDS = [(8, 8), (7, 9), (1, 40), (16, 24)]


def numbers(random, shape, element):
    x = random.standard_normal(shape, np.float32)
    return x if element == "f32" else (x.view(np.uint32) >> 16).astype(np.uint16)


def guarded(shape, nan, before, behind):
    """An array of `shape` and the memory it lies in, all of it NaN: so many elements before and behind each row."""
    tokens, rest = shape[2:4], shape[4:]
    memory = np.full((*shape[:2], tokens[0] * tokens[1] + 3, *(n + before + behind for n in rest)), nan, nan.dtype)
    inner = memory[(slice(None), slice(None), slice(2, -1), *(slice(before, -behind) for _ in rest))]
    steps = inner.strides
    return np.lib.stride_tricks.as_strided(inner, shape, (*steps[:2], steps[2] * tokens[1], *steps[2:])), memory


def check(runtime, device, folder, case, grid, element, size, are_aligned):
    """What is wrong, or None."""
    # TMA takes rows that begin at multiples of 16 bytes; results may lie as they like.
    aligned, odd = (8, 8), (3, 2)
    heads = 2 if case in ("grouped", "shared") else 4
    random = np.random.default_rng(5)
    shapes = [(2, n, *grid, size) for n in (4, heads, heads)]
    ids = random.integers(0, 3, (2, *grid), np.int32)
    dense = [numbers(random, shape, element) for shape in shapes]
    results = [np.zeros((2, 4, *grid, size), dense[0].dtype), np.zeros((2, 4, *grid), np.float32)]
    run = runtime.load(folder).prepare(device, case)
    run.bind([*dense, ids], results)()
    arguments = [guarded(shape, NAN[element], *(aligned if device == "sim" else odd))[0] for shape in shapes]
    for own, values in zip(arguments, dense):
        own[:] = values
    rows = aligned if are_aligned else odd
    places = [guarded(x.shape, NAN[element] if x.ndim == 5 else NAN["f32"], *rows) for x in results]
    run.bind([*arguments, ids], [own for own, _ in places])()
    for wanted, (own, memory) in zip(results, places):
        if not np.array_equal(wanted, own):
            return "another result"
        own[:] = 0
        if (memory == NAN[element] if memory.dtype == np.uint16 else np.isnan(memory)).sum() != memory.size - own.size:
            return "writes beside its rows"
    return None


def main():
    library, device, element, size, folder = sys.argv[1:]
    is_sim = device == "sim"
    cases = {case: ON_SIM[case] for case in ON_GUARDS} if is_sim else {case: sorted(set(grids) & set(GRIDS)) for case, (*_, grids) in CASES.items()}
    os.makedirs(folder, exist_ok=True)
    source, artifact = f"{folder}/program.mlir", f"{folder}/program.attn"
    with open(source, "w") as file:
        file.write("\n".join(program(element, case, int(size)) for case in cases))
    target = "sm_90a" if is_sim else "cpu"
    subprocess.run(["attnc", source, "-o", artifact, f"--target={target}", "--ptxas=none"], check=True)
    runtime = Runtime(library, threads=2)
    runs = failures = 0
    for case, grids in cases.items():
        for grid, are_aligned in itertools.product(grids, [True, False] if is_sim else [False]):
            runs += 1
            wrong = check(runtime, device, artifact, case, grid, element, int(size), are_aligned)
            if wrong:
                failures += 1
                print(case, grid, are_aligned, wrong)
    print(f"{runs} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
