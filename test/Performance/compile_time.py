#!/usr/bin/env python3
"""How long the kernels of the GPU benchmark take to compile: ours up to PTX, then ptxas.

    python3 test/Performance/compile_time.py [--filter=REGEX] [--runs=N]

Every program of tools/gpu/bench.txt. Seconds are CPU time of the process (user and system, the least of N runs), so that
what else the machine does counts little; both processes use one thread. Ours holds the start of attnc, which is printed
alone, too. Budgets: 0.6 s ours, 2 s together, per kernel; what is over is marked. Needs a build and tools/setup.sh.
"""
import argparse
import glob
import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = ROOT / "build" / "bin"
OURS_S, ALL_S = 0.6, 2.0


def cpu_seconds(*command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"compile_time: {' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least(runs, *command):
    return min(cpu_seconds(*command) for _ in range(runs))


def measure(program, ptxas, runs, work):
    artifact = work / f"{program.stem}.attn"
    ours = least(runs, BIN / "attnc", program, "--target=sm_90a", "--sim-image=off", "--ptxas=none", "-o", artifact)
    kernels = len(json.loads((artifact / "manifest.json").read_text())["kernels"])
    theirs = sum(least(runs, ptxas, "-arch=sm_90a", "-v", text, "-o", work / "image") for text in artifact.glob("*.ptx"))
    over = [name for name, seconds, most in (("ours", ours, OURS_S), ("together", ours + theirs, ALL_S))
            if seconds > most * kernels]
    print(f"{program.stem:46}{kernels:8}{ours:8.2f}{theirs:8.2f}{ours + theirs:8.2f}  {'OVER: ' + ', '.join(over) if over else ''}".rstrip(),
          flush=True)
    return bool(over)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--filter", default="", type=re.compile)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    found = glob.glob(str(ROOT / "build/venv/lib/python3*/site-packages/nvidia/*/bin/ptxas"))
    if not found:
        sys.exit("compile_time: error: found no ptxas in build/venv, run tools/setup.sh")
    version = re.search(r"V([\d.]+)", subprocess.run([found[0], "--version"], capture_output=True, text=True).stdout)[1]
    start = least(args.runs, BIN / "attnc", "--version")
    print(f"CPU seconds, ptxas {version}; attnc starts in {start:.2f}\n{'program':46}{'kernels':>8}{'ours':>8}{'ptxas':>8}{'all':>8}")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        subprocess.run([BIN / "attn-pack", "--programs", ROOT / "tools/gpu/bench.txt", work], check=True, stdout=subprocess.DEVNULL)
        programs = [p for p in sorted((work / "programs").glob("*.mlir")) if args.filter.search(p.stem)]
        over = sum(measure(program, found[0], args.runs, work) for program in programs)
    print(f"{over} of {len(programs)} programs over the budget")


main()
