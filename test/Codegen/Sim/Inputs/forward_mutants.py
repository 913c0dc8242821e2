#!/usr/bin/env python3
"""Every op of a forward kernel that makes somebody wait, or lets somebody go on, broken one at a time.

    python3 forward_mutants.py FOLDER FORM

FORM is a program in `forward` beside this file. Each wait, fence, barrier, arrival, commit and
register budget is left out; waits for mbarriers also get the other parity, mbarriers and barriers
other counts, barriers other ids, stages other numbers of bytes; all roles alike deal query tiles twice or never. A mutant is found by attn-verify-lowlevel, or else by
one of SEEDS runs in strict mode or by a result that is not the reference's. Prints a table, and
FAIL for a mutant that is neither found nor explained in forward_same.py, for one that is both, and
for a finding that names no op, place and thread. The kernel as it is runs clean with 20 seeds.
"""
import collections
import pathlib
import re
import subprocess
import sys

from forward_same import SAME
from mutate import DEADLOCK, PLACE, Program, run_artifact

SIZES = {
    "tma": ["B=2", "Lq=516", "Lk=384"],
    "copy": ["B=1", "Lq=130", "Lk=600"],
    "rounds": ["B=2", "Lq=516", "Lk=384"],
    "streams": ["B=1", "Lq=130", "Lk=400", "Lm=300"],
    "packed": ["T=900", "N=3"],
}
SEEDS = 8

TRY_WAIT, INIT = "nvvm.mbarrier.try_wait", "nvvm.mbarrier.init"
EXPECT, BARRIER, PASS = "nvvm.mbarrier.arrive.expect_tx", "nvvm.barrier", "nvvm.barrier.arrive"
OPS = [INIT, "nvvm.fence.mbarrier.init", "nvvm.barrier0", BARRIER, PASS, "nvvm.setmaxregister", EXPECT,
       "nvvm.mbarrier.arrive", TRY_WAIT, "nvvm.fence.proxy", "nvvm.wgmma.fence.aligned",
       "attn_nvvm.wgmma_fence", "nvvm.wgmma.commit.group.sync.aligned", "attn_nvvm.wgmma_wait",
       "nvvm.cp.async.bulk.commit.group", "nvvm.cp.async.bulk.wait_group"]


def change(pattern, operation, number):
    """Replaces the i32 operand that group 1 of the pattern names by `operand operation number`."""
    def edit(mutant, line):
        found = re.search(pattern, mutant.lines[line])
        text = mutant.lines[line]
        mutant.lines[line] = text[:found.start(1)] + f"%changed{line}" + text[found.end(1):]
        mutant.lines[line:line] = [f"%change{line} = llvm.mlir.constant({number} : i32) : i32",
                                   f"%changed{line} = llvm.{operation} {found.group(1)}, %change{line} : i32"]
    return edit


CHANGES = {
    TRY_WAIT: [("other parity", change(r"try_wait %\w+, (%\w+)", "xor", 1))],
    INIT: [("one arrival more", change(r"init %\w+, (%\w+)", "add", 1)),
           ("one arrival less", change(r"init %\w+, (%\w+)", "sub", 1))],
    EXPECT: [("expects more bytes", change(r"expect_tx %\w+, (%\w+)", "add", 16)),
             ("expects fewer bytes", change(r"expect_tx %\w+, (%\w+)", "sub", 16))],
    BARRIER: [("a warp less", change(r"number_of_threads = (%\w+)", "sub", 32)),
              ("another barrier", change(r"id = (%\w+)", "add", 1))],
    PASS: [("a warp less", change(r"number_of_threads = (%\w+)", "sub", 32)),
           ("another barrier", change(r"id = (%\w+)", "add", 1))],
}
# What is changed in which form: each kind where it stands first.
CHANGED = {"tma": [TRY_WAIT, INIT, EXPECT, BARRIER, PASS], "copy": [TRY_WAIT, INIT], "rounds": [], "streams": [EXPECT], "packed": [BARRIER]}


