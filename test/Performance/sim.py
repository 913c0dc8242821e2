#!/usr/bin/env python3
"""How long device sim takes for a tile of 128 queries and 128 keys, on one core.

    nice -n -5 python3 test/Performance/sim.py [--runs=N]

Two programs, without a mask and causal: B 1, H 8, L 1024, D and Dv 128, bf16, with strict
mode off and on. A tile is both products and the softmax of one head; those that the kernel
visits are counted. Time is that of the process (user and system), of a run of 7 launches
minus one of 2, so that loading and drawing do not count; the least of N (5) of each, since
what else the machine does adds to it. Prints one line each, and what a switch of fibers costs.
"""
import argparse
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


def measure(name, mask, use, tiles, runs):
    source, artifact = WORK / f"sim-{name}.mlir", WORK / f"sim-{name}.attn"
    source.write_text(PROGRAM.replace("TENSOR", TENSOR).replace("MASK", mask).replace("USE", use))
    subprocess.run([BIN / "attnc", source, "-o", artifact, "--target=sm_90a", "--ptxas=none"], check=True, capture_output=True)
    for strict in ("off", "on"):
        run = [BIN / "attn-run", artifact, "--device=sim", f"--sim-strict={strict}", "--random", "--set=B=1", f"--set=L={LENGTH}"]
        many, few = (min(cpu_seconds(run + [f"--time={n}"]) for _ in range(runs)) for n in (7, 2))
        print(f"{name}, strict {strict}: {(many - few) / 5 / tiles * 1e3:.2f} ms per tile, {tiles} tiles", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    WORK.mkdir(parents=True, exist_ok=True)
    across = LENGTH // TILE
    measure("full", "", "", HEADS * across * across, runs)
    measure("causal", "%causal = attn.mask.causal", "mask %causal", HEADS * across * (across + 1) // 2, runs)
    subprocess.run([BIN / "sim-switch-time"], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
