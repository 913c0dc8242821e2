#!/usr/bin/env python3
"""Runs both texts of every mask of dialect/MASKS.md and compares who sees whom.

The Python functions are evaluated by NumPy over all pairs, and by attn.flex with --flex. The programs
run with q = 0 on device cpu and reference; values are unit vectors, 64 keys at a time, so that element
j of a row of the result is above 0 just where key j is visible. Then all run on random numbers, and
the results are compared with softmax written out in float64. Run by test/Docs/masks.test.

usage: compare_masks.py --root SOURCE --bin FOLDER --work FOLDER [--flex]
"""
import argparse
import pathlib
import re
import subprocess
import sys

import numpy as np

B, HQ, HK, D = 2, 4, 2, 64
LENGTHS = (1, 64, 150)
SECTION = re.compile(r"## ([^\n]*)\n.*?```mlir\n(.*?)```\s*```python\n(.*?)```", re.S)


def tables(length):
    """What the page's functions and programs read; ids do not decrease in one sequence and do in the other."""
    rng = np.random.default_rng(length)
    ids = rng.integers(0, 5, (B, length)).astype(np.int32)
    ids[0].sort()
    return {"document": ids, "prefix": np.array([length // 3, 0], np.int32),
            "slopes": np.array([0.5, 0.25, 0.125, 0.0625], np.float32)}


class Functions:
    """mask_mod and score_mod of a section, over all pairs."""

    def __init__(self, text, length, to_tensor=lambda table: table):
        names = {name: to_tensor(table) for name, table in tables(length).items()}
        exec(compile(text, "dialect/MASKS.md", "exec"), names)  # noqa: S102 - the page is ours
        self.mask_mod, self.score_mod = names["mask_mod"], names.get("score_mod")

    def visible(self, length):
        pairs = np.ogrid[:B, :HQ, :length, :length]
        return np.broadcast_to(self.mask_mod(*pairs), (B, HQ, length, length))

    def attend(self, q, k, v):
        length = q.shape[2]
        q, k, v = (x.astype(np.float64) for x in (q, k.repeat(HQ // HK, 1), v.repeat(HQ // HK, 1)))
        logits = q @ k.swapaxes(2, 3) / np.sqrt(D)
        if self.score_mod:
            logits = self.score_mod(logits, *np.ogrid[:B, :HQ, :length, :length])
        weights = np.exp(logits) * self.visible(length)
        return weights @ v / weights.sum(-1, keepdims=True)


class Program:
    """A program of the page on one device; an artifact for cpu."""

    def __init__(self, folder, work, text, device):
        self.folder, self.work, self.device = folder, work, device
        self.source = work / "mask.mlir"
        self.source.write_text(text)
        self.arguments = re.findall(r'attn.name = "(\w+)", attn.shape', text)
        if device == "cpu":
            self.run("attnc", self.source, "-o", work / "mask.attn", "--target=cpu")
            self.source = work / "mask.attn"

    def run(self, tool, *arguments):
        subprocess.run([self.folder / tool, *map(str, arguments)], check=True)

    def __call__(self, q, k, v):
        given = {"q": q, "k": k, "v": v, **tables(q.shape[2])}
        options = [f"--out=o={self.work / 'o.npy'}"]
        for name in self.arguments:
            np.save(self.work / f"{name}.npy", given[name])
            options.append(f"--in={name}={self.work / name}.npy")
        self.run("attn-run", self.source, f"--device={self.device}", *options)
        return np.load(self.work / "o.npy")


def flex(text):
    """The Python of the page on attn.flex, as a program is here."""
    import torch
    from attn.flex import create_block_mask, flex_attention

    def call(q, k, v):
        length = q.shape[2]
        functions = Functions(text, length, torch.from_numpy)
        mask = create_block_mask(functions.mask_mod, B, HQ, length, length, device="cpu")
        q, k, v = map(torch.from_numpy, (q, k, v))
        return flex_attention(q, k, v, functions.score_mod, mask, enable_gqa=True).numpy()

    return call


def visible_pairs(program, length):
    q = np.zeros((B, HQ, length, D), np.float32)
    k = np.zeros((B, HK, length, D), np.float32)
    seen = []
    for first in range(0, length, D):
        v = np.zeros((B, HK, length, D), np.float32)
        keys = np.arange(first, min(first + D, length))
        v[:, :, keys, keys - first] = 1
        seen.append(program(q, k, v)[..., :len(keys)] > 0)
    return np.concatenate(seen, -1)


def compare(title, functions, program, name, length):
    """None, or what differs."""
    want, found = functions.visible(length), visible_pairs(program, length)
    for b, h, i, j in np.argwhere(want != found)[:1]:
        return f"{title}: b {b}, h {h}, query {i}, key {j}: visible for Python: {want[b, h, i, j]}, for {name}: {found[b, h, i, j]}"
    rng = np.random.default_rng(7)
    q, k, v = (rng.standard_normal((B, heads, length, D), np.float32) for heads in (HQ, HK, HK))
    error = np.abs(program(q, k, v) - functions.attend(q, k, v)).max()
    return None if error <= 1e-5 else f"{title}: {name} differs from float64 by {error:.1e}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--root", "--bin", "--work"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--flex", action="store_true")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    sections = SECTION.findall((args.root / "dialect" / "MASKS.md").read_text())
    for title, program, python in sections:
        if args.flex:
            programs = {"attn.flex": flex(python)}
        else:
            programs = {device: Program(args.bin.resolve(), args.work, program, device) for device in ("cpu", "reference")}
        for length in LENGTHS:
            functions = Functions(python, length)
            problems = [compare(title, functions, call, name, length) for name, call in programs.items()]
            if any(problems):
                sys.exit("\n".join(filter(None, problems)))
        pairs = int(functions.visible(length).sum())
        print(f"{title}: {pairs} of {B * HQ * length**2} pairs for Python, {', '.join(programs)}")
    print(f"{len(sections)} masks see the same pairs")


if __name__ == "__main__":
    main()
