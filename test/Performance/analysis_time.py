#!/usr/bin/env python3
"""How long mask analysis takes: pass attn-mask-to-routes over every program of test/Systems.

    python3 test/Performance/analysis_time.py [--filter=REGEX] [--runs=N]

Milliseconds of user CPU time, the least of N runs: attn-opt with the pass less attn-opt without it, both writing bytecode
to nowhere, so that what else the machine does counts little. What the pass writes is in it, a little too much. Budget: 50
ms per program; what is over is marked. Needs a build.
"""
import argparse
import pathlib
import re
import resource
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUDGET_MS = 50


def user_ms(tool, program, *passes):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [tool, program, *passes, "--mlir-disable-threading", "--verify-each=false", "--emit-bytecode", "-o", "/dev/null"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"analysis_time: {' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr}")
    return 1000 * (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)


def measure(tool, program, runs):
    """The least of each: runs alternate, so that both see the same machine."""
    passes = ("--attn-flatten-if", "--attn-mask-to-routes")
    pairs = [(user_ms(tool, program, *passes), user_ms(tool, program, passes[0])) for _ in range(runs)]
    return max(0.0, min(p[0] for p in pairs) - min(p[1] for p in pairs))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--filter", default="", type=re.compile)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tool", default=ROOT / "build/bin/attn-opt", type=pathlib.Path, help="attn-opt to measure")
    args = parser.parse_args()
    programs = [p for p in sorted((ROOT / "test/Systems").glob("*.mlir")) if args.filter.search(p.stem)]
    print(f"{'program':30}{'ms':>8}")
    over = 0
    for program in programs:
        ms = measure(args.tool, program, args.runs)
        over += ms > BUDGET_MS
        print(f"{program.stem:30}{ms:8.1f}{'  OVER' if ms > BUDGET_MS else ''}", flush=True)
    print(f"{over} of {len(programs)} programs over {BUDGET_MS} ms")


main()
