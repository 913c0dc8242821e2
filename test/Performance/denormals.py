#!/usr/bin/env python3
"""Measures what denormals cost on the CPU: time with inputs of 1e-40 over time with N(0, 1), per variant.

    python3 test/Performance/denormals.py [--threads=N] [--length=L] [--rounds=N] [--only=TEXT]

One program, prepared once per variant that this machine runs; launches with each kind of inputs take turns in one process,
every turn begins with another, and the ratio is of the least times. "as slow": the same operations in NumPy, one thread,
which does not flush, show what this CPU takes for denormals. Needs NumPy alone (build/venv). Says which variants the
machine lacks. Exit code 0: every ratio is at most 1.5; 1: not, or something failed. Whether kernels flush is a test
(test/Runtime/FloatModes), which does not ask for the time.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

import attn_ctypes

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
WORK = BUILD / "bench" / "denormals"
MOST, SMALL = 1.5, 1e-40
HEADS, SIZE = 8, 64
PROGRAM = """func.func @main(
    %q: tensor<?x{h}x?x{d}x{e}> {{attn.name = "q", attn.shape = ["B", "H", "L", "D"]}},
    %k: tensor<?x{h}x?x{d}x{e}> {{attn.name = "k", attn.shape = ["B", "H", "L", "D"]}},
    %v: tensor<?x{h}x?x{d}x{e}> {{attn.name = "v", attn.shape = ["B", "H", "L", "D"]}})
    -> (tensor<?x{h}x?x{d}x{e}> {{attn.name = "o"}}) {{
  %causal = attn.mask.causal
  %keys = attn.stream %k, %v mask %causal : tensor<?x{h}x?x{d}x{e}>, tensor<?x{h}x?x{d}x{e}>
  %o = attn.attend %q over %keys : tensor<?x{h}x?x{d}x{e}> -> tensor<?x{h}x?x{d}x{e}>
  return %o : tensor<?x{h}x?x{d}x{e}>
}}
"""


def narrowed(x, element):
    """bf16 is the upper half of f32; NumPy has none."""
    return x if element == "f32" else (x.view(np.uint32) >> 16).astype(np.uint16)


def kinds(length, element):
    """Which of q, k, v are denormal."""
    random = np.random.default_rng(1)
    normal = [random.standard_normal((1, HEADS, length, SIZE), np.float32) for _ in "qkv"]
    small = [np.full_like(x, SMALL) * np.sign(x) for x in normal]
    made = {"normal": normal, "v": [*normal[:2], small[2]], "k": [normal[0], small[1], normal[2]], "all": small}
    return {name: [narrowed(x, element) for x in arrays] for name, arrays in made.items()}


def compiled(element):
    WORK.mkdir(parents=True, exist_ok=True)
    source, artifact = WORK / f"{element}.mlir", WORK / f"{element}.attn"
    source.write_text(PROGRAM.format(h=HEADS, d=SIZE, e=element))
    subprocess.run([BUILD / "bin" / "attnc", source, "-o", artifact, "--target=cpu"], check=True)
    return artifact


def measured(launches, rounds):
    """The least time of each, in turns."""
    best, names = dict.fromkeys(launches, float("inf")), list(launches)
    for launch in launches.values():
        launch()
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            start = time.perf_counter()
            launches[name]()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def as_slow(rounds):
    """What NumPy takes for sums of denormals over what it takes for others."""
    some = np.random.default_rng(1).standard_normal(1 << 16, np.float32)
    few = np.full_like(some, SMALL)
    best = measured({"normal": lambda: some * np.float32(0.5) + some, "small": lambda: few * np.float32(0.5) + few}, rounds)
    return best["small"] / best["normal"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--only", default="", help="variants whose name has this text")
    args = parser.parse_args()
    runtime = attn_ctypes.Runtime(BUILD / "lib" / "libattn_runtime.so", args.threads)
    print(f"causal, {HEADS} heads, D {SIZE}, L {args.length}, {args.threads} threads, least of {args.rounds}; "
          f"NumPy without flushing: denormals take {as_slow(args.rounds):.1f} times as long")
    worst = 0
    for element in ("f32", "bf16"):
        artifact = compiled(element)
        for variant in json.loads((artifact / "manifest.json").read_text())["images"][0]["variants"]:
            if args.only not in variant:
                continue
            os.environ["ATTN_CPU"] = variant  # read when a program is prepared
            try:
                program = runtime.load(artifact).prepare("cpu")
            except attn_ctypes.Error as error:
                print(f"{element} {variant}: skipped: {error}")
                continue
            launches = {}
            for name, arrays in kinds(args.length, element).items():
                launches[name] = program.bind(arrays, [np.empty_like(arrays[0])])
            best = measured(launches, args.rounds)
            ratios = {name: best[name] / best["normal"] for name in best if name != "normal"}
            worst = max(worst, *ratios.values())
            print(f"{element} {variant}: normal {best['normal'] * 1e3:.2f} ms; "
                  + ", ".join(f"{name} of {SMALL:g} {ratio:.2f}" for name, ratio in ratios.items()))
    print(f"largest ratio {worst:.2f}, at most {MOST} allowed")
    return worst > MOST


if __name__ == "__main__":
    sys.exit(main())
