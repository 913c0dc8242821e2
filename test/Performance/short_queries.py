#!/usr/bin/env python3
"""Measures few queries over many keys on the CPU (decoding), beside PyTorch and a read of the same bytes.

    python3 test/Performance/short_queries.py [--threads=N] [--json=FILE]

8 key heads, 4 query heads each, head size 128, causal. Per case, in one process and in turns: ours as every variant that
the machine has, the best of which counts; scaled_dot_product_attention with enable_gqa, and with the query heads of a key
head as rows of one, its best form; a sum over the bits of K and V, which reads them once. Results are checked against float64 first. Times are the least of many runs:
neighbours on the machine only add. Uses the environment of cpu.py.
"""
import argparse
import json
import os
import pathlib
import sys
import time

import cpu

KEY_HEADS, GROUP, SIZE = 8, 4, 128
CASES = [(dtype, queries, keys) for dtype in ("bf16", "f32") for queries, keys in ((1, 32768), (1, 4096), (4, 32768), (16, 8192))]
VARIANTS = ("amx", "v4bf16", "v4", "v3")
COLUMNS = (*VARIANTS, "gqa", "rows", "read")
PROGRAM = """
!q = tensor<?x32x?x128xELEMENT>
!k = tensor<?x8x?x128xELEMENT>
func.func @main(%q: !q {attn.shape = ["B", "Hq", "Lq", "D"]}, %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
                %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]}) -> !q {
  %causal = attn.mask.causal
  %keys = attn.stream %k, %v mask %causal : !k, !k
  %o = attn.attend %q over %keys : !q -> !q
  return %o : !q
}
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="threads of every contestant (default 2)")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows here")
    return parser.parse_args()


def variants(dtype):
    """Image variants that this machine runs, best first; only bf16 has one for AMX."""
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    has = {"amx": "amx_bf16" in flags and dtype == "bf16", "v4bf16": "avx512_bf16" in flags and dtype == "bf16", "v4": "avx512vl" in flags, "v3": "avx2" in flags}
    return [name for name in VARIANTS if has[name]]


def rivals(q, k, v):
    """By name, what runs PyTorch; queries are the last tokens."""
    import torch
    attention = torch.nn.functional.scaled_dot_product_attention
    lq, lk = q.shape[2], k.shape[2]
    mask = None if lq == 1 else torch.ones(lq, lk, dtype=torch.bool).tril(lk - lq)
    rows = q.view(1, KEY_HEADS, GROUP * lq, SIZE)
    by_row = None if mask is None else mask.repeat(GROUP, 1)
    bits = [x.view(torch.int64) for x in (k, v)]
    return {"gqa": lambda: attention(q, k, v, attn_mask=mask, enable_gqa=True),
            "rows": lambda: attention(rows, k, v, attn_mask=by_row), "read": lambda: [x.sum() for x in bits]}


def measure(runtime, folders, dtype, lq, lk):
    import torch
    draw = torch.Generator().manual_seed(1)
    element = {"bf16": torch.bfloat16, "f32": torch.float32}[dtype]
    q, k, v = (torch.randn(1, heads, length, SIZE, generator=draw).to(element)
               for heads, length in ((KEY_HEADS * GROUP, lq), (KEY_HEADS, lk), (KEY_HEADS, lk)))
    going, out = [], torch.empty_like(q)
    wide = [x.repeat_interleave(GROUP, 1) for x in (k, v)]
    visible = lambda rows, length: torch.ones(lq, length, dtype=torch.bool).tril(length - lq)[rows]
    images = variants(dtype)
    for variant in images:
        run = mask_speed.prepare(runtime, folders[dtype], variant).bind([q, k, v], [out])
        run()
        ratio = row_bound.worst_ratio(visible, q, *wide, out)
        if not ratio <= 1:
            cpu.fail(f"{dtype} {lq} x {lk} {variant}: wrong result: error is {ratio:.3g} times the bound, expected at most 1")
        going.append(mask_speed.Contestant(variant, run))
    del wide
    going += [mask_speed.Contestant(name, run) for name, run in rivals(q, k, v).items()]
    start, rounds = time.perf_counter(), 0
    while rounds < 10 or time.perf_counter() - start < 6:
        turn = rounds % len(going)
        for contestant in going[turn:] + going[:turn]:
            contestant.time_once()
        rounds += 1
    seconds = {c.name: c.best for c in going}
    seconds["ours"] = seconds[images[0]]
    return dict(dtype=dtype, Lq=lq, Lk=lk, rounds=rounds, seconds=seconds)


def print_row(row):
    seconds = row["seconds"]
    best, ours = min(seconds["gqa"], seconds["rows"]), seconds["ours"]
    cells = "".join(f"{seconds[name] * 1e3:9.2f}" if name in seconds else f"{'-':>9}" for name in COLUMNS)
    print(f"{row['dtype']:>5}{row['Lq']:4}{row['Lk']:7}{cells}{best / ours:10.2f}{seconds['read'] / ours:10.2f}", flush=True)


def main():
    args = arguments()
    import torch
    import attn_ctypes
    torch.set_num_threads(args.threads)
    torch.set_grad_enabled(False)
    mask_speed.WORK.mkdir(parents=True, exist_ok=True)
    folders = {dtype: mask_speed.compiled(PROGRAM.replace("ELEMENT", dtype), f"short-{dtype}") for dtype in ("bf16", "f32")}
    runtime = attn_ctypes.Runtime(cpu.BUILD / "lib" / "libattn_runtime.so", args.threads)
    about = cpu.machine()
    print(f"{about['device']}, {args.threads} threads, commit {about['commit']}, {about['date']}; ms\n")
    print(f"{'type':>5}{'Lq':>4}{'Lk':>7}" + "".join(f"{name:>9}" for name in COLUMNS) + f"{'best/ours':>10}{'read/ours':>10}")
    rows = []
    for case in CASES:
        rows.append(measure(runtime, folders, *case))
        print_row(rows[-1])
    if args.json:
        args.json.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n")
    sys.stdout.flush()
    os._exit(0)  # without waiting for the rivals' idle threads


if __name__ == "__main__":
    cpu.check_compiler()
    threads = str(arguments().threads)
    os.environ.update(OMP_NUM_THREADS=threads, MKL_NUM_THREADS=threads)
    cpu.enter_environment()
    import mask_speed
    import row_bound
    main()