def exceed(number):
    """Adds a number to what an op gives."""
    def edit(mutant, line):
        name, text = re.match(r"\s*(%\w+) =", mutant.lines[line])[1], mutant.lines[line]
        mutant.rename(name, f"%exceeds{line}")
        mutant.lines[line:line + 1] = [text, f"%exceed{line} = llvm.mlir.constant({number} : i32) : i32",
                                       f"%exceeds{line} = llvm.add {name}, %exceed{line} : i32"]
    return edit


# How persistent kernels deal query tiles: op, what is done to it in all roles alike.
COUNT, CTAS = 'llvm.icmp "ult"', "nvvm.read.ptx.sreg.nctaid.x"
DEALT = [(COUNT, "the last query tile is left out", change(r'"ult" %\w+, (%\w+)', "sub", 1)),
         (CTAS, "query tiles are dealt twice", exceed(-1)), (CTAS, "query tiles are not dealt", exceed(1))]


def mutants(program, form):
    """Op, which of its kind from 1, its line, what is done to it, the mutant."""
    for op in OPS:
        edits = [("left out", lambda m, i: m.drop(i)), *(CHANGES[op] if op in CHANGED[form] else [])]
        for which, line in enumerate(program.mutant("").find(op), 1):
            for what, edit in edits:
                mutant = program.mutant("mutant")
                edit(mutant, line)
                yield op, which, line, what, mutant
    for op, what, edit in DEALT if form == "tma" else []:
        mutant = program.mutant("mutant")
        lines = mutant.find(op)
        for line in reversed(lines):
            edit(mutant, line)
        yield op, len(lines), lines[0], what, mutant


def verify(text):
    """The first error of the static checks."""
    done = subprocess.run(["attn-opt", "--attn-verify-lowlevel", "-o", "/dev/null", text], text=True, capture_output=True)
    if done.returncode == 0:
        return None
    error = re.search(r": error: ('\S+' op .*)", done.stderr)
    if not error:
        sys.exit(f"not a finding of attn-verify-lowlevel:\n{done.stderr}")
    return error.group(1)


def launch(artifact, sizes, seed):
    return run_artifact(artifact, [*sizes, f"--sim-seed={seed}", "--against=reference"])


def simulate(artifact, sizes):
    """How it was found, and how often; None where it was not."""
    for seed in range(SEEDS):
        code, text = launch(artifact, sizes, seed)
        if code == 0:
            continue
        if found := re.search(PLACE + r"(.{1,60})|(" + DEADLOCK + ")", text):
            return f"strict sim, run {seed + 1}: {found.group(1) or 'deadlock'}"
        if "exceeds" in text or "error/bound" in text:
            return f"result, run {seed + 1}"
        return f"FAIL {text[:500]}"
    return None


def main():
    folder, form = pathlib.Path(sys.argv[1]), sys.argv[2]
    program = Program(pathlib.Path(__file__).parent / "forward" / f"{form}.mlir", folder)
    sizes = [f"--set={size}" for size in SIZES[form]]
    failures, found = 0, collections.Counter()
    for seed in range(20):
        code, text = launch(program.artifact, sizes, seed)
        if code:
            failures += 1
            print(f"FAIL the good kernel, seed {seed}: {text}")
    same = dict(SAME[form])
    for op, which, line, what, mutant in mutants(program, form):
        text = mutant.write()
        if error := verify(text):
            how = f"static: {error[:70]}"
        else:
            how = simulate(mutant.artifact(), sizes)
        reason = same.pop((op, which, what), None)
        found[how is not None, what == "left out"] += 1
        wrong = (how is None) == (reason is None) or (how or "").startswith("FAIL")
        failures += wrong
        print(f"{'FAIL ' * wrong}{op} {which}, line {line + 1}, {what}: {how or 'not found'}{f'; {reason}' if reason else ''}")
    for key in same:
        failures += 1
        print(f"FAIL no such mutant: {key}")
    for name, is_drop in ("left out", True), ("changed", False):
        print(f"{name}: {found[True, is_drop]} of {found[True, is_drop] + found[False, is_drop]} found")
    print(f"{failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
