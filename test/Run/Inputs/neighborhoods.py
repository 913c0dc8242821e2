#!/usr/bin/env python3
"""Who sees whom in neighbourhoods, exactly, on reference and cpu (f32) and sim (bf16).

usage: neighborhoods.py FOLDER

q is 0, so a row of the result is the mean of the values it sees. Head h has in its 64 columns the keys from 64 h on, a
one each: every key that is lost, seen without right, or seen twice shows. The masks stand here a second time, axis by
axis as in the papers. Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import fractions
import functools
import os
import subprocess
import sys

import numpy as np

from against_reference import environments

COLUMNS = 64
ON_SIM = ("dilated_line", "causal_lines", "volume", "halo", "causal_shrink", "coarser_keys")  # each takes seconds to compile
# name: the mask; tokens beside the grid.
CASES = {
    "line": (dict(shape=[150], window=[7]), 0),
    "dilated_line": (dict(shape=[100], window=[10], stride=[3], dilation=[7]), 0),
    "blocks": (dict(shape=[131], window=[13], stride=[13]), 0),
    "whole_axis": (dict(shape=[13, 17], window=[13, 5], dilation=[1, 3]), 0),
    "causal_lines": (dict(shape=[5, 31], window=[4, 6], stride=[4, 2], causal=[True, False]), 0),
    "causal": (dict(shape=[13, 11], window=[4, 3], stride=[2, 3], dilation=[3, 1], causal=[True, True]), 0),
    "long_lines": (dict(shape=[3, 67], window=[3, 9]), 0),
    "volume": (dict(shape=[4, 6, 7], window=[3, 3, 5], stride=[1, 2, 5], dilation=[1, 2, 1], causal=[True, False, False]), 0),
    "halo": (dict(shape=[10, 14], window=[10, 10], stride=[4, 4], edge="shrink"), 0),
    "short_blocks": (dict(shape=[15, 10], window=[4, 4], stride=[4, 4], edge="shrink"), 0),
    "causal_shrink": (dict(shape=[4, 40], window=[3, 9], stride=[1, 4], dilation=[2, 1], causal=[True, True], edge="shrink"), 0),
    "coarser_keys": (dict(shape=[16, 12], keys=[8, 6], window=[3, 3]), 0),
    "finer_keys": (dict(shape=[8, 9], keys=[8, 18], window=[3, 5]), 0),
    "beside_the_grid": (dict(shape=[8, 8], window=[3, 3]), 9),
}
PROGRAM = """func.func @{name}(
    %q: tensor<1x?x?x64x{e}> {{attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]}},
    %k: tensor<1x?x?x64x{e}> {{attn.name = "k", attn.shape = ["B", "H", "Lk", "D"]}},
    %v: tensor<1x?x?x64x{e}> {{attn.name = "v", attn.shape = ["B", "H", "Lk", "D"]}})
    -> (tensor<1x?x?x64x{e}> {{attn.name = "o"}}, tensor<1x?x?xf32> {{attn.name = "lse"}}) {{
  %m = attn.mask.neighborhood {mask}
  %s = attn.stream %k, %v mask %m : tensor<1x?x?x64x{e}>, tensor<1x?x?x64x{e}>
  %o, %lse = attn.attend %q over %s : tensor<1x?x?x64x{e}> -> tensor<1x?x?x64x{e}>, tensor<1x?x?xf32>
  return %o, %lse : tensor<1x?x?x64x{e}>, tensor<1x?x?xf32>
}}
"""


def text_of(mask):
    """shape(8, 8) keys(4, 4) window(3, 3) ..., in the order of the op."""
    words = []
    for name in ("shape", "keys", "window", "stride", "dilation", "causal", "edge"):
        if name in mask:
            value = mask[name]
            words.append(f"{name}({value if name == 'edge' else ', '.join(str(x).lower() for x in value)})")
    return " ".join(words)


def shifted(n, w, s, d, causal):
    """One axis as NATTEN has it: windows move inward at the borders of their residue class."""
    seen = np.zeros((n, n), bool)
    for i in range(n):
        r, x = i % d, i // d
        m = -(-(n - r) // d)
        if causal:
            lead = min(x // s * s + s - 1, m - 1)
            a, e = max(lead - w + 1, 0), min(x + 1, m)
        else:
            lead, right = min(x // s * s + s // 2, m - 1), w // 2 - 1 + w % 2
            a = max(lead - w // 2, 0) + min(m - 1 - right - lead, 0)
            e = a + w
        seen[i, r + d * np.arange(a, e)] = True
    return seen


def shrunk(n, w, s, d, causal):
    """One axis whose windows are cut off at the borders: blocks of s and halos beside them; a pair at a time."""
    halo = (w - s) // 2
    def sees(i, j):
        if (i - j) % d:
            return False
        first, y = i // d // s * s, j // d
        return first + s - w <= y <= i // d if causal else first - halo <= y < first + s + halo
    return np.array([[sees(i, j) for j in range(n)] for i in range(n)])


def visible(mask):
    shape, keys = mask["shape"], mask.get("keys", mask["shape"])
    axis = shrunk if mask.get("edge") == "shrink" else shifted
    ones = [1] * len(shape)
    parameters = zip(keys, mask["window"], mask.get("stride", ones), mask.get("dilation", ones), mask.get("causal", [False] * len(ones)))
    axes = []
    for n, one in zip(shape, parameters):
        middles = [int((c + fractions.Fraction(1, 2)) * one[0] / n) for c in range(n)]
        axes.append(axis(*one)[middles])
    return functools.reduce(np.kron, axes)


def run(program, name, device, environment, folder, seen):
    queries, keys = seen.shape
    heads = -(-keys // COLUMNS)
    v = np.zeros((heads, keys, COLUMNS), np.float32)
    at = np.arange(keys)
    v[at // COLUMNS, at, at % COLUMNS] = 1
    command = ["attn-run", program, f"--entry={name}", f"--device={device}"]
    for argument, array in (("q", np.zeros((heads, queries, COLUMNS))), ("k", np.ones((heads, keys, COLUMNS))), ("v", v)):
        np.save(f"{folder}/{argument}.npy", array.astype(np.float32)[None])
        command.append(f"--in={argument}={folder}/{argument}.npy")
    command += [f"--out={result}={folder}/{result}.npy" for result in ("o", "lse")]
    result = subprocess.run(command, text=True, capture_output=True, env=environment)
    if result.returncode:
        return result.stderr
    o, lse = (np.load(f"{folder}/{result}.npy")[0].astype(np.float64) for result in ("o", "lse"))
    count = seen.sum(1)
    shown = np.moveaxis(o, 0, 1).reshape(queries, -1)[:, :keys] * count[:, None]
    wrong = np.abs(shown - seen) > 0.02
    if wrong.any():
        i, j = np.argwhere(wrong)[0]
        return f"{wrong.sum()} pairs, the first query {i}, key {j}: {shown[i, j]:.3f}, expected {int(seen[i, j])}"
    with np.errstate(divide="ignore"):
        expected = np.log(count)
    with np.errstate(invalid="ignore"):
        far = np.where(lse == expected, 0, np.abs(lse - expected)) > 1e-5
    return f"lse of {np.argwhere(far)[0]}" if far.any() else ""


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    failures = runs = 0
    cases = {"sim": {name: CASES[name] for name in ON_SIM}}
    for device, element, target in (("reference", "f32", None), ("cpu", "f32", "cpu"), ("sim", "bf16", "sm_90a")):
        program = f"{folder}/{device}.mlir"
        with open(program, "w") as file:
            file.write("".join(PROGRAM.format(name=name, e=element, mask=text_of(mask)) for name, (mask, _) in cases.get(device, CASES).items()))
        if target:
            artifact = f"{folder}/{device}.attn"
            subprocess.run(["attnc", program, f"--target={target}", "--ptxas=none", "-o", artifact], check=True)
            program = artifact
        for name, (mask, beside) in cases.get(device, CASES).items():
            seen = np.pad(visible(mask), ((0, beside), (0, beside)))
            runs += 1
            for place, environment in environments(program, device):
                text = run(program, name, device, environment, folder, seen)
                if text:
                    failures += 1
                    print(f"{name} on {place}: {text}")
    print(f"{runs} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
