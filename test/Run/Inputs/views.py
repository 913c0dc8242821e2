#!/usr/bin/env python3
"""Programs over grids of tokens: the reference against NumPy, a device against the reference.

usage: views.py ARTIFACT DEVICE FOLDER

Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import os
import subprocess
import sys

import numpy as np

PLANES = [(7, 9), (1, 40), (40, 1), (1, 1), (14, 18), (0, 5), (5, 0)]
VIDEOS = [(3, 5, 7), (1, 1, 3), (4, 1, 5), (3, 4, 1), (2, 9, 8), (2, 0, 3)]


def attend(q, k, v, visible, bias=0.0, state=None):
    """In float64; tensors [B, heads, places..., D], visible and bias over pairs of places."""
    q, k, v = (np.asarray(x, np.float64) for x in (q, k, v))
    shape = q.shape
    q, k, v = (x.reshape(*x.shape[:2], -1, x.shape[-1]) for x in (q, k, v))
    k, v = np.repeat(k, 2, 1), np.repeat(v, 2, 1)
    logits = np.where(visible, np.einsum("bhid,bhjd->bhij", q, k) * q.shape[-1] ** -0.5 + bias, -np.inf)
    if state:
        other, logit = (np.asarray(x, np.float64) for x in state)
        logits = np.concatenate([logits, logit.reshape(*logits.shape[:3], 1)], 3)
    largest = logits.max(3, keepdims=True)
    weights = np.exp(logits - largest)
    total = weights.sum(3, keepdims=True)
    shares = weights / total
    out = np.einsum("bhij,bhjd->bhid", shares[..., :v.shape[2]], v)
    if state:
        out += shares[..., -1:] * other.reshape(out.shape)
    return out.reshape(shape), (largest + np.log(total)).reshape(shape[:-1])


def plane(inputs):
    height, width = inputs["bias"].shape
    y, x = np.divmod(np.arange(height * width), width)
    near = (abs(y[:, None] - y) <= 2) & (abs(x[:, None] - x) <= 2)
    ids = inputs["segments"].reshape(-1, 1, height * width)
    return attend(inputs["q"], inputs["k"], inputs["v"], near & (ids[..., :, None] == ids[..., None, :]),
                  inputs["bias"].reshape(-1).astype(np.float64), (inputs["other"], inputs["logit"]))


def video(inputs):
    frames, height, width = inputs["q"].shape[2:5]
    time, place = np.divmod(np.arange(frames * height * width), height * width)
    return attend(inputs["q"], inputs["k"], inputs["v"],
                  (place[:, None] == place) | (time[:, None] - 1 == time))


def neighbors(inputs):
    """Windows of 3 x 5 around the token, moved inward at the edges."""
    grid = inputs["q"].shape[2:4]
    near = []
    for n, window in zip(grid, (3, 5)):
        first = np.clip(np.arange(n) - window // 2, 0, max(n - window, 0))[:, None]
        near.append((np.arange(n) >= first) & (np.arange(n) < first + window))
    return attend(inputs["q"], inputs["k"], inputs["v"], np.kron(*near).astype(bool))


def draw(entry, sizes):
    random = np.random.default_rng(sum(sizes))
    normal = lambda *shape: random.standard_normal(shape, np.float32)
    inputs = {"q": normal(2, 4, *sizes, 16), "k": normal(2, 2, *sizes, 16), "v": normal(2, 2, *sizes, 16)}
    if entry == "plane":
        inputs |= {"segments": random.integers(0, 2, (2, *sizes), np.int32), "bias": normal(*sizes),
                   "other": normal(2, 4, *sizes, 16), "logit": normal(2, 4, *sizes)}
    return inputs


def compare_with_numpy(artifact, entry, folder, sizes):
    inputs, options = draw(entry, sizes), []
    for name, array in inputs.items():
        np.save(f"{folder}/{name}.npy", array)
        options.append(f"--in={name}={folder}/{name}.npy")
    outputs = [f"--out={name}={folder}/{name}.npy" for name in ("o", "lse")]
    result = subprocess.run(["attn-run", artifact, f"--entry={entry}", "--device=reference", *options, *outputs],
                            text=True, capture_output=True)
    if result.returncode:
        return result.stderr
    expected = {"plane": plane, "video": video, "neighbors": neighbors}[entry](inputs)
    for name, numbers in zip(("o", "lse"), expected):
        found = np.load(f"{folder}/{name}.npy")
        if found.shape != numbers.shape or np.abs(found - numbers).max(initial=0) > 1e-6:
            return f"{name} {found.shape} is off by {np.abs(found - numbers).max(initial=0)}"
    return ""


def main():
    artifact, device, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    failures, runs = [], 0
    for entry, letters, grids in (("plane", "HW", PLANES), ("video", "THW", VIDEOS), ("neighbors", "HW", PLANES)):
        for sizes in grids:
            command = ["attn-run", artifact, f"--entry={entry}", f"--device={device}", "--random", "--seed=3", "--set=B=2",
                       *(f"--set={letter}={size}" for letter, size in zip(letters, sizes)), "--against=reference"]
            result = subprocess.run(command, text=True, capture_output=True)
            runs += 1
            if result.returncode or result.stdout.count("max error/bound") != 2:
                failures.append((entry, sizes, result.stdout + result.stderr))
            if device == "cpu" and np.prod(sizes):
                text = compare_with_numpy(artifact, entry, folder, sizes)
                failures += [(entry, sizes, text)] if text else []
    for failure in failures:
        print(*failure)
    print(f"{runs} runs, {len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
