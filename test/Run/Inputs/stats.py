"""Holds the counts of attn-run --stats against what a forward kernel has to do.

usage: stats.py ARTIFACT.attn SCHEDULE.mlir FOLDER

SCHEDULE.mlir is the program at stage schedule, which has the sizes of tiles.
"""
import dataclasses
import json
import math
import os
import re
import subprocess
import sys

import numpy as np

ARTIFACT, SCHEDULE, FOLDER = sys.argv[1:]
os.makedirs(FOLDER, exist_ok=True)
SMS = 3  # of device sim
CACHE_BYTES = 32 << 20  # what keys and values of a section of heads may take
failures = 0
with open(SCHEDULE) as schedule:
    TEXT = schedule.read()
FOLDS = re.findall(r"func\.func @(\w+)\(.*?tile\((\d+), (\d+)\)(?: heads\((\d+)\))?", TEXT, re.S)
# Those whose CTAs loop over query tiles.
PERSISTENT = {text.split("(")[0] for text in TEXT.split("func.func @") if "attn_sched.query_tiles" in text}
# Rows and keys of a tile, and how many heads share its rows.
SIZES = {entry: (int(rows), int(keys), int(heads or 1)) for entry, rows, keys, heads in FOLDS}


@dataclasses.dataclass
class Case:
    """`sequences` holds, per sequence, who sees whom in each of its streams, by brute force."""
    entry: str
    sequences: list
    letters: dict
    heads: int = 2  # of queries
    key_heads: int = 1
    size: int = 64
    values: int = 0  # their head size; 0: the same
    exp2: int = 1  # per score
    tanh: int = 0
    files: dict = dataclasses.field(default_factory=dict)
    is_packed: bool = False

    def __post_init__(self):
        self.values = self.values or self.size


def expect(what, found, wanted):
    global failures
    if not (wanted(found) if callable(wanted) else found == wanted):
        failures += 1
        print(f"FAIL {what}: found {found}, wanted {wanted if not callable(wanted) else 'something else'}")


def near(wanted, error=1e-6):
    return lambda found: abs(found - wanted) <= error * max(1, abs(wanted))


def run(case, seed=0, threads=2):
    letters = [f"--set={letter}={size}" for letter, size in case.letters.items()]
    for name, array in case.files.items():
        np.save(f"{FOLDER}/{name}.npy", array)
        letters.append(f"--in={name}={FOLDER}/{name}.npy")
    command = ["attn-run", ARTIFACT, f"--entry={case.entry}", "--device=sim", "--random", *letters,
               f"--sim-seed={seed}", f"--stats={FOLDER}/stats.json"]
    subprocess.run(command, check=True, env={**os.environ, "ATTN_THREADS": str(threads)})
    with open(f"{FOLDER}/stats.json") as file:
        return json.load(file)


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


