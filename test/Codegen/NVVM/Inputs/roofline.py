#!/usr/bin/env python3
"""Limits of what the main loops of our kernels may hold, in machine code, with every ptxas given; beside them what the
loops of FlashAttention-3, FlashInfer and Triton hold (test/Performance/roofline/README.md says what figures mean). With a
Python that has Triton, its kernel is compiled now.

usage: roofline.py --head-size=D --folder=DIR --nvdisasm=PATH [--triton=PYTHON] PTXAS...
"""
import argparse
import json
import pathlib
import re
import sys

import gates

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "Performance" / "roofline"))
from loops import analyse_cubin  # noqa: E402
from report import check_gates, gate_value  # noqa: E402

ROOFLINE = pathlib.Path(__file__).resolve().parents[3] / "Performance" / "roofline"
RIVALS = ROOFLINE / "reference.json"
# Of every loop: no read or write of registers in flight, no local memory.
EVERY = {"hazards": 0, "local": 0}
# Exponentials not placed under a product, per score element.
EXPOSED = 0.05
# Program: the most warp instructions per score element that run in every iteration, and in conditional blocks beside
# them (masks and the rescale of O, D / N; tables read by key); the least bound on tensor utilisation with one
# warpgroup alone.
LIMITS = {
    64: {"full": (6.49, 2.0, 0.50), "causal": (7.07, 2.02, 0.485), "window": (7.08, 2.19, 0.48),
         "document": (7.40, 11.90, 0.452), "bias": (7.44, 11.5, 0.457), "alibi": (13.40, 11.91, 0.295),
         "softcap": (23.1, 2.02, 0.222)},
    128: {"full": (5.96, 2.40, 0.78), "causal": (6.36, 2.52, 0.759), "window": (6.44, 2.77, 0.766),
          "document": (6.79, 12.54, 0.727), "bias": (6.93, 12.05, 0.728), "alibi": (13.27, 12.55, 0.505),
         "softcap": (22.4, 2.52, 0.40)},
    256: {"full": (8.05, 4.93, 0.92), "causal": (8.88, 5.79, 0.92), "window": (8.91, 6.13, 0.917),
          "document": (9.47, 15.29, 0.89), "bias": (9.25, 15.25, 0.917), "alibi": (15.47, 15.32, 0.76),
         "softcap": (24.9, 5.79, 0.64)},
}
# Cycles of the special function units by those of the tensor cores, where exponentials would be more than the products.
# ALiBi converts a distance to a float for every score, softcap divides.
MUFU = {(64, name): 0.95 for name in LIMITS[64] if name not in ("alibi", "softcap")}
COLUMNS = ("total", "cond", "uniform", "exposed_ex2", "mufu_share", "perfect", "schedule", "alone")


def row(label, loop):
    values = "".join(f"{gate_value(loop, name):12.3f}" for name in COLUMNS)
    print(f"  {label:42}{loop['scores_per_thread'] * 2:5.0f}{loop['max_register']:5}{values}")


def build(args, number, ptxas):
    """The loop of every program, in the order of LIMITS."""
    program, artifact = args.folder / "roofline.mlir", args.folder / f"roofline{number}.attn"
    gates.run("attnc", str(program), "--target=sm_90a", "--sim-image=off", f"--ptxas={ptxas}", "-o", str(artifact))
    for name in LIMITS[args.head_size]:
        images = [kernel["image"] for kernel in json.loads(gates.run("attn-inspect", str(artifact), "--json"))["kernels"]
                  if kernel["name"].startswith(f"{name}_forward")]
        loops = analyse_cubin(args.nvdisasm, artifact / images[0]) if len(images) == 1 else []
        if len(loops) != 1:
            sys.exit(f"{name}: {len(images)} kernels with {len(loops)} loops, expected one loop with wgmma")
        yield name, loops[0]


def check(args, number, ptxas):
    version = re.search(r"V([\d.]+)", gates.run(ptxas, "--version"))[1]
    for name, loop in build(args, number, ptxas):
        row(f"attn {name}, ptxas {version}", loop)
        total, cond, alone = LIMITS[args.head_size][name]
        limits = {"max": {**EVERY, "total": total, "cond": cond, "exposed_ex2": EXPOSED}, "min": {"alone": alone}}
        if (args.head_size, name) in MUFU:
            limits["max"]["mufu_share"] = MUFU[args.head_size, name]
        yield from (f"{name}, ptxas {version}: {problem}" for problem in check_gates([loop], limits))


def print_triton(args):
    """Every loop of the forms of this head size; specialised warps have a copy each."""
    folder = args.folder / "triton"
    gates.run(args.triton, str(ROOFLINE / "triton_attention.py"), str(folder), str(args.head_size))
    for cubin in sorted(folder.glob("*.cubin")):
        loops = analyse_cubin(args.nvdisasm, cubin)
        if not loops:
            sys.exit(f"{cubin}: no loop with wgmma, expected one at least")
        for loop in loops:
            row(f"triton {cubin.stem.replace('-', ' ')}, compiled now", loop)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--head-size", type=int, required=True, choices=LIMITS)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--nvdisasm", required=True)
    parser.add_argument("--triton", help="a Python that has Triton")
    parser.add_argument("ptxas", nargs="+")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    sizes = args.head_size, args.head_size
    texts = []
    for name in LIMITS[args.head_size]:
        mask, score = (name, None) if name in gates.MASKS else (gates.SCORES[name][0], name)
        texts.append(gates.function(name, sizes, "bf16", mask, score))
    (args.folder / "roofline.mlir").write_text("".join(texts))
    print(f"  {'warp instructions per score element, D ' + str(args.head_size):42}{'keys':>5}{'regs':>5}"
          + "".join(f"{name:>12}" for name in COLUMNS))
    problems = [problem for number, ptxas in enumerate(args.ptxas) for problem in check(args, number, ptxas)]
    for loop in json.loads(RIVALS.read_text())["loops"]:
        if f" d{args.head_size} " in loop["label"]:
            row(loop["label"], loop)
    if args.triton:
        print_triton(args)
    print("".join(f"{problem}\n" for problem in problems), end="")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
