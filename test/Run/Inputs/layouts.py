#!/usr/bin/env python3
"""Reordered tokens against the reference, which knows no order: every layout, mask and score together.

usage: layouts.py DEVICE ELEMENT FOLDER [D [CASE...]]

Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import os
import subprocess
import sys

from against_reference import run_each

MASKS = {
    "none": "",
    "near": "attn.mask.neighborhood shape(%h, %w) window(5, 3)",
    "blocks": "attn.mask.neighborhood shape(%h, %w) window(7, 7) stride(7, 7) edge(shrink)",
    "causal": "attn.mask.causal",
    "ids": "attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>",
}
# Layout of queries, layout of keys, mask, has a score of coordinates, grids. "grouped", "shared": two key heads for four
# query heads. "chained": what comes out is reordered again, to see the same keys once more.
PLANES = [(8, 8), (7, 9), (1, 40), (40, 1), (1, 1), (16, 24), (0, 5)]
CASES = {
    "windows": ("tile(4, 8)", "tile(4, 8)", "near", True, PLANES),
    "rolled": ("tile(8, 8) shift(0, 0)", "tile(4, 4)", "near", False, PLANES),
    "shifted": ("tile(2, 2) shift(3, 5)", "tile(2, 2) shift(3, 5)", "ids", True, [(8, 8), (7, 9), (16, 24)]),
    "residues": ("dilation(2, 3)", "dilation(2, 3) tile(2, 2)", "near", False, PLANES),
    "queries": ("tile(8, 8)", None, "causal", False, PLANES),
    "keys": (None, "dilation(3, 1) tile(1, 4)", "ids", True, PLANES),
    "dense": ("tile(8, 8)", "tile(8, 8)", "none", False, PLANES),
    "blocks": ("tile(7, 7)", "tile(7, 7)", "blocks", True, [(8, 8), (7, 9), (16, 24)]),
    "grouped": ("tile(4, 4) shift(1, 2)", "tile(4, 4) shift(1, 2)", "near", True, [(8, 8), (7, 9), (16, 24)]),
    "boxes": ("tile(8, 8)", "tile(2, 16)", "near", True, [(16, 24), (20, 13)]),
    "apart": ("dilation(2, 3) tile(4, 4)", "dilation(4, 1) tile(8, 8)", "near", True, [(16, 24), (7, 9)]),
    "shared": ("tile(8, 8)", "tile(1, 8)", "near", False, [(16, 24), (20, 13)]),
    "chained": ("tile(4, 8)", "tile(8, 4)", "near", False, [(8, 8), (7, 9), (16, 24)]),
}
# What a kernel for the GPU has of its own: rows of slots and tokens, with padding and without; tiles, and points apart,
# that are boxes of TMA ("keys", "shifted" and "grouped" have none), whole boxes behind the edge of the grid.
ON_SIM = {"windows": [(7, 9), (1, 1), (0, 5)], "keys": [(7, 9)], "shifted": [(8, 8)], "grouped": [(7, 9)], "chained": [(7, 9)],
          "boxes": [(16, 24), (20, 13)], "apart": [(16, 24), (7, 9)], "shared": [(16, 24), (20, 13)]}


def program(element, case, size=64):
    queries, keys, mask, has_score, _ = CASES[case]
    heads = {"q": 4, "k": 2 if case in ("grouped", "shared") else 4}
    heads["v"] = heads["k"]
    wides = {x: f"tensor<?x{n}x?x?x{size}x{element}>" for x, n in heads.items()}
    flats = {x: f"tensor<?x{n}x?x{size}x{element}>" for x, n in heads.items()}
    wide, flat = wides["q"], flats["q"]
    arguments = [f'%{x}: {wides[x]} {{attn.name = "{x}", attn.shape = ["B", "{h}", "H", "W", "D"]}}'
                 for x, h in (("q", "Hq"), ("k", "Hk"), ("v", "Hk"))]
    ids = '%grid: tensor<?x?x?xi32> {attn.name = "ids", attn.shape = ["B", "H", "W"], attn.random = "segments"}'
    lines = [f"%c{n} = arith.constant {n} : index" for n in (0, 2, 3)]
    lines += [f"%{x} = tensor.dim %q, %c{n} : {wide}" for x, n in (("n", 0), ("h", 2), ("w", 3))]
    lines += [f"%{x}0 = tensor.collapse_shape %{x} [[0], [1], [2, 3], [4]] : {wides[x]} into {flats[x]}" for x in "qkv"]
    lines.append("%ids = tensor.collapse_shape %grid [[0], [1, 2]] : tensor<?x?x?xi32> into tensor<?x?xi32>")
    names = {x: f"%{x}0" for x in "qkv"}
    for which, layout in (("q", queries), ("kv", keys)):
        if not layout:
            continue
        lines.append(f"%layout_{which} = attn.layout.grid shape(%h, %w) {layout}")
        for x in which:
            lines.append(f"%{x}1 = attn.reorder %{x}0 by %layout_{which} : {flats[x]} -> {flats[x]}")
            names[x] = f"%{x}1"
    if mask != "none":
        lines.append(f"%mask = {MASKS[mask]}")
    lines.append(f"%s = attn.stream {names['k']}, {names['v']}{' mask %mask' if mask != 'none' else ''} : {flats['k']}, {flats['v']}")
    score = """ score(%w : index) {
    ^bb0(%x: f32, %b: index, %head: index, %i: index, %j: index, %width: index):
      %scale = arith.constant 0.25 : f32
      %xi = arith.remui %i, %width : index
      %yj = arith.divui %j, %width : index
      %d = arith.subi %xi, %yj : index
      %number = arith.index_cast %d : index to i32
      %f = arith.sitofp %number : i32 to f32
      %bias = arith.mulf %f, %scale : f32
      %y = arith.addf %x, %bias : f32
      attn.yield %y : f32
    }""" if has_score else ""
    lines.append(f"%o0, %l0 = attn.attend {names['q']} over %s{score} : {flat} -> {flat}, tensor<?x4x?xf32>")
    out, lse = "%o0", "%l0"
    if case == "chained":
        lines.append(f"%first = attn.restore %o0 by %layout_q : {flat} -> {flat}")
        lines.append(f"%again = attn.reorder %first by %layout_q : {flat} -> {flat}")
        lines[-3] = lines[-3].replace("%o0, %l0", "%o0")[:-len(", tensor<?x4x?xf32>")]
        lines.append(f"%o2, %l0 = attn.attend %again over %s : {flat} -> {flat}, tensor<?x4x?xf32>")
        out = "%o2"
    if queries:
        lines.append(f"%o1 = attn.restore {out} by %layout_q : {flat} -> {flat}")
        lines.append("%l1 = attn.restore %l0 by %layout_q : tensor<?x4x?xf32> -> tensor<?x4x?xf32>")
        out, lse = "%o1", "%l1"
    lines.append(f"%o = tensor.expand_shape {out} [[0], [1], [2, 3], [4]] output_shape [%n, 4, %h, %w, {size}] : {flat} into {wide}")
    lines.append(f"%lse = tensor.expand_shape {lse} [[0], [1], [2, 3]] output_shape [%n, 4, %h, %w] : tensor<?x4x?xf32> into tensor<?x4x?x?xf32>")
    lines.append(f"return %o, %lse : {wide}, tensor<?x4x?x?xf32>")
    head = f"func.func @{case}({', '.join([*arguments, ids])}) -> ({wide} {{attn.name = \"o\"}}, tensor<?x4x?x?xf32> {{attn.name = \"lse\"}}) {{"
    return "\n".join([head, *("  " + line for line in lines), "}"])


def main():
    device, element, folder, *rest = sys.argv[1:]
    size, only = int((rest or [64])[0]), rest[1:]
    grids = ON_SIM if device == "sim" else {case: grids for case, (*_, grids) in CASES.items()}
    grids = {case: each for case, each in grids.items() if not only or case in only}
    os.makedirs(folder, exist_ok=True)
    source, artifact = f"{folder}/program.mlir", f"{folder}/program.attn"
    with open(source, "w") as file:
        file.write("\n".join(program(element, case, size) for case in grids))
    target = "cpu" if device == "cpu" else "sm_90a"
    subprocess.run(["attnc", source, "-o", artifact, f"--target={target}", "--ptxas=none"], check=True)
    runs = failures = 0
    for case in grids:
        for height, width in grids[case]:
            options = ["--random", "--seed=3", "--set=B=2", f"--set=H={height}", f"--set=W={width}"]
            good, text = run_each(artifact, device, case, options, results=2)
            runs += 1
            if not good:
                failures += 1
                print(text)
    print(f"{runs} runs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
