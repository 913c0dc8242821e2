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
# Beside those of the gates.
gates.MASKS |= {
    "blocks": ("%m", ["%b = attn.mask.block size(128)", "%f = attn.mask.first count(4)", "%m = attn.mask.or %b, %f"]),
    "outside": ("%m", gates.WINDOW + ["%m = attn.mask.not %w"]),
    "sink": ("%m", gates.DOCUMENT + ["%f = attn.mask.first count(4)", "%m = attn.mask.or %d, %f"]),
    "packed": ("%m", gates.DOCUMENT + gates.CAUSAL + ["%m = attn.mask.and %d, %c"]),
}
# Program: the most warp instructions per score element of the shortest way through an iteration, of what a way that
# masks adds to it, and the longest way; the least bound on tensor utilisation with one warpgroup alone.
LIMITS = {
    64: {"full": (6.54, 1.57, 2.02, 0.497), "causal": (7.07, 1.35, 2.0, 0.478), "window": (7.08, 1.47, 2.13, 0.478),
         "blocks": (7.3, 1.65, 2.68, 0.461), "outside": (7.33, 1.63, 2.65, 0.461), "document": (7.32, 2.13, 3.21, 0.452),
         "sink": (7.35, 2.18, 3.27, 0.445), "packed": (7.32, 2.18, 3.25, 0.445), "mixed": (7.44, 2.35, 3.72, 0.456),
         "bias": (11.54, 1.36, 7.66, 0.457), "alibi": (12.82, 2.15, 3.22, 0.295), "softcap": (23.1, 1.36, 2.02, 0.222)},
    128: {"full": (5.96, 1.54, 2.39, 0.78), "causal": (6.41, 1.38, 2.55, 0.759), "window": (6.44, 1.52, 2.69, 0.762),
          "blocks": (6.61, 1.72, 3.27, 0.744), "outside": (6.63, 1.63, 3.15, 0.742), "document": (6.69, 2.22, 3.86, 0.726),
          "sink": (6.69, 2.29, 3.99, 0.728), "packed": (6.69, 2.29, 3.93, 0.728), "mixed": (6.72, 2.41, 4.29, 0.728),
          "bias": (10.97, 1.38, 8.07, 0.735), "alibi": (12.68, 2.24, 3.88, 0.52), "softcap": (22.44, 1.38, 2.55, 0.40)},
    256: {"full": (8.15, 1.53, 5.0, 0.93), "causal": (9.0, 1.5, 5.85, 0.92), "window": (9.07, 1.79, 6.13, 0.917),
          "blocks": (9.41, 2.19, 7.5, 0.898), "outside": (9.44, 2.0, 7.04, 0.898), "document": (9.47, 2.91, 8.32, 0.89),
          "sink": (9.47, 3.04, 8.57, 0.89), "packed": (9.47, 3.04, 8.44, 0.89), "mixed": (9.5, 3.29, 9.16, 0.89),
          "bias": (13.97, 1.5, 11.07, 0.92), "alibi": (15.41, 2.94, 8.35, 0.79), "softcap": (25.1, 1.5, 5.85, 0.63)},
}
# Cycles of the special function units by those of the tensor cores, where exponentials would be more than the products.
# ALiBi converts a distance to a float for every score, softcap divides.
MUFU = {(64, name): 0.95 for name in LIMITS[64] if name not in ("alibi", "softcap")}
COLUMNS = ("total", "least", "masked", "longest", "uniform", "exposed_ex2", "mufu_share", "perfect", "schedule", "alone")


def row(label, loop):
    unknown = {"least", "masked", "longest"} - loop["per_score"].keys()
    values = "".join(f"{'-':>12}" if name in unknown else f"{gate_value(loop, name):12.3f}" for name in COLUMNS)
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
        least, masked, longest, alone = LIMITS[args.head_size][name]
        # Every kernel masks somewhere, if only behind the length: a select for every score.
        limits = {"max": {**EVERY, "least": least, "masked": masked, "longest": longest, "exposed_ex2": EXPOSED},
                  "min": {"alone": alone, "masked": 1}}
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
