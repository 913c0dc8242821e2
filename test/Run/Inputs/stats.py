"""Holds the counts of attn-run --stats against what a forward kernel has to do.

usage: stats.py ARTIFACT.attn TILES.mlir FILE.json

TILES.mlir is the program at stage tiles, which has the sizes of tiles.
"""
import json
import math
import os
import re
import subprocess
import sys

import numpy as np

ARTIFACT, TILES, FILE = sys.argv[1:]
HEADS = 2  # of queries
failures = 0
with open(TILES) as tiles_file:
    FOLDS = re.findall(r"func\.func @(\w+)\(.*?tile\((\d+), (\d+)\)", tiles_file.read(), re.S)
SIZES = {entry: (int(rows), int(keys)) for entry, rows, keys in FOLDS}


def expect(what, found, wanted):
    global failures
    if not (wanted(found) if callable(wanted) else found == wanted):
        failures += 1
        print(f"FAIL {what}: found {found}, wanted {wanted if not callable(wanted) else 'something else'}")


def run(entry, batch, queries, keys, seed=0, threads=2):
    sizes = [f"--set={letter}={size}" for letter, size in (("B", batch), ("Lq", queries), ("Lk", keys))]
    command = ["attn-run", ARTIFACT, f"--entry={entry}", "--device=sim", "--random", *sizes,
               f"--sim-seed={seed}", f"--stats={FILE}"]
    subprocess.run(command, check=True, env={**os.environ, "ATTN_THREADS": str(threads)})
    with open(FILE) as file:
        return json.load(file)


def visible(entry, queries, keys):
    """Who sees whom, by brute force."""
    i, j = np.arange(queries)[:, None], np.arange(keys)[None, :]
    last = i + keys - queries
    return {"causal": j <= last, "copied": j <= last, "full": j < keys + 0 * i,
            "window": (j <= last) & (j >= last - 150)}[entry]


def classify(seen, rows_of_tile, keys_of_tile):
    """Masked, full and skipped key tiles of every query tile. A tile that keys or queries do not fill up is
    full where all of its pairs are visible and its keys are all there."""
    queries, keys = seen.shape
    rows = []
    for q in range(0, queries, rows_of_tile):
        counts = {"masked": 0, "full": 0, "skipped": 0}
        for k in range(0, keys, keys_of_tile):
            part = seen[q:q + rows_of_tile, k:k + keys_of_tile]
            is_full = part.all() and part.shape[1] == keys_of_tile
            counts["skipped" if not part.any() else "full" if is_full else "masked"] += 1
        rows.append(counts)
    return rows


def check(entry, batch, queries, keys, size):
    stats = run(entry, batch, queries, keys)
    name = f"{entry} {batch} {queries} {keys}"
    seen, grids = visible(entry, queries, keys), batch * HEADS
    tile_rows, tile_keys = SIZES[entry]
    tiles = classify(seen, tile_rows, tile_keys)
    visited = [row["masked"] + row["full"] for row in tiles]
    (kernel,) = stats["kernels"]
    roles = {role["role"]: role for role in kernel["roles"]}
    consumer, producer = roles["consumer"], roles["producer"]
    padded = math.ceil(size / 16) * 16  # k of Q K^T
    columns = math.ceil(size / 8) * 8   # n of P V
    width = math.ceil(size / 64) * 64   # elements of a row in shared memory

    expect(f"{name} ctas", kernel["ctas"], len(tiles) * grids)
    for kind in ("masked", "full", "skipped"):
        expect(f"{name} {kind}", kernel["tiles"][kind], grids * sum(row[kind] for row in tiles))
    # Warpgroups of 64 rows.
    products = tile_rows // 64 * (padded // 16 + tile_keys // 16)
    work = tile_rows * tile_keys * (padded + columns)
    expect(f"{name} wgmma", consumer["wgmma"], grids * sum(visited) * products)
    expect(f"{name} multiply_adds", consumer["multiply_adds"], grids * sum(visited) * work)
    expect(f"{name} score_elements", consumer["score_elements"], grids * sum(visited) * tile_rows * tile_keys)
    expect(f"{name} producer wgmma", producer["wgmma"] + producer["ops"]["matrix"], 0)
    balance = kernel["multiply_adds_per_cta"]
    expect(f"{name} least", balance["least"], min(visited) * work)
    expect(f"{name} most", balance["most"], max(visited) * work)
    expect(f"{name} mean", balance["mean"], lambda x: abs(x - np.mean(visited) * work) < 1)
    # One exponential per element, and 4 threads of a row rescale.
    exp2 = consumer["ops"]["exp2"] / max(consumer["score_elements"], 1)
    expect(f"{name} exp2", consumer.get("exp2_per_score_element", 0), lambda x: abs(x - exp2) < 1e-6)
    expect(f"{name} exp2 per element", exp2, lambda x: not sum(visited) or 1 <= x <= 1 + 8 / tile_keys)
    useful = grids * int(seen.sum()) * 2 * size
    expect(f"{name} useful", stats["useful_multiply_adds"], useful if sum(visited) else None)
    if sum(visited):
        expect(f"{name} share", stats["useful_share"], lambda x: abs(x - useful / (grids * sum(visited) * work)) < 1e-6)
    # Q once per CTA, K and V once per tile.
    loaded = grids * (len(tiles) * tile_rows + 2 * sum(visited) * tile_keys) * width * 2
    copies = entry == "copied"
    expect(f"{name} tma", producer["tma_load_bytes"], 0 if copies else loaded)
    expect(f"{name} copied", producer["shared_store_bytes"], lambda x: x == loaded if copies else x == 0)
    rows = grids * queries * size * 2
    expect(f"{name} stored", consumer["global_store_bytes"], rows)
    # The barrier of all; per tile K and V: one thread of the producer where TMA loads, else all of it.
    loaders = 128 if copies else 1
    expect(f"{name} producer waits", producer["barrier_waits"],
           kernel["ctas"] * 128 + grids * sum(visited) * 2 * loaders)
    expect(f"{name} consumer waits", consumer["barrier_waits"],
           kernel["ctas"] * 2 * 256 + grids * sum(visited) * 2 * 256)
    if not copies:
        expect(f"{name} conflicts", producer["bank_conflicts"] + consumer["bank_conflicts"], 0)
    return stats


for case in (("causal", 1, 300, 300, 64), ("causal", 2, 129, 513, 64), ("full", 1, 256, 384, 64),
             ("window", 1, 700, 700, 64), ("causal", 1, 200, 100, 64), ("copied", 1, 130, 260, 20)):
    check(*case)
once = run("causal", 2, 129, 513)
for seed, threads in ((1, 1), (77, 3)):
    expect(f"seed {seed}", run("causal", 2, 129, 513, seed, threads), once)
print(f"{failures} failures")
