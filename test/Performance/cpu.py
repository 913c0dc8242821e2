#!/usr/bin/env python3
"""Measures attn on the CPU against PyTorch, compiled FlexAttention and ONNX Runtime.

    python3 test/Performance/cpu.py [--quick] [--threads=N] [--json=FILE]

All run in one process, in turns, on the same threads and the same random inputs, and
every result is checked against float64 on sampled rows before anything is timed.
bf16 is measured twice, as it comes and with AMX switched off for all, and some cases
on one thread, in a process each; then few queries, by short_queries.py. The rivals come
from PyPI into build/bench-venv (about 6 GB with what PyTorch brings; once). Exit code 0:
every requirement is met; 1: not, or something failed.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import sysconfig

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build"
VENV = BUILD / "bench-venv"
WORK = BUILD / "bench"
HEADS = 8
AMX_OFF = {"MKL_ENABLE_INSTRUCTIONS": "AVX512", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}
DENSE, BOTH = ("full", "causal"), ("f32", "bf16")
MASKED = ("window", "document", "alibi", "softcap")


def fail(message):
    sys.exit(f"cpu.py: error: {message}")


def enter_environment():
    """Goes on in the Python of the rivals' environment, which is made if need be."""
    wanted, marker = (HERE / "requirements.txt").read_text(), VENV / "requirements.txt"
    python = VENV / "bin" / "python3"
    if not marker.exists() or marker.read_text() != wanted:
        print(f"installing the rivals into {VENV} (a few minutes, once)", file=sys.stderr)
        steps = [[sys.executable, "-m", "venv", str(VENV)],
                 [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check",
                  "-r", str(HERE / "requirements.txt")]]
        for step in steps:
            if subprocess.run(step, stdin=subprocess.DEVNULL).returncode:
                fail(f"could not install the rivals: {' '.join(step)}")
        marker.write_text(wanted)
    if pathlib.Path(sys.prefix) != VENV:
        os.execv(python, [str(python), "-B", *sys.argv])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds; FlexAttention only where it is required")
    parser.add_argument("--threads", type=int, default=2, help="threads of every contestant (default 2)")
    parser.add_argument("--json", type=pathlib.Path, help="write the benchmark record here")
    parser.add_argument("--rivals-only", action="store_true", help="measure without attn")
    args = parser.parse_args()
    if not 1 <= args.threads <= (os.cpu_count() or 1):
        parser.error(f"--threads={args.threads}: expected 1 to {os.cpu_count()}")
    return args


def check_compiler():
    """Compiled FlexAttention calls g++ and includes Python.h."""
    if not shutil.which("g++"):
        fail("found no g++, which compiled FlexAttention needs: apt-get install g++")
    if not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists():
        fail("found no Python.h, which compiled FlexAttention needs: apt-get install python3-dev")


def peak(source, architecture, threads):
    """GFLOP/s of the program `source`."""
    compiler = shutil.which("clang-22") or fail("found no clang-22: run tools/setup.sh")
    program = WORK / pathlib.Path(source).stem
    subprocess.run([compiler, "-O3", f"-march={architecture}", str(HERE / source), "-o", str(program), "-lpthread"],
                   check=True)
    return float(subprocess.run([program, str(threads)], check=True, text=True, capture_output=True).stdout)


def compile_programs(groups):
    import masks
    attnc = BUILD / "bin" / "attnc"
    if not attnc.exists():
        fail(f"found no {attnc}: build first, tools/quickstart.sh does")
    for heads, size, mask, dtype in sorted({(g[0], g[2], *case) for g in groups for case in g[3]}):
        name = WORK / f"{mask}-{dtype}-h{heads}-d{size}"
        name.with_suffix(".mlir").write_text(masks.program(mask, dtype, heads, size))
        step = [attnc, name.with_suffix(".mlir"), "-o", name.with_suffix(".attn"), "--target=cpu"]
        if subprocess.run(step).returncode:
            fail(f"attnc failed on {name}.mlir")


def pairs(masks, dtypes):
    return [[mask, dtype] for mask in masks for dtype in dtypes]


