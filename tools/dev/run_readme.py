#!/usr/bin/env python3
"""Runs what README.md tells a reader to type. Run by test/Docs/readme.test.

Every line of a ```sh block that starts with `build/bin/` (a `$ ` before it aside, a
backslash at its end going on) runs in the order of the page, in a folder that looks
like the project with a build, so nothing is written into the tree.

usage: run_readme.py --root <source> --bin <build>/bin --work <folder>
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys


def commands(text):
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        for line in re.sub(r"\\\n\s*", "", block).split("\n"):
            line = line.strip().removeprefix("$ ")
            if line.startswith("build/bin/"):
                yield line


def make_work_folder(root, bin_folder, work):
    shutil.rmtree(work, ignore_errors=True)
    (work / "build").mkdir(parents=True)
    (work / "build" / "bin").symlink_to(bin_folder)
    for entry in root.iterdir():
        if not entry.name.startswith(("build", ".")):
            (work / entry.name).symlink_to(entry)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--root", "--bin", "--work"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    args = parser.parse_args()
    make_work_folder(args.root.resolve(), args.bin.resolve(), args.work)
    lines = list(commands((args.root / "README.md").read_text()))
    if not lines:
        print("README.md: found no command that starts with build/bin/")
        return 1
    for line in lines:
        print("$", line, flush=True)
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", line], cwd=args.work, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        print(result.stdout, end="", flush=True)
        if result.returncode:
            print(f"README.md: exit code {result.returncode}: {line}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
