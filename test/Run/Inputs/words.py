#!/usr/bin/env python3
"""Masks that become words of bits, and tables read by key, on sim against the reference: ragged lengths, rows that see
nothing, ids in any order, every number of bits that a word of a tile has.

usage: words.py FOLDER

Prints one line per failure and a count; exit code 1 if there was a failure.
"""
import os
import subprocess
import sys

import numpy as np

from against_reference import Runs

# The mask %m; %same, %kept and %less are made before it.
MASKS = {
    "blocks_or_first": "%p0 = attn.mask.block size(50)\n%p1 = attn.mask.first count(33)\n%m = attn.mask.or %p0, %p1",
    "outside": "%p2 = attn.mask.window left(31) right(1)\n%m = attn.mask.not %p2",
    "stripes": "%p5 = attn.mask.window left(96) right(32)\n%p2 = attn.mask.window left(32) right(0)\n"
               "%p3 = attn.mask.not %p2\n%p4 = attn.mask.and %p5, %p3\n%p6 = attn.mask.causal\n%m = attn.mask.and %p4, %p6",
    "same": "%m = attn.mask.and %same, %same",
    "other_causal": "%p3 = attn.mask.not %same\n%p6 = attn.mask.causal\n%m = attn.mask.and %p3, %p6",
    "mixed": "%p2 = attn.mask.window left(7) right(9)\n%p1 = attn.mask.first count(2)\n%p4 = attn.mask.or %p2, %same, %p1\n"
             "%p3 = attn.mask.not %kept\n%m = attn.mask.and %p4, %p3",
    "kept": "%m = attn.mask.and %kept, %kept",
    "evaluated": "%p6 = attn.mask.causal\n%p4 = attn.mask.or %less, %p6\n%m = attn.mask.and %p4, %same",
}
# Head size, keys per tile: 128, 96, 64. Lengths end at borders of words, tiles, and behind them.
LENGTHS = {64: [(37, 37), (130, 259), (1, 301), (70, 262), (33, 0)], 192: [(65, 97), (130, 193)], 256: [(65, 64), (130, 131)]}
PROGRAM = """func.func @{name}(
    %q: tensor<?x8x?x{d}xbf16> {{attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]}},
    %k: tensor<?x2x?x{d}xbf16> {{attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}},
    %v: tensor<?x2x?x{d}xbf16> {{attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}},
    %qids: tensor<?x?xi32> {{attn.name = "qids", attn.shape = ["B", "Lq"]}},
    %kids: tensor<?x?xi32> {{attn.name = "kids", attn.shape = ["B", "Lk"]}},
    %flags: tensor<?x?xi1> {{attn.name = "flags", attn.shape = ["B", "Lk"]}},
    %bias: tensor<?x?xf16> {{attn.name = "bias", attn.shape = ["Lq", "Lk"]}})
    -> (tensor<?x8x?x{d}xbf16> {{attn.name = "o"}}, tensor<?x8x?xf32> {{attn.name = "lse"}}) {{
  %same = attn.mask.document %qids, %kids : tensor<?x?xi32>, tensor<?x?xi32>
  %kept = attn.mask.free (%flags : tensor<?x?xi1>) {{
  ^bb0(%b: index, %h: index, %i: index, %j: index, %t: tensor<?x?xi1>):
    %y = attn.read %t[%b, %j] : tensor<?x?xi1>
    attn.yield %y : i1
  }}
  %less = attn.mask.free (%qids, %kids : tensor<?x?xi32>, tensor<?x?xi32>) {{
  ^bb0(%b: index, %h: index, %i: index, %j: index, %s: tensor<?x?xi32>, %t: tensor<?x?xi32>):
    %x = attn.read %s[%b, %i] : tensor<?x?xi32>
    %z = attn.read %t[%b, %j] : tensor<?x?xi32>
    %y = arith.cmpi slt, %x, %z : i32
    attn.yield %y : i1
  }}
  {mask}
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x{d}xbf16>, tensor<?x2x?x{d}xbf16>
  %o, %lse = attn.attend %q over %s score(%bias : tensor<?x?xf16>) {{
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<?x?xf16>):
    %e = attn.read %t[%i, %j] : tensor<?x?xf16>
    %f = arith.extf %e : f16 to f32
    %y = arith.addf %x, %f : f32
    attn.yield %y : f32
  }} : tensor<?x8x?x{d}xbf16> -> tensor<?x8x?x{d}xbf16>, tensor<?x8x?xf32>
  return %o, %lse : tensor<?x8x?x{d}xbf16>, tensor<?x8x?xf32>
}}
"""


def write_tables(folder, lq, lk):
    """Few ids in any order, of which one no key has; flags of a quarter of the keys."""
    random = np.random.default_rng(lq + 7 * lk)
    np.save(f"{folder}/qids.npy", random.integers(0, 5, (2, lq), np.int32))
    np.save(f"{folder}/kids.npy", random.integers(0, 4, (2, lk), np.int32))
    np.save(f"{folder}/flags.npy", random.integers(0, 4, (2, lk)) == 0)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    runs = Runs("sim")
    tables = {name: f"{folder}/{name}.npy" for name in ("qids", "kids", "flags")}
    for d, lengths in LENGTHS.items():
        program = f"{folder}/words{d}.mlir"
        masks = MASKS if d == 64 else {name: MASKS[name] for name in ("blocks_or_first", "stripes", "mixed")}
        with open(program, "w") as file:
            file.write("".join(PROGRAM.format(name=name, d=d, mask=mask) for name, mask in masks.items()))
        subprocess.run(["attnc", program, "--target=sm_90a", "--ptxas=none", "-o", f"{folder}/words{d}.attn"], check=True)
        for name in masks:
            for lq, lk in lengths:
                write_tables(folder, lq, lk)
                runs.run(f"{folder}/words{d}.attn", name, lq, lk, tables)
    return runs.finish()


if __name__ == "__main__":
    sys.exit(main())
