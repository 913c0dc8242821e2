#!/usr/bin/env python3
"""How long device sim takes for a tile of 128 queries and 128 keys, on one core.

    python3 test/Performance/sim.py

Two programs, without a mask and causal: B 1, H 8, L 1024, D and Dv 128, bf16. A tile is
both products and the softmax of one head; those that the kernel visits are counted. Time
is that of the process (user and system), of a run of 7 launches minus one of 2, so that
what else the machine does, loading and drawing do not count. Prints a line each, with strict
mode and without.
"""
import pathlib
import resource
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN, WORK = ROOT / "build/bin", ROOT / "build/bench"
HEADS, LENGTH, TILE = 8, 1024, 128
TENSOR = f"tensor<?x{HEADS}x?x128xbf16>"
PROGRAM = """
func.func @main(
    %q: TENSOR {attn.name = "q", attn.shape = ["B", "H", "L", "D"]},
    %k: TENSOR {attn.name = "k", attn.shape = ["B", "H", "L", "D"]},
    %v: TENSOR {attn.name = "v", attn.shape = ["B", "H", "L", "D"]}) -> (TENSOR {attn.name = "o"}) {
  MASK
  %keys = attn.stream %k, %v USE : TENSOR, TENSOR
  %o = attn.attend %q over %keys : TENSOR -> TENSOR
  return %o : TENSOR
}
"""


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env={"ATTN_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(name, mask, use, tiles):
    source, artifact = WORK / f"sim-{name}.mlir", WORK / f"sim-{name}.attn"
    source.write_text(PROGRAM.replace("TENSOR", TENSOR).replace("MASK", mask).replace("USE", use))
    subprocess.run([BIN / "attnc", source, "-o", artifact, "--target=sm_90a", "--ptxas=none"], check=True, capture_output=True)
    run = [BIN / "attn-run", artifact, "--device=sim", "--random", "--set=B=1", f"--set=L={LENGTH}"]
    for mode in ("off", "on"):
        launches = [cpu_seconds(run + [f"--sim-strict={mode}", f"--time={n}"]) for n in (7, 2)]
        print(f"{name}, strict mode {mode}: {(launches[0] - launches[1]) / 5 / tiles * 1e3:.2f} ms per tile, {tiles} tiles")


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    across = LENGTH // TILE
    measure("full", "", "", HEADS * across * across)
    measure("causal", "%causal = attn.mask.causal", "mask %causal", HEADS * across * (across + 1) // 2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
