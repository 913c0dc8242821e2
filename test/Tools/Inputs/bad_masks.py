"""Runs bad-masks.mlir with tables that do not fit, with tables of odd numbers, and with tables that show nothing.

usage: bad_masks.py PROGRAM ARTIFACT DEVICE...

What does not fit is an error that names the mask's rule, what was found and where, before anything runs; numbers are
all legal, and compared with the reference. Prints one line per failure and a count; exit code 1 if there was one.
"""
import re
import subprocess
import sys

import numpy as np

B, H, LQ, LK = 2, 4, 21, 35
LARGE, SMALL = 2**31 - 1, -2**31
PER_HEAD = {"offsets": 9, "lefts": 10, "rights": 11, "counts": 12, "sizes": 13, "blocks": 14, "residues": 15, "steps": 16}
WRONG = r"must be equal, at \S*bad-masks.mlir:\d+:\d+, but found "


def tables(number):
    """`number(name, shape)` makes each."""
    shapes = {**{name: [H] for name in PER_HEAD}, "prefix": [B], "qids": [B, LQ], "kids": [B, LK], "rows": [B, LQ],
              "columns": [B, LK], "slices": [3, 5], "free": [LK]}
    made = {name: np.asarray(number(name, shape), np.int32).reshape(shape) for name, shape in shapes.items()}
    return {**made, "high": np.zeros(5, np.int8), "wide": np.zeros(7, np.int8)}  # sizes of a grid


def odd(seed):
    """Numbers at the ends of 32 bits, and small ones."""
    draw = np.random.default_rng(seed)
    return tables(lambda name, shape: draw.choice([SMALL, SMALL + 1, -7, -1, 0, 1, 2, 40, LARGE - 1, LARGE], shape,
                                                  p=[.1, .1, .1, .1, .2, .1, .1, .05, .05, .1]))


# Every table shows nothing. A block of one key is the diagonal p = j, which is not that of the grid, i = j.
NOTHING = {"offsets": SMALL, "lefts": SMALL, "rights": SMALL, "counts": SMALL, "sizes": 1, "blocks": SMALL, "residues": -36,
           "steps": LARGE, "prefix": SMALL, "qids": SMALL, "kids": LARGE, "slices": 0, "rows": 0, "columns": 0, "free": 0}


def nothing():
    return tables(lambda name, shape: np.full(shape, NOTHING[name]))


def resized(name, shape, dtype=np.int32):
    return {name: np.zeros(shape, dtype)}


def bad_cases():
    """Name, arrays that differ, what the error says."""
    for n, name in enumerate(PER_HEAD):
        rule = {"blocks": "offsets", "residues": "offsets", "steps": "offsets"}.get(name, name)
        for wrong in (H - 1, H + 1, 0):
            yield name, resized(name, [wrong]), rf"Hq of {rule} \(H{n + 1}\) and Hq of q \(4\) {WRONG}H{n + 1} = {wrong}"
    yield "offsets", resized("offsets", [H, 1]), r"has shape \[4, 1\], but argument 'offsets' \[H1\] i32 has 1 axes"
    yield "offsets", resized("offsets", [H], np.int64), "holds i64, but argument 'offsets' .* expects i32"
    yield "qids", resized("qids", [LQ]), r"has shape \[21\], but argument 'qids' \[B2, Lq2\] i32 has 2 axes"
    yield "rows", resized("rows", [B, LQ], np.float32), "holds f32, but argument 'rows' .* expects i32"
    yield "prefix", resized("prefix", [B + 1]), rf"B of prefix \(B1\) and B of q \(B\) {WRONG}B1 = 3, B = 2"
    for name, letters, rule, length in (("qids", "2", "queryIds", LQ), ("kids", "3", "keyIds", LK), ("rows", "4", "marks", LQ),
                                        ("columns", "5", "marks", LK)):
        side = "Lq" if length == LQ else "Lk"
        of = "of q" if length == LQ else "of k"
        yield name, resized(name, [1, length]), rf"B of {rule} \(B{letters}\) and B of q \(B\) {WRONG}B{letters} = 1, B = 2"
        for wrong in (length - 1, length + 1):
            yield (name, resized(name, [B, wrong]),
                   rf"{side} of {rule} \({side}{letters}\) and {side} {of} \({side}\) {WRONG}{side}{letters} = {wrong}")
    yield "slices", resized("slices", [4, 5]), "argument 'slices' .* expects 3 on axis 0"
    yield "slices", resized("slices", [3, 4]), "argument 'slices' .* expects 5 on axis 1"
    yield "free", resized("free", [LK - 1]), r"attn.read at \S*bad-masks.mlir:\d+:\d+ goes from 0 to .*Lk6.*Lk6 = 34"
    yield "high", resized("high", [0], np.int8), r"Y, a size at \S*bad-masks.mlir:\d+:\d+, must be 1 or more"
    yield ("high", {**resized("high", [1 << 16], np.int8), **resized("wide", [1 << 15], np.int8)},
           r"tokens of the grid \(Y \* X\) must be fewer than 2\^31, at \S*bad-masks.mlir:\d+:\d+, but found Y = 65536, X = 32768")


class Runs:
    def __init__(self, program, artifact, device):
        self.source = program if device == "reference" else artifact
        self.device = device
        self.count = self.failures = 0
        draw = np.random.default_rng(1)
        np.save("q.npy", draw.standard_normal((B, H, LQ, 16)).astype(np.float32))
        np.save("k.npy", draw.standard_normal((B, H, LK, 16)).astype(np.float32))

    def run(self, arrays, *options):
        for name, array in arrays.items():
            np.save(f"{name}.npy", array)
        self.count += 1
        ins = [f"--in={name}={name}.npy" for name in ("q", "k", *arrays)]
        return subprocess.run(["attn-run", self.source, f"--device={self.device}", *ins, *options], capture_output=True,
                              text=True)

    def fail(self, what, done):
        self.failures += 1
        print(f"{self.device}: {what}: exit code {done.returncode}: {done.stdout}{done.stderr}")

    def refuse(self, name, change, message):
        done = self.run({**nothing(), **change}, "--out=o=refused.npy")
        errors = [line for line in done.stderr.splitlines() if "error:" in line]
        if done.returncode != 1 or len(errors) != 1 or not re.search(message, errors[0]):
            self.fail(f"{name}, expected /{message}/", done)

    def compare(self, seed):
        done = self.run(odd(seed), "--against=reference")
        if done.returncode != 0:
            self.fail(f"odd numbers {seed}", done)

    def see_nothing(self):
        done = self.run(nothing(), "--out=o=o.npy", "--out=lse=lse.npy")
        if done.returncode != 0 or np.load("o.npy").any() or not np.isneginf(np.load("lse.npy")).all():
            self.fail("no key at all", done)


def main():
    program, artifact, *devices = sys.argv[1:]
    failures = 0
    for device in devices:
        runs = Runs(program, artifact, device)
        for case in bad_cases():
            runs.refuse(*case)
        if device != "reference":
            for seed in range(4):
                runs.compare(seed)
        runs.see_nothing()
        failures += runs.failures
        print(f"{device}: {runs.count} runs, {runs.failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
