#!/usr/bin/env python3
"""Runs a command on every variant of the CPU kernels that this machine has, forced by ATTN_CPU.

usage: each_cpu.py [--check=FILE [--prefix=NAME]] -- COMMAND...

The artifact is the argument of COMMAND that ends in .attn. The machine's variants are in CPU_VARIANTS,
"v3,v4", which test/lit.cfg.py sets. With --check the output of every run goes to FileCheck. Exits with
the first code that is not 0. What a machine lacks is counted as skipped by test/manifest_format.py.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys


def variants(artifact):
    """Those that the artifact holds and this machine runs, the least first; one at the least."""
    manifest = json.loads(pathlib.Path(artifact, "manifest.json").read_text())
    held = [name for image in manifest["images"] for name in image.get("variants", [])]
    both = [name for name in held if name in os.environ["CPU_VARIANTS"].split(",")]
    if not both:
        sys.exit(f"each_cpu.py: {artifact} holds {held}, this machine runs '{os.environ['CPU_VARIANTS']}'")
    return both


def environments(artifact, device):
    """(name, environment) of every variant; the environment alone for other devices."""
    if device != "cpu":
        return [(device, dict(os.environ))]
    return [(f"cpu {name}", os.environ | {"ATTN_CPU": name}) for name in variants(artifact)]


def run(command, environment, check):
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE if check else None)
    if not check:
        return result.returncode
    if result.returncode:  # what failed is the output
        sys.stderr.buffer.write(result.stdout)
        return result.returncode
    return subprocess.run(check, input=result.stdout).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check")
    parser.add_argument("--prefix", default="CHECK")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    artifacts = [word for word in args.command if word.endswith(".attn")]
    if len(artifacts) != 1:
        sys.exit(f"each_cpu.py: expected one argument that ends in .attn but found {artifacts}")
    check = args.check and ["FileCheck", args.check, f"--check-prefix={args.prefix}"]
    for name, environment in environments(artifacts[0], "cpu"):
        print(f"each_cpu.py: {name}", file=sys.stderr)
        code = run(args.command, environment, check)
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
