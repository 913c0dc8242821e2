"""Runs contestants in turns and prints their times as JSON. Started by cpu.py, which
sets the environment (threads, instruction set) that a process can't change later.

Every round runs every contestant of a group once, in an order that rotates, with a
pause between, so that a neighbour's load or a lower clock meets all alike and times of
one round can be compared. Results are checked before the first timed round.
"""
import argparse
import functools
import json
import os
import pathlib
import re
import sys
import time
import warnings

import torch

import attn_ctypes
import masks
import rivals
import row_bound

PACK_LAUNCHES = 9
PAUSE_S = 0.005  # threads of the one before stop spinning
DROP_AFTER, DROP_FACTOR = 3, 1.5  # a rival this much slower than the best one stops early
DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16}


def inputs(dtype, heads, length, size):
    draw = torch.Generator().manual_seed(1)
    return [torch.randn(1, heads, length, size, generator=draw).to(DTYPES[dtype]) for _ in "qkv"]


class Contestant:
    def __init__(self, who, mask, dtype, run, result):
        self.who, self.mask, self.dtype, self.run, self.result = who, mask, dtype, run, result
        self.times, self.error_ratio, self.image, self.pack_times = [], None, None, None

    def time_once(self):
        time.sleep(PAUSE_S)
        start = time.perf_counter()
        self.run()
        self.times.append(time.perf_counter() - start)


def ours(runtime, artifacts, mask, dtype, tensors):
    _, heads, length, size = tensors[0].shape
    program = runtime.load(artifacts / f"{mask}-{dtype}-h{heads}-d{size}.attn").prepare("cpu")
    out = torch.full_like(tensors[0], float("nan"))
    tables = [torch.from_numpy(table) for table in masks.tables(mask, heads, length)]
    contestant = Contestant("attn", mask, dtype, program.bind([*tensors, *tables], [out]), lambda: out)
    contestant.turns = contestant.run.turns
    contestant.image = re.search(r"variant (\w+)", program.description()).group(1)
    return contestant


def group(args, runtime, heads, length, size, cases):
    """All contestants at one length and head size."""
    made = []
    for mask, dtype in cases:
        tensors = inputs(dtype, heads, length, size)
        if runtime:
            made.append(ours(runtime, args.artifacts, mask, dtype, tensors))
        for name, make in rivals.for_mask(mask, DTYPES[dtype]).items():
            if name == "flex_attention" and mask in ("full", "causal") and (args.quick or length > 4096):
                continue  # a quarter of the speed of the others there
            made.append(Contestant(name, mask, dtype, *make(mask, *tensors)))
    for contestant in made:
        contestant.run()
        contestant.error_ratio = row_bound.worst_ratio(
            functools.partial(masks.visible, contestant.mask),
            *inputs(contestant.dtype, heads, length, size), contestant.result(),
            functools.partial(masks.score, contestant.mask))
        if contestant.who == "attn" and not contestant.error_ratio <= 1:
            sys.exit(f"measure: {contestant.mask} {contestant.dtype} D {size} L {length}: wrong result: "
                     f"error is {contestant.error_ratio:.3g} times the bound, expected at most 1")
    return made


def drop_slow(contestants):
    """The contestants that go on: ours, and rivals near the best rival of their case."""
    best = {}
    for c in contestants:
        if c.who != "attn":
            case = c.mask, c.dtype
            best[case] = min(best.get(case, 1e9), min(c.times))
    return [c for c in contestants
            if c.who == "attn" or min(c.times) <= DROP_FACTOR * best[c.mask, c.dtype]]


def run_rounds(contestants, least, most, budget_s):
    going, start, rounds = contestants, time.perf_counter(), 0
    while rounds < least or (rounds < most and time.perf_counter() - start < budget_s):
        turn = rounds % len(going)
        for contestant in going[turn:] + going[:turn]:
            contestant.time_once()
        rounds += 1
        if rounds == DROP_AFTER:
            going = drop_slow(going)


def measure_packing(contestants):
    """What packing keys takes of a launch of ours, the turn of that name; kernels that multiply f32 have none."""
    for contestant in contestants:
        if contestant.who != "attn":
            continue
        launches = [contestant.turns() for _ in range(PACK_LAUNCHES)]
        packs = [[s for (_, turn), s in turns.items() if turn == "pack"] for turns in launches]
        if packs[0]:
            contestant.pack_times = [sum(seconds) for seconds in packs]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--artifacts", type=pathlib.Path, required=True)
    parser.add_argument("--groups", type=json.loads, required=True, help="[[heads, L, D, [[mask, dtype], ...]], ...]")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rivals-only", action="store_true")
    args = parser.parse_args()

    warnings.filterwarnings("ignore")
    torch.set_num_threads(args.threads)
    torch.set_grad_enabled(False)
    torch._dynamo.config.recompile_limit = 64
    torch._dynamo.config.fail_on_recompile_limit_hit = True
    runtime = None if args.rivals_only else attn_ctypes.Runtime(args.library, args.threads)
    rows = []
    for heads, length, size, cases in args.groups:
        print(f"measuring L {length}, D {size} …", file=sys.stderr, flush=True)
        contestants = group(args, runtime, heads, length, size, cases)
        run_rounds(contestants, *((5, 9, 5) if args.quick else (9, 25, 20)))
        measure_packing(contestants)
        rows += [dict(H=heads, L=length, D=size, mask=c.mask, dtype=c.dtype, who=c.who, seconds=c.times,
                      error_ratio=c.error_ratio, image=c.image, pack_seconds=c.pack_times) for c in contestants]
    json.dump(rows, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # leaves without waiting for the rivals' idle threads


main()
