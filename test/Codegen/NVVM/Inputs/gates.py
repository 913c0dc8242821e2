#!/usr/bin/env python3
"""The standing budgets of GPU kernels, checked on what ptxas says: 0 bytes spilled, no
remark (C75xx, warnings), at most 500 KB of code per kernel. One head size, four masks,
both element types; every ptxas given.

usage: gates.py --head-size=D --folder=DIR PTXAS...
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

MASKS = {
    "full": ["%s = attn.stream %k, %v : !t, !t"],
    "causal": ["%m = attn.mask.causal", "%s = attn.stream %k, %v mask %m : !t, !t"],
    "window": ["%c = attn.mask.causal", "%w = attn.mask.window left(255)", "%m = attn.mask.and %c, %w",
               "%s = attn.stream %k, %v mask %m : !t, !t"],
    "document": ["%c = attn.mask.causal", "%d = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>",
                 "%m = attn.mask.and %c, %d", "%s = attn.stream %k, %v mask %m : !t, !t"],
}
MOST_BYTES = 500_000


def function(name, head_size, element, mask):
    tensor = f"tensor<?x8x?x{head_size}x{element}>"
    shape = 'attn.shape = ["B", "H", "L", "D"]'
    body = "\n  ".join(MASKS[mask]).replace("!t", tensor)
    return f"""func.func @{name}(%q: {tensor} {{{shape}}}, %k: {tensor} {{{shape}}}, %v: {tensor} {{{shape}}},
    %ids: tensor<?x?xi32> {{attn.shape = ["B", "L"]}}) -> ({tensor}, tensor<?x8x?xf32>) {{
  {body}
  %o, %lse = attn.attend %q over %s : {tensor} -> {tensor}, tensor<?x8x?xf32>
  return %o, %lse : {tensor}, tensor<?x8x?xf32>
}}
"""


def check(artifact, expected):
    manifest = json.loads((artifact / "manifest.json").read_text())
    sizes = {image["file"]: image["bytes"] for image in manifest["images"]}
    problems = []
    for kernel in manifest["kernels"]:
        name, size = kernel["name"], sizes[kernel["image"]]
        if kernel["spill_bytes"]:
            problems.append(f"{name}: {kernel['spill_bytes']} bytes spilled, expected 0")
        problems += [f"{name}: {remark}" for remark in kernel.get("ptxas_remarks", [])]
        if size > MOST_BYTES:
            problems.append(f"{name}: {size} bytes of code, expected at most {MOST_BYTES}")
    found = sum("forward" in kernel["name"] for kernel in manifest["kernels"])
    if found != expected:
        problems.append(f"{found} forward kernels, expected {expected}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--head-size", type=int, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("ptxas", nargs="+")
    args = parser.parse_args()
    names = [(f"{mask}_{element}", element, mask) for mask in MASKS for element in ("bf16", "f16")]
    args.folder.mkdir(parents=True, exist_ok=True)
    program = args.folder / "gates.mlir"
    program.write_text("".join(function(name, args.head_size, element, mask) for name, element, mask in names))
    problems = []
    for number, ptxas in enumerate(args.ptxas):
        artifact = args.folder / f"gates{number}.attn"
        run = subprocess.run(["attnc", str(program), "--target=sm_90a", "--sim-image=off", f"--ptxas={ptxas}",
                              "-o", str(artifact)], text=True, capture_output=True, env=os.environ)
        if run.returncode:
            sys.exit(run.stderr)
        found = check(artifact, len(names))
        problems += [f"{ptxas}: {problem}" for problem in found]
        print(f"{ptxas}: {len(names)} programs, {len(found)} problems")
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