def dense(dtypes):
    """[heads, L, D, cases] of the table's dense cases; cases of one group run in turns."""
    return [[HEADS, length, size, pairs(DENSE, dtypes)] for length in (1024, 4096) for size in (64, 128)]


def all_groups(quick):
    """By process."""
    masked = [[HEADS, 8192, size, pairs(("full", *MASKED), BOTH)] for size in ((128,) if quick else (64, 128))]
    others = [[HEADS, 256, 128, pairs(DENSE, BOTH)], [1, 32768, 128, pairs(("causal",), BOTH)],
              [2, 4096, 256, pairs(DENSE, BOTH)]]
    return {"amx": dense(BOTH) + masked + ([] if quick else others), "no-amx": dense(("bf16",)),
            "one thread": [[HEADS, 4096, 128, pairs(("causal",), BOTH)]]}


def environment(threads, more):
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**os.environ, **{name: str(threads) for name in names}, **more,
            "TORCHINDUCTOR_CACHE_DIR": str(WORK / "inductor")}


def measure(args, groups, threads, more):
    command = [sys.executable, "-B", str(HERE / "measure.py"), f"--library={BUILD}/lib/libattn_runtime.so",
               f"--artifacts={WORK}", f"--groups={json.dumps(groups)}", f"--threads={threads}"]
    command += ["--quick"] * args.quick + ["--rivals-only"] * args.rivals_only
    result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                            env=environment(threads, more))
    if result.returncode:
        fail("a measurement failed: see above")
    return json.loads(result.stdout)


def measure_short(args):
    """Few queries; prints its own table."""
    record = WORK / "short_queries.json"
    step = [sys.executable, "-B", str(HERE / "short_queries.py"), f"--threads={args.threads}", f"--json={record}"]
    if subprocess.run(step, stdin=subprocess.DEVNULL, env=environment(args.threads, {})).returncode:
        fail("short_queries.py failed: see above")
    return json.loads(record.read_text())["rows"]


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    first = lambda key: next((line.split(":", 1)[1].strip() for line in info if line.startswith(key)), None)
    git = lambda *words: subprocess.run(["git", "-C", str(ROOT), *words], text=True, capture_output=True).stdout.strip()
    return {
        "device": first("model name"), "driver": f"Linux {platform.release()}", "clocks": f"{first('cpu MHz')} MHz",
        "power": None, "commit": git("rev-parse", "--short", "HEAD") + ("-changed" if git("status", "--porcelain") else ""),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def main():
    args = arguments()
    check_compiler()
    enter_environment()
    sys.path.insert(0, str(HERE))
    import report
    WORK.mkdir(parents=True, exist_ok=True)
    groups = all_groups(args.quick)
    if not args.rivals_only:
        compile_programs(sum(groups.values(), []))
    bf16_peaks = {"amx": peak("amx_peak.c", "sapphirerapids", args.threads), "v4bf16": peak("dot_peak.c", "native", args.threads)}
    data = report.Measurements(peak("fma_peak.c", "native", args.threads), bf16_peaks)
    data.add("amx", measure(args, groups["amx"], args.threads, {}))
    off = {**AMX_OFF, "ATTN_CPU": "v4"} if bf16_peaks["amx"] else AMX_OFF
    data.add("no-amx", measure(args, groups["no-amx"], args.threads, off))
    data.add("one thread", measure(args, groups["one thread"], 1, {}))
    about = machine()
    print(f"{about['device']}, {args.threads} threads, commit {about['commit']}; measured peaks, GFLOP/s: "
          f"FMA {data.peak:.0f} (f32), bf16 by pairs {bf16_peaks['v4bf16']:.0f}, by AMX {bf16_peaks['amx']:.0f} (0: none)\n")
    report.print_rates(data)
    short = [] if args.rivals_only else measure_short(args)
    missed = 0 if args.rivals_only else report.print_requirements(data, short)
    if args.json:
        rows = report.record_rows(data, args.threads)
        args.json.write_text(json.dumps({**about, "rows": rows, "short_queries": short}, indent=1) + "\n")
        print(f"\nrecord: {args.json}")
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
