#!/usr/bin/env python3
"""Writes tools/ERRORS.md: messages that users meet, each printed by a mistake that is made here.

The mistakes and the advice are in tools/dev/error_cases.py. What a machine lacks is not tried: cases in
Python need --with=python (the package attn can be imported), those of attn.flex --with=torch, and some a
machine without NVIDIA's driver; their rows are kept as they stand. test/Docs/errors.test compares.

usage: write_errors.py --root SOURCE --bin FOLDER --work FOLDER [--with=python] [--with=torch] [--check]
"""
import argparse
import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np

import error_cases as cases
import generated_page

MESSAGE = re.compile(r"\b(?:error|warning): (?:\S+:\d+:\d+: error: )?(.*)")


def has_driver():
    with contextlib.suppress(OSError):
        return bool(ctypes.CDLL("libcuda.so.1"))
    return False


def edit(text, edits):
    for old, new in edits:
        if old not in text:
            sys.exit(f"error_cases.py: the program has no '{old}'")
        text = text.replace(old, new)
    return text


class Tools:
    """The command-line tools in a folder of files to go wrong with."""

    def __init__(self, folder, work):
        self.work = work
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ATTN_", "LD_LIBRARY_PATH"))}
        self.environment = {**kept, "PATH": f"{folder}{os.pathsep}{kept['PATH']}"}
        (work / "program.mlir").write_text(cases.PROGRAM)
        (work / "gpu.mlir").write_text(edit(cases.PROGRAM, cases.BF16))
        self.run("attnc program.mlir -o program.attn --target=cpu", check=True)
        self.run("attnc gpu.mlir -o gpu.attn --target=sm_90a --ptxas=none", check=True)
        self.write_arrays()
        self.damage()

    def run(self, command, **options):
        return subprocess.run(["bash", "-c", command], cwd=self.work, env=self.environment, text=True, capture_output=True, **options)

    def write_arrays(self):
        arrays = {"q4": (1, 4, 4, 64), "k5": (1, 2, 5, 64), "heads": (1, 3, 4, 64), "rank": (4, 4, 64)}
        for name, shape in arrays.items():
            np.save(self.work / f"{name}.npy", np.zeros(shape, np.float32))
        np.save(self.work / "double.npy", np.zeros((1, 4, 4, 64)))
        np.save(self.work / "fortran.npy", np.asfortranarray(np.zeros((1, 4, 4, 64), np.float32)))
        (self.work / "text.npy").write_text("1 2 3 4\n")

    def damage(self):
        for name, file, change in (("damaged", "cpu.so", lambda b: b + b"\0"), ("future", "manifest.json", lambda b: b.replace(b'"major": 1', b'"major": 2'))):
            shutil.copytree(self.work / "program.attn", self.work / f"{name}.attn")
            path = self.work / f"{name}.attn" / file
            path.write_bytes(change(path.read_bytes()))

    def __call__(self, case):
        (self.work / "x.mlir").write_text(edit(cases.PROGRAM, case.edits))
        return self.run(case.run).stderr


def raised(work, case):
    """What a case in Python says."""
    names = {}
    code = cases.PREAMBLE + (cases.FLEX if case.needs == "torch" else "")
    with contextlib.chdir(work):
        exec(compile(code, "program.py", "exec"), names)  # noqa: S102 - ours
        try:
            exec(compile(case.run, "program.py", "exec"), names)  # noqa: S102 - ours
        except names["attn"].Error as error:
            text = str(error).splitlines()[0]
            return text if MESSAGE.search(text) else f"error: {text}"
    return ""


def brief(text, case):
    """The first message, without lists of what is possible and numbers that mean nothing elsewhere."""
    found = MESSAGE.search(text)
    if not found:
        sys.exit(f"no message of: {case.run} {case.edits}\n{text}")
    message = re.sub(r"; supported are .*", "; supported are …", found[1])
    return re.sub(r"[0-9a-f]{64}", "…", message).replace("|", "\\|")


def row(message, case):
    return f"| `{message}` | {case.means} | {case.do} |"


def kept_row(page, title, case):
    section = page.partition(f"## {title}\n")[2].partition("\n## ")[0]
    end = f"` | {case.means} | {case.do} |"
    rows = [line for line in section.splitlines() if line.endswith(end)]
    if len(rows) != 1:
        sys.exit(f"tools/ERRORS.md has under '{title}' {len(rows)} rows for '{case.run}', which can not be tried here: needs {case.needs}")
    return rows[0]


PAGE = """# Messages, and what to do

What the tools, the runtime and the Python package say, with numbers and names of an example. An error is behind
FILE:LINE:COLUMN or the name of the tool, and is told on standard error; exit code 1, or 2 where only the command line is
wrong. Every message here was printed by the mistake that it is about. Written by `tools/dev/write_errors.py`, not by hand;
`test/Docs/errors.test` compares.

A program that fails inside the compiler: `tools/README.md`. What works where: `codegen/SUPPORT.md`.
@sections@

## No message, but not what you expected

| you see | it means | what to do |
|---|---|---|
| NaN in a row | NaN in that row's q or in a key or value it sees, a logit of +inf, or NaN in a value that the mask hides inside the length | Clean the inputs; hide tokens by lengths, not by masks, where values may be NaN. |
| a row of 0, lse -inf | The row sees no key. | With `Lq` above `Lk`, causal masks leave the first queries without keys. |
| a row that was never written | It lies at or beyond its length. | Do not read it; or fill results before the call. |
| slower than the mask promises | Tiles are tested pair by pair. | `attnc --explain=Routes` names the part of the mask that nothing could be proven of. |
"""


def write(tools, work, page, available):
    parts, made, kept = [], 0, 0
    for title, intro, listed in cases.SECTIONS:
        parts += ["", f"## {title}", ""] + ([intro, ""] if intro else []) + ["| message | it means | what to do |", "|---|---|---|"]
        for case in listed:
            if case.needs in available:
                text = raised(work, case) if case.needs in ("python", "torch") else tools(case)
                parts.append(row(brief(text, case), case))
                made += 1
            else:
                parts.append(kept_row(page, title, case))
                kept += 1
    print(f"{made} messages were printed, {kept} can not be tried here")
    return PAGE.replace("@sections@", "\n".join(parts))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--root", "--bin", "--work"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--with", dest="available", action="append", default=[], choices=("python", "torch"))
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    path = args.root / "tools" / "ERRORS.md"
    found = path.read_text() if path.exists() else ""
    available = {"tools", *args.available, *([] if has_driver() else ["no driver"])}
    text = write(Tools(args.bin.resolve(), args.work), args.work, found, available)
    return generated_page.settle(path, text, args.check, "what is printed", "write_errors.py --with=python")


if __name__ == "__main__":
    sys.exit(main())
