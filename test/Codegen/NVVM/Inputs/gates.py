#!/usr/bin/env python3
"""The standing budgets of GPU kernels, checked on what ptxas says of them: 0 bytes spilled, no
remark (C75xx, warnings), at most 500 KB per image. For one pair of head sizes: masks and score
regions, both element types, or forms of folds; every ptxas given; all numbers as attn-inspect prints them.

usage: gates.py --head-sizes=D[,DV] --folder=DIR [--only=NAME | --folds] PTXAS...
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

CAUSAL = ["%c = attn.mask.causal"]
WINDOW = ["%w = attn.mask.window left(255) right(0)"]
DOCUMENT = ["%d = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>"]
MASKS = {
    "full": (None, []),
    "causal": ("%c", CAUSAL),
    "window": ("%w", WINDOW),
    "document": ("%d", DOCUMENT),
    "mixed": ("%m", CAUSAL + WINDOW + DOCUMENT + ["%e = attn.mask.or %w, %d", "%m = attn.mask.and %c, %e"]),
}
# In every head size these would take long: for `--only`.
GRIDS = {
    "grid": ("%g", ["%g = attn.mask.neighborhood shape(64, 64) window(13, 7) stride(1, 2) dilation(2, 1)"]),
}
# Name: mask, table, how an element is read from it: %a is added to the logit, or %y stands for it.
SCORES = {
    "alibi": ("document", "tensor<8xf32>", [
        "%e = attn.read %t[%h] : tensor<8xf32>", "%n = arith.subi %j, %i : index",
        "%n32 = arith.index_cast %n : index to i32", "%f = arith.sitofp %n32 : i32 to f32",
        "%a = arith.mulf %e, %f : f32"]),
    "relative": ("window", "tensor<8x256xf32>", [
        "%c0 = arith.constant 0 : index", "%c255 = arith.constant 255 : index", "%n = arith.subi %i, %j : index",
        "%n1 = arith.maxsi %n, %c0 : index", "%n2 = arith.minsi %n1, %c255 : index",
        "%a = attn.read %t[%h, %n2] : tensor<8x256xf32>"]),
    "bias": ("causal", "tensor<8x?x?xbf16>", [
        "%e = attn.read %t[%h, %i, %j] : tensor<8x?x?xbf16>", "%a = arith.extf %e : bf16 to f32"]),
    "softcap": ("causal", "tensor<8xf32>", [
        "%in = arith.constant 0.02 : f32", "%cap = arith.constant 50.0 : f32", "%z = arith.mulf %x, %in : f32",
        "%f = math.tanh %z : f32", "%y = arith.mulf %f, %cap : f32"]),
}
# Whole programs: what folds may have besides one stream of full length. !q !k !v !o are [B, H, L, D], !pq and so on
# packed [H, T, D], !n and !pn rows, !a an f32 !o.
FOLDS = {
    "terms": """(%q: !q {Q}, %k: !k {K}, %v: !v {V}, %o0: !o {O}, %x0: !n {N}, %m1: !n {N}, %l1: !n {N}, %a1: !a {O},
    %sink: tensor<8xf32>) -> (!o, !n, !n) {
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c heads [0, 0, 1, 1, 1, 0, 1, 0] : !k, !v
  %st0 = attn.state %o0, %x0 : !o, !n
  %st1 = attn.state %m1, %l1, %a1 : !n, !n, !a
  %o, %lse, %mass = attn.attend %q over %s from %st0, %st1 sink(%sink : tensor<8xf32>) : !q -> !o, !n mass(!n)
  return %o, %lse, %mass : !o, !n, !n
}
""",
    "state": """(%q: !q {Q}, %k: !k {K}, %v: !v {V}, %o0: !o {O}, %x0: !n {N}) -> (!o, !n, !n, !n, !a) {
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : !k, !v
  %st0 = attn.state %o0, %x0 : !o, !n
  %o, %lse, %m, %l, %a = attn.attend %q over %s from %st0 : !q -> !o, !n state(!n, !n, !a)
  return %o, %lse, %m, %l, %a : !o, !n, !n, !n, !a
}
""",
    "streams": """(%q: !q {Q}, %k: !k {K}, %v: !v {V}, %k2: !k {M}, %v2: !v {W}, %sink: tensor<8xf32>) -> (!o, !n, !n, !n) {
  %c = attn.mask.causal
  %w = attn.mask.window left(255) right(0)
  %s = attn.stream %k, %v mask %w : !k, !v
  %t = attn.stream %k2, %v2 mask %c : !k, !v
  %o, %lse, %m1, %m2 = attn.attend %q over %s, %t sink(%sink : tensor<8xf32>) : !q -> !o, !n mass(!n, !n)
  return %o, %lse, %m1, %m2 : !o, !n, !n, !n
}
""",
    "regions": """(%q: !q {Q}, %k: !k {K}, %v: !v {V}, %k2: !k {M}, %v2: !v {W}, %sink: tensor<8xf32>,
    %slopes: tensor<8xf32>, %qids: tensor<?x?xi32> {attn.shape = ["B", "L"]}, %ids: tensor<?x?xi32> {attn.shape = ["B", "L"]},
    %ids2: tensor<?x?xi32> {attn.shape = ["B", "M"]}) -> (!o, !n, !n, !n) {
  %w = attn.mask.window left(255) right(0)
  %d = attn.mask.document %qids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %d2 = attn.mask.document %qids, %ids2 : tensor<?x?xi32>, tensor<?x?xi32>
  %wd = attn.mask.and %w, %d
  %wd2 = attn.mask.and %w, %d2
  %s = attn.stream %k, %v mask %wd : !k, !v
  %t = attn.stream %k2, %v2 mask %wd2 : !k, !v
  %o, %lse, %m1, %m2 = attn.attend %q over %s, %t sink(%sink : tensor<8xf32>) score(%slopes : tensor<8xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %slope: tensor<8xf32>):
    %e = attn.read %slope[%h] : tensor<8xf32>
    %n = arith.subi %j, %i : index
    %n32 = arith.index_cast %n : index to i32
    %f = arith.sitofp %n32 : i32 to f32
    %a = arith.mulf %e, %f : f32
    %y = arith.addf %x, %a : f32
    attn.yield %y : f32
  } : !q -> !o, !n mass(!n, !n)
  return %o, %lse, %m1, %m2 : !o, !n, !n, !n
}
""",
    "padded": """(%q: !q {Q}, %k: !k {K}, %v: !v {V}, %k2: !k {M}, %v2: !v {W}, %qlen: tensor<?xi32> {attn.shape = ["B"]},
    %klen: tensor<?xi32> {attn.shape = ["B"]}) -> (!o, !n) {
  %lq = attn.lengths.per_batch %qlen : tensor<?xi32>
  %lk = attn.lengths.per_batch %klen : tensor<?xi32>
  %c = attn.mask.causal
  %s = attn.stream %k, %v lengths(%lk) : !k, !v
  %t = attn.stream %k2, %v2 mask %c lengths(%lq) : !k, !v
  %o, %lse = attn.attend %q lengths(%lq) over %s, %t : !q -> !o, !n
  return %o, %lse : !o, !n
}
""",
    "packed": """(%q: !pq {PQ}, %k: !pk {PK}, %v: !pv {PV}, %offsets: tensor<?xi32> {attn.shape = ["N"]}) -> (!po, !pn) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c lengths(%l) : !pk, !pv
  %o, %lse = attn.attend %q lengths(%l) over %s : !pq -> !po, !pn
  return %o, %lse : !po, !pn
}
""",
}
# The same for `--only`: tokens in place. A mask would see them through the layout, which takes more registers than boxes.
LAYOUTS = {
    "windows": """(%q: !q {Q}, %k: !k {K}, %v: !v {V}) -> (!go, !gn) {
  %lq = attn.layout.grid shape(64, 64) tile(4, 4)
  %lk = attn.layout.grid shape(64, 64) tile(4, 8)
  %qt = attn.reorder %q by %lq : !q -> !q
  %kt = attn.reorder %k by %lk : !k -> !k
  %vt = attn.reorder %v by %lk : !v -> !v
  %s = attn.stream %kt, %vt : !k, !v
  %ot, %nt = attn.attend %qt over %s : !q -> !o, !n
  %o = attn.restore %ot by %lq : !o -> !go
  %n = attn.restore %nt by %lq : !n -> !gn
  return %o, %n : !go, !gn
}
""",
}
MOST_BYTES = 500_000


def function(name, sizes, element, mask, score=None):
    q, k, v, o = (f"tensor<?x{heads}x?x{size}x{element}>" for heads, size in
                  ((8, sizes[0]), (2, sizes[0]), (2, sizes[1]), (8, sizes[1])))
    value, lines = (MASKS | GRIDS)[mask]
    body = lines + [f"%s = attn.stream %k, %v {f'mask {value} ' if value else ''}: {k}, {v}"]
    table = region = ""
    if score:
        _, kind, reads = SCORES[score]
        letters = ' {attn.shape = ["Hq", "L", "L"]}' if "?" in kind else ""
        table = f", %table: {kind}{letters}"
        if not reads[-1].startswith("%y"):
            reads = [*reads, "%y = arith.addf %x, %a : f32"]
        region = "\n    ".join(
            [f"score(%table : {kind}) {{",
             f"^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t: {kind}):", *reads,
             "attn.yield %y : f32", "} "])
    body += [f"%o, %lse = attn.attend %q over %s {region}: {q} -> {o}, tensor<?x8x?xf32>",
             f"return %o, %lse : {o}, tensor<?x8x?xf32>"]
    shape = 'attn.shape = ["B", "{}", "L", "{}"]'
    return (f"func.func @{name}(%q: {q} {{{shape.format('Hq', 'D')}}}, %k: {k} {{{shape.format('Hk', 'D')}}}, "
            f"%v: {v} {{{shape.format('Hk', 'Dv')}}},\n    %ids: tensor<?x?xi32> {{attn.shape = [\"B\", \"L\"]}}{table}) "
            f"-> ({o}, tensor<?x8x?xf32>) {{\n  " + "\n  ".join(body) + "\n}\n")


def fold(name, sizes, element, text):
    sizes = {"q": (8, sizes[0]), "k": (2, sizes[0]), "v": (2, sizes[1]), "o": (8, sizes[1])}
    types = {letter: f"tensor<?x{h}x?x{d}x{element}>" for letter, (h, d) in sizes.items()}
    types |= {f"p{letter}": f"tensor<{h}x?x{d}x{element}>" for letter, (h, d) in sizes.items()}
    types |= {"go": f"tensor<?x8x4096x{sizes['o'][1]}x{element}>", "gn": "tensor<?x8x4096xf32>"}
    types |= {"n": "tensor<?x8x?xf32>", "pn": "tensor<8x?xf32>", "a": types["o"].replace(element, "f32")}
    shapes = {"Q": "B Hq L D", "K": "B Hk L D", "V": "B Hk L Dv", "O": "B Hq L Dv", "N": "B Hq L", "M": "B Hk M D",
              "W": "B Hk M Dv", "PQ": "Hq T D", "PK": "Hk T D", "PV": "Hk T Dv"}
    for key, letters in shapes.items():
        quoted = ", ".join(f'"{letter}"' for letter in letters.split())
        text = text.replace(f"{{{key}}}", f"{{attn.shape = [{quoted}]}}")
    return f"func.func @{name}" + re.sub(r"!(\w+)", lambda match: types[match[1]], text)


def programs(sizes, only):
    if only in LAYOUTS:
        for element in ("bf16", "f16"):
            yield fold(f"{only}_{element}", sizes, element, LAYOUTS[only])
        return
    masks = GRIDS if only in GRIDS else MASKS
    variants = {mask: (mask, None) for mask in masks} | {score: (SCORES[score][0], score) for score in SCORES}
    for element in ("bf16", "f16"):
        for name, (mask, score) in variants.items():
            if only in (None, name):
                yield function(f"{name}_{element}", sizes, element, mask, score)


def folds(sizes):
    for name, text in FOLDS.items():
        yield fold(name, sizes, "bf16", text)


def run(*command):
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{command[0]}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def check(kernel):
    name = kernel["name"]
    if not kernel["image"] or not kernel["registers"]:
        yield f"{name}: no image or no number of registers, expected both"
    if kernel["spill_bytes"] != 0:
        yield f"{name}: {kernel['spill_bytes']} bytes spilled, expected 0"
    for remark in kernel["ptxas_remarks"]:
        yield f"{name}: {remark}"
    if not 0 < (kernel["image_bytes"] or 0) <= MOST_BYTES:
        yield f"{name}: an image of {kernel['image_bytes']} bytes, expected at most {MOST_BYTES}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--head-sizes", required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--only", choices=[*MASKS, *GRIDS, *LAYOUTS, *SCORES])
    parser.add_argument("--folds", action="store_true", help="forms of folds instead of masks and score regions")
    parser.add_argument("ptxas", nargs="+")
    args = parser.parse_args()
    sizes = [int(size) for size in args.head_sizes.split(",")]
    sizes = sizes[0], sizes[-1]
    texts = list(folds(sizes) if args.folds else programs(sizes, args.only))
    args.folder.mkdir(parents=True, exist_ok=True)
    program = args.folder / "gates.mlir"
    program.write_text("".join(texts))
    failed = 0
    for number, ptxas in enumerate(args.ptxas):
        artifact = str(args.folder / f"gates{number}.attn")
        run("attnc", str(program), "--target=sm_90a", "--sim-image=off", f"--ptxas={ptxas}", "-o", artifact)
        kernels = json.loads(run("attn-inspect", artifact, "--json"))["kernels"]
        problems = [problem for kernel in kernels for problem in check(kernel)]
        forward = sum("forward" in kernel["name"] for kernel in kernels)
        if forward != len(texts):
            problems.append(f"{forward} forward kernels, expected {len(texts)}")
        most = {what: max(kernel[what] for kernel in kernels) for what in ("registers", "image_bytes")}
        print(f"{ptxas}: {len(kernels)} kernels, {len(problems)} problems; at most {most['registers']} registers, "
              f"images of {most['image_bytes']} bytes")
        print("".join(f"  {problem}\n" for problem in problems), end="")
        failed += len(problems)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