def classify_all(case):
    """The same per query tile of all sequences, over all streams."""
    rows = []
    rows_of_tile, keys, heads = SIZES[case.entry]
    for streams in case.sequences:
        for tiles in zip(*(classify(seen, rows_of_tile // heads, keys) for seen in streams)):
            rows.append({kind: sum(tile[kind] for tile in tiles) for kind in tiles[0]})
    return rows


def list_sections(case, heads):
    """Blocks of heads that share tiles, of all batches: as many whole groups at a time as have keys and values that fit in L2."""
    tokens = sum(seen.shape[1] for seen in case.sequences[0])
    if case.is_packed:
        tokens = sum(streams[0].shape[1] for streams in case.sequences)
    fitting = max(CACHE_BYTES // max(2 * tokens * (case.size + case.values), 1), 1)
    width = fitting * max(case.heads // case.key_heads // SIZES[case.entry][2], 1)
    return [heads[first:first + width] for first in range(0, len(heads), width)]


def classify_grid(case):
    """Tiles visited by each query tile of the grid, in the order in which they are dealt: sections of heads, in each from the
    last query tile to the first, of each all heads. Packed sequence n begins at position floor(first token / rows) + n."""
    rows, _, shared = SIZES[case.entry]
    rows //= shared
    counts = [[tile["masked"] + tile["full"] for tile in classify_all(dataclasses.replace(case, sequences=[streams]))]
              for streams in case.sequences]
    if case.is_packed:
        first = np.concatenate([[0], np.cumsum([streams[0].shape[0] for streams in case.sequences])])
        positions = [0] * (math.ceil(first[-1] / rows) + len(counts))
        for n, tiles in enumerate(counts):
            begin = first[n] // rows + n
            positions[begin:begin + len(tiles)] = tiles
        counts = [positions]
    heads = [tiles for tiles in counts for _ in range(case.heads // shared)]
    return [tiles[place] for section in list_sections(case, heads) for place in reversed(range(len(counts[0]))) for tiles in section]


def deal(case):
    """Tiles visited by each CTA: one each, or rounds there and back."""
    dealt = classify_grid(case)
    if case.entry not in PERSISTENT:
        return dealt
    ctas = [0] * min(SMS, len(dealt))
    for number, tiles in enumerate(dealt):
        turn, place = divmod(number, len(ctas))
        ctas[len(ctas) - 1 - place if turn % 2 else place] += tiles
    return ctas


class Ideal:
    """Of one kernel: tiles by brute force, products and bytes per tile from the sizes."""

    def __init__(self, case):
        self.rows, self.keys, heads = SIZES[case.entry]
        self.blocks = case.heads // heads  # of heads that share tiles
        of_head = self.rows // heads  # rows of a tile
        self.tiles = classify_all(case)
        self.visited = [row["masked"] + row["full"] for row in self.tiles]
        self.all_visited = self.blocks * sum(self.visited)
        padded = math.ceil(case.size / 16) * 16    # k of Q K^T
        columns = math.ceil(case.values / 8) * 8   # n of P V
        self.work = self.rows * self.keys * (padded + columns)
        # Warpgroups of 64 rows.
        self.products = self.rows // 64 * (padded // 16 + self.keys // 16)
        self.useful = case.heads * (case.size + case.values) * sum(
            int(seen.sum()) for streams in case.sequences for seen in streams)
        # Q once per query tile, K and V once per tile; elements of a row in shared memory are whole 64.
        wide, wide_values = (math.ceil(size / 64) * 64 for size in (case.size, case.values))
        self.loaded = 2 * (self.blocks * len(self.tiles) * self.rows * wide
                           + self.all_visited * self.keys * (wide + wide_values))
        lengths = [streams[0].shape[0] for streams in case.sequences]
        queries = sum(lengths)
        # O by TMA, in boxes of the rows of one head in a warpgroup, through shared memory. Ordinary stores where a packed
        # sequence ends inside of a box, and without TMA.
        box = min(64, of_head)
        copies = case.entry == "copied"
        self.boxes = 0 if copies else case.heads * sum(n // box if case.is_packed else math.ceil(n / box) for n in lengths)
        in_boxes = 0 if copies else sum(n // box * box for n in lengths) if case.is_packed else queries
        self.staged = case.heads * in_boxes * case.values * 2
        self.boxed = self.boxes * box * wide_values * 2
        self.boxed_rows = self.boxes * box
        self.stored = case.heads * queries * case.values * 2 - self.staged
        self.shares = deal(case)
        self.ctas = len(self.shares)


def check_work(name, kernel, roles, ideal, case):
    consumer, producer = roles["consumer"], roles["producer"]
    expect(f"{name} ctas", kernel["ctas"], ideal.ctas)
    for kind in ("masked", "full", "skipped"):
        expect(f"{name} {kind}", kernel["tiles"][kind], ideal.blocks * sum(row[kind] for row in ideal.tiles))
    expect(f"{name} wgmma", consumer["wgmma"], ideal.all_visited * ideal.products)
    expect(f"{name} multiply_adds", consumer["multiply_adds"], ideal.all_visited * ideal.work)
    expect(f"{name} score_elements", consumer["score_elements"], ideal.all_visited * ideal.rows * ideal.keys)
    expect(f"{name} producer wgmma", producer["wgmma"] + producer["ops"]["matrix"], 0)
    balance = kernel["multiply_adds_per_cta"]
    expect(f"{name} least", balance["least"], min(ideal.shares) * ideal.work)
    expect(f"{name} most", balance["most"], max(ideal.shares) * ideal.work)
    expect(f"{name} mean", balance["mean"], near(ideal.all_visited * ideal.work / ideal.ctas))
    done = ideal.all_visited * ideal.work
    for what, where in (("kernel", kernel), ("role", consumer)):
        expect(f"{name} share of the {what}", where.get("useful_share"),
               near(ideal.useful / done) if done else lambda x: x is None)
    expect(f"{name} useful", kernel["useful_multiply_adds"], ideal.useful)
    expect(f"{name} done", kernel["multiply_adds"], done)
    expect(f"{name} producer share", "useful_share" in producer, False)


def check_exponentials(name, consumer, ideal, case):
    """What the scores take; beyond that 4 threads of a row rescale, and finish it."""
    elements = max(consumer["score_elements"], 1)
    exp2 = consumer["ops"]["exp2"] / elements
    expect(f"{name} exp2", consumer.get("exp2_per_score_element", 0), near(exp2))
    if not ideal.all_visited:
        return
    # Up to 128 channels of both, one in 12 of the scores of a row that a thread has is a polynomial: 1, 13, 25.
    own = ideal.keys // 4
    least = case.exp2 - (len(range(1, own, 12)) / own if case.size + case.values <= 128 else 0)
    expect(f"{name} exp2 per element", exp2, lambda x: least <= x <= least + 8 / ideal.keys)
    rest = ideal.blocks * len(ideal.tiles) * ideal.rows * 4 * 4 / elements
    expect(f"{name} tanh per element", consumer["ops"]["special"] / elements, lambda x: case.tanh <= x <= case.tanh + rest)


def check_bytes(name, roles, ideal, case):
    consumer, producer = roles["consumer"], roles["producer"]
    copies = case.entry == "copied"
    expect(f"{name} tma", producer["tma_load_bytes"], 0 if copies else ideal.loaded)
    expect(f"{name} copied", producer["shared_store_bytes"], ideal.loaded if copies else 0)
    expect(f"{name} stored", consumer["global_store_bytes"], ideal.stored)
    expect(f"{name} boxes", consumer["tma_store_bytes"], ideal.boxed)
    expect(f"{name} staged", consumer["shared_store_bytes"], lambda x: x == ideal.staged or case.is_packed and x > ideal.staged)
    if not copies:
        expect(f"{name} conflicts", producer["bank_conflicts"] + consumer["bank_conflicts"], 0)
    if case.is_packed:
        return  # Threads look for their sequence together.
    # The barrier of all; per query tile Q, per tile K and V: one thread of the producer where TMA loads, else all of it,
    # which does not wait for the only place of an only Q. A warpgroup meets twice for a box, and before it gives Q back.
    loaders = 128 if copies else 1
    rows = ideal.blocks * len(ideal.tiles)
    again = rows if case.entry in PERSISTENT else 0
    waits = rows + ideal.all_visited * 2
    expect(f"{name} producer waits", producer["barrier_waits"], ideal.ctas * 128 + (waits - rows + again) * loaders)
    # Up to head size 128 a turn for every tile but the first, and one warpgroup closes them.
    turns = ideal.blocks * sum(max(visited - 1, 0) for visited in ideal.visited) if max(case.size, case.values) <= 128 else 0
    closing = 128 * ideal.ctas if max(case.size, case.values) <= 128 else 0
    threads = ideal.rows // 64 * 128
    expect(f"{name} consumer waits", consumer["barrier_waits"],
           (ideal.ctas + waits + turns + again) * threads + closing + ideal.boxed_rows // 64 * 2 * 128)


def check(case):
    stats = run(case)
    name = f"{case.entry} {case.letters}"
    kernel = stats["kernels"][-1]
    roles = {role["role"]: role for role in kernel["roles"]}
    ideal = Ideal(case)
    check_work(name, kernel, roles, ideal, case)
    check_exponentials(name, roles["consumer"], ideal, case)
    check_bytes(name, roles, ideal, case)
    for other in stats["kernels"][:-1]:
        expect(f"{name} share of {other['kernel']}", "useful_share" in other, False)
    for key in ("multiply_adds", "useful_multiply_adds", "useful_share"):
        expect(f"{name} {key} of all", stats[key], kernel[key])
    return stats


def visible(entry, queries, keys):
    i, j = np.arange(queries)[:, None], np.arange(keys)[None, :]
    last = i + keys - queries
    return {"full": j < keys + 0 * i, "window": (j <= last) & (j >= last - 150)}.get(entry, j <= last)


def dense(entry, batch, queries, keys, **others):
    """Causal, unless the name says more."""
    return Case(entry, [[visible(entry, queries, keys)]] * batch, {"B": batch, "Lq": queries, "Lk": keys}, **others)


def two(queries, keys, more):
    streams = [visible("causal", queries, keys), visible("full", queries, more)]
    return Case("two", [streams], {"B": 1, "Lq": queries, "Lk": keys, "L2": more})


LENGTHS = [40, 0, 260, 200]


def documents():
    ids = np.repeat(np.arange(len(LENGTHS), dtype=np.int32), LENGTHS)
    seen = visible("causal", len(ids), len(ids)) & (ids[:, None] == ids[None, :])
    return Case("documents", [[seen]], {"B": 1}, files={"ids": ids[None]})


def packed():
    offsets = np.concatenate([[0], np.cumsum(LENGTHS)]).astype(np.int32)
    return Case("packed", [[visible("causal", n, n)] for n in LENGTHS], {"T": int(offsets[-1])},
                files={"offsets": offsets}, is_packed=True)


def bitmap(entry, query, key, queries, keys):
    """Every third block is marked, whole rows and columns of blocks are not; batches differ."""
    blocks = -(-queries // query), -(-keys // key) + 1
    bits = np.random.default_rng(queries).integers(0, 3, (2, *blocks), np.int32) // 2
    bits[0, 0] = bits[1, :, 1] = 0
    bits[1, -1] = 1
    bits[:, :, -1] = 1  # beyond the keys
    sequences = [[part.repeat(query, 0).repeat(key, 1)[:queries, :keys].astype(bool)] for part in bits]
    dtype = {"bitmap": np.bool_, "bitmap_fine": np.int8, "bitmap_across": np.int32}[entry]
    return Case(entry, sequences, {"B": 2, "Lq": queries, "Lk": keys}, files={"bits": bits.astype(dtype)})


def check_two_attends():
    stats = run(Case("twice", [], {"B": 1, "Lq": 200, "Lk": 300}))
    for kernel, mask in zip(stats["kernels"], ("causal", "full"), strict=True):
        expect(f"useful of {mask}", kernel["useful_multiply_adds"], 2 * 2 * 64 * int(visible(mask, 200, 300).sum()))
    for key in ("multiply_adds", "useful_multiply_adds"):
        expect(f"twice {key}", stats[key], sum(kernel[key] for kernel in stats["kernels"]))


for example in (dense("causal", 1, 300, 300), dense("causal", 2, 129, 513), dense("full", 1, 256, 384),
                dense("window", 1, 700, 700), dense("causal", 1, 200, 100), dense("copied", 1, 130, 260, size=20),
                dense("gqa128", 1, 200, 260, heads=4, key_heads=2, size=128), dense("gqa128", 1, 5, 300, heads=4, key_heads=2, size=128),
                dense("d192", 1, 130, 200, heads=1, size=192, values=128),
                dense("d256", 1, 130, 200, heads=1, size=256), dense("score", 1, 200, 300, exp2=2, tanh=1),
                two(200, 260, 100), documents(), packed(), dense("causal", 3, 500, 500), dense("causal", 1, 400, 100),
                dense("window", 2, 300, 140000),
                bitmap("bitmap", 128, 256, 700, 1300), bitmap("bitmap_fine", 16, 32, 300, 500), bitmap("bitmap_across", 50, 90, 333, 777)):
    check(example)
check_two_attends()
once = run(dense("causal", 2, 129, 513))
for seed, threads in ((1, 1), (77, 3)):
    expect(f"seed {seed}", run(dense("causal", 2, 129, 513), seed, threads), once)
print(f"{failures} failures")
