#!/usr/bin/env python3
"""Measures masks on the CPU: our rate per visible tile over our dense rate, and the rivals.

    python3 test/Performance/mask_speed.py [--quick] [--threads=N] [--length=L] [--only=TEXT] [--json=FILE]

Per case, in one process and in turns: our program and our dense one as v4 and v3, compiled FlexAttention, and for small
windows the form by batched products (PyTorch). Dense has as many queries as make it do about as many tiles. Results are
checked against float64 on sampled rows first. Times are the least of many runs: neighbours on the machine only add.
Uses the environment of cpu.py. Exit code 0: every requirement is met; 1: not, or something failed.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
import warnings

import cpu

WORK = cpu.BUILD / "bench" / "masks"
VARIANTS = ("v4", "v3")
PAUSE_S = 0.003
ROW_OF_TILES = 192  # queries: whole tiles of ours and of 64


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no FlexAttention")
    parser.add_argument("--threads", type=int, default=2, help="threads of every contestant (default 2)")
    parser.add_argument("--length", type=int, default=4096, help="tokens; a square and a cube (default 4096)")
    parser.add_argument("--only", default="", help="cases whose name has this text")
    parser.add_argument("--dtype", choices=("f32", "bf16"), action="append", help="default: both")
    parser.add_argument("--variant", choices=("v4bf16", *VARIANTS), action="append",
                        help="default: v4 and v3; v4bf16 takes bf16 only")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows here")
    args = parser.parse_args()
    args.dtype, args.variant = args.dtype or ["f32", "bf16"], args.variant or list(VARIANTS)
    return args


def compiled(text, name):
    path = WORK / name
    path.with_suffix(".mlir").write_text(text)
    command = [cpu.BUILD / "bin" / "attnc", path.with_suffix(".mlir"), "-o", path.with_suffix(".attn"), "--target=cpu"]
    if subprocess.run(command).returncode:
        cpu.fail(f"attnc failed on {path}.mlir")
    return path.with_suffix(".attn")


def prepare(runtime, folder, variant):
    os.environ["ATTN_CPU"] = variant  # read when a program is prepared
    return runtime.load(folder).prepare("cpu")


class Contestant:
    def __init__(self, name, run):
        self.name, self.run, self.best = name, run, float("inf")

    def time_once(self):
        time.sleep(PAUSE_S)
        start = time.perf_counter()
        self.run()
        self.best = min(self.best, time.perf_counter() - start)


class Bench:
    def __init__(self, args):
        import torch
        import attn_ctypes
        self.args, self.torch = args, torch
        self.types = {"f32": torch.float32, "bf16": torch.bfloat16}
        self.runtime = attn_ctypes.Runtime(cpu.BUILD / "lib" / "libattn_runtime.so", args.threads)
        from torch.nn.attention.flex_attention import flex_attention
        self.flex = torch.compile(flex_attention, dynamic=False)

    def draw(self, batch, length, dtype):
        draw = self.torch.Generator().manual_seed(1)
        shape = (batch, mask_cases.HEADS, length, mask_cases.SIZE)
        return [self.torch.randn(shape, generator=draw).to(self.types[dtype]) for _ in "qkv"]

    def program(self, case, dtype):
        return compiled(case.text(dtype), f"{case.name.replace(' ', '-')}-{dtype}")

    def lacks(self, case, dtype):
        """A variant that the program has no code for, or None: v4bf16 has none for tensors in a layout."""
        images = json.loads((self.program(case, dtype) / "manifest.json").read_text())["images"]
        return next((v for v in self.args.variant if v not in images[0]["variants"]), None)

    def ours(self, case, dtype, tensors):
        """Our program and the dense one per variant; results are checked."""
        torch, made = self.torch, []
        folder = self.program(case, dtype)
        dense = compiled(mask_cases.typed(mask_cases.DENSE, dtype), f"dense-{dtype}")
        q, k, v = tensors
        lse = torch.empty(q.shape[:3])
        dense_q, *dense_kv = self.draw(1, self.args.length, dtype)
        few = dense_q[:, :, :self.dense_rows(case)]
        for variant in self.args.variant:
            out = torch.full_like(q, float("nan"))
            shaped = [x.view(case.shape(x.shape)) for x in (q, k, v, out, lse)]
            run = prepare(self.runtime, folder, variant).bind([*shaped[:3], *case.tensors], shaped[3:])
            run()
            self.check(case, dtype, variant, tensors, out)
            made.append(Contestant(variant, run))
            made.append(Contestant(f"dense {variant}", prepare(self.runtime, dense, variant).bind(
                [few, *dense_kv], [torch.empty_like(few), torch.empty(few.shape[:3])])))
        return made

    def dense_rows(self, case):
        tile, whole = mask_cases.TILE, self.args.length // ROW_OF_TILES * ROW_OF_TILES
        rows = case.batch * case.counts[1] * tile * tile / self.args.length
        return min(max(round(rows / ROW_OF_TILES), 1) * ROW_OF_TILES, whole)

    def check(self, case, dtype, who, tensors, out):
        visible = lambda rows, length: self.torch.stack([case.rows(rows, h) for h in range(mask_cases.HEADS)])
        ratio = row_bound.worst_ratio(visible, *tensors, out)
        if not ratio <= 1:
            cpu.fail(f"{case.name} {dtype} {who}: wrong result: error is {ratio:.3g} times the bound, expected at most 1")

    def rivals(self, case, dtype, tensors):
        made = []
        if not self.args.quick:
            from torch.nn.attention.flex_attention import create_block_mask
            blocks = create_block_mask(lambda b, h, i, j: case.visible(h, i, j), None,
                                       mask_cases.HEADS if case.by_head else None, case.length, case.length,
                                       device="cpu")
            made.append(Contestant("flex", lambda: self.flex(*tensors, block_mask=blocks)))
        if case.matmul:
            form = case.matmul(case)
            if dtype == "f32":  # in bf16 it rounds more than we may
                self.check(case, dtype, "matmul", tensors, form(*tensors))
            made.append(Contestant("matmul", lambda: form(*tensors)))
        for contestant in made:
            contestant.run()
        return made

    def measure(self, case, dtype):
        tensors = self.draw(case.batch, case.length, dtype)
        going = self.ours(case, dtype, tensors) + self.rivals(case, dtype, tensors)
        least, most, budget = (7, 40, 1.5) if self.args.quick else (9, 60, 4)
        start, rounds = time.perf_counter(), 0
        while rounds < least or (rounds < most and time.perf_counter() - start < budget):
            turn = rounds % len(going)
            for contestant in going[turn:] + going[:turn]:
                contestant.time_once()
            rounds += 1
        return self.row(case, dtype, {c.name: c.best for c in going}, rounds)

    def row(self, case, dtype, seconds, rounds):
        pairs, tiles = case.counts
        row = dict(case=case.name, dtype=dtype, B=case.batch, L=case.length, keys=pairs / case.length, pairs=pairs, tiles=tiles,
                   rounds=rounds, seconds=seconds)
        dense_tiles = self.dense_rows(case) * self.args.length / mask_cases.TILE**2
        for variant in self.args.variant:
            row[variant] = case.batch * tiles / seconds[variant] * seconds[f"dense {variant}"] / dense_tiles
        return row


def required(keys):
    """Of the dense rate per visible tile, by the mean number of keys that rows see."""
    return 0.9 if keys >= 1024 else 0.8 if keys >= 256 else None


def print_row(row, args):
    """Returns how many requirements the row misses."""
    seconds, missed, wanted = row["seconds"], 0, required(row["keys"])
    cells = [f"{row['case']:24}{row['dtype']:>5}{row['keys']:7.0f}{row['pairs'] / 1e6:8.3f}{row['tiles']:7.0f}"]
    for variant in args.variant:
        fails = wanted is not None and row[variant] < wanted
        missed += fails
        cells.append(f"{seconds[variant] * 1e3:9.2f}{row[variant]:6.2f}{'!' if fails else ' '}")
    for rival, least in (("flex", None), ("matmul", 1.5)):
        if rival not in seconds:
            cells.append(f"{'-':>9}{'-':>6} ")
            continue
        ratio = seconds[rival] / seconds[args.variant[0]]
        fails = least is not None and ratio < least
        missed += fails
        cells.append(f"{seconds[rival] * 1e3:9.2f}{ratio:6.2f}{'!' if fails else ' '}")
    print("".join(cells), flush=True)
    return missed


def main():
    args = arguments()
    warnings.filterwarnings("ignore")
    import torch
    torch.set_num_threads(args.threads)
    torch.set_grad_enabled(False)
    torch._dynamo.config.recompile_limit = 256
    WORK.mkdir(parents=True, exist_ok=True)
    bench, missed, rows = Bench(args), 0, []
    about = cpu.machine()
    print(f"{about['device']}, {args.threads} threads, commit {about['commit']}, {about['date']}\n")
    print(f"{'case':24}{'type':>5}{'keys':>7}{'Mpairs':>8}{'tiles':>7}" +
          "".join(f"{v + ' ms':>9}{'rate':>6} " for v in args.variant) +
          f"{'flex ms':>9}{'x':>6} {'bmm ms':>9}{'x':>6}")
    for case in mask_cases.make_cases(args.length):
        for dtype in args.dtype:
            if args.only not in case.name:
                continue
            if lacking := bench.lacks(case, dtype):
                print(f"{case.name:24}{dtype:>5}  not measured: the program has no {lacking}")
            else:
                torch._dynamo.reset()
                rows.append(bench.measure(case, dtype))
                missed += print_row(rows[-1], args)
    print(f"\n{missed} requirements missed, marked '!'" if missed else "\nall requirements met")
    if args.json:
        args.json.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n")
    sys.stdout.flush()
    os._exit(missed > 0)  # without waiting for the rivals' idle threads


if __name__ == "__main__":
    cpu.check_compiler()
    threads = str(arguments().threads)
    os.environ.update(OMP_NUM_THREADS=threads, MKL_NUM_THREADS=threads,
                      TORCHINDUCTOR_CACHE_DIR=str(cpu.BUILD / "bench" / "inductor"))
    cpu.enter_environment()
    import mask_cases
    import row_bound
    main()
