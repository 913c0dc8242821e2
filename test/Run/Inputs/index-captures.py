#!/usr/bin/env python3
"""Regions that compute with a letter: the reference against NumPy, a device against the reference, and what a launch says
of a size of 0.

usage: index-captures.py ARTIFACT DEVICE FOLDER

Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import os
import subprocess
import sys

import numpy as np

# L, H, W: rows of one token, one row, ragged rows, more than a tile.
SIZES = [(63, 7, 9), (61, 7, 9), (5, 5, 1), (7, 1, 7), (7, 1, 100), (300, 20, 15), (0, 3, 4), (0, 0, 0), (1, 1, 1)]
REFUSED = [((5, 3, 0), "W, a size at "), ((5, 0, 3), "H, a size at ")]


def run(artifact, device, sizes, *options):
    length, height, width = sizes
    command = ["attn-run", artifact, f"--device={device}", "--random", "--seed=3", "--set=B=2", f"--set=L={length}",
               f"--set=H={height}", f"--set=W={width}", *options]
    return subprocess.run(command, text=True, capture_output=True)


def expected(q, k, v, bias, width):
    """Straight from the text of the program, in float64."""
    q, k, v, bias = (np.asarray(x, np.float64) for x in (q, k, v, bias))
    length = q.shape[2]
    place = np.arange(length)
    y, x = place // width, place % width
    square = (abs(y[:, None] - y) <= 2) & (abs(x[:, None] - x) <= 2)
    visible = square | (place[:, None] - width == place)
    logits = np.einsum("bhid,bhjd->bhij", q, np.repeat(k, 2, 1)) / np.sqrt(q.shape[3])
    logits = np.where(visible, logits + 0.5 * bias[np.minimum(y, bias.shape[0] - 1), x], -np.inf)
    largest = logits.max(3, keepdims=True)
    weights = np.exp(logits - largest)
    total = weights.sum(3, keepdims=True)
    return np.einsum("bhij,bhjd->bhid", weights / total, np.repeat(v, 2, 1)), (largest + np.log(total))[..., 0]


def compare_with_numpy(artifact, folder, sizes):
    length, height, width = sizes
    random = np.random.default_rng(length)
    inputs = {"q": random.standard_normal((2, 4, length, 16), np.float32),
              "k": random.standard_normal((2, 2, length, 16), np.float32),
              "v": random.standard_normal((2, 2, length, 16), np.float32),
              "bias": random.standard_normal((height, width), np.float32)}
    options = []
    for name, array in inputs.items():
        np.save(f"{folder}/{name}.npy", array)
        options.append(f"--in={name}={folder}/{name}.npy")
    outputs = [f"--out={name}={folder}/{name}.npy" for name in ("o", "lse")]
    result = subprocess.run(["attn-run", artifact, "--device=reference", *options, *outputs], text=True, capture_output=True)
    if result.returncode:
        return result.stderr
    worst = max(np.abs(np.load(f"{folder}/{name}.npy") - number).max(initial=0)
                for name, number in zip(("o", "lse"), expected(width=width, **inputs)))
    return "" if worst < 1e-6 else f"the reference is off by {worst}"


def main():
    artifact, device, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    failures = []
    for sizes in SIZES:
        result = run(artifact, device, sizes, "--against=reference")
        if result.returncode or result.stdout.count("max error/bound") != 2:
            failures.append((sizes, result.stdout + result.stderr))
        if device == "cpu" and sizes[0]:
            text = compare_with_numpy(artifact, folder, sizes)
            failures += [(sizes, text)] if text else []
    for sizes, text in REFUSED:
        result = run(artifact, device, sizes)
        if result.returncode != 1 or text not in result.stderr:
            failures.append((sizes, f"expected '{text}' but got {result.returncode}: {result.stderr}"))
    for failure in failures:
        print(*failure)
    print(f"{len(SIZES) + len(REFUSED)} runs, {len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
