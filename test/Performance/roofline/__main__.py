#!/usr/bin/env python3
"""Static figures of the wgmma loops of sm_90a cubins, read from their machine code. README.md explains them.

usage: python3 test/Performance/roofline CUBIN... [--kernel=REGEX] [--max=NAME=VALUE] [--min=NAME=VALUE] [--json=FILE]
       python3 test/Performance/roofline CUBIN... --beside=REGEX       rivals of reference.json beside them
"""
import argparse
import json
import os
import pathlib
import re
import sys

from loops import analyse_cubin
from report import GATES, check_gates, compare, print_loop
from sass import find_nvdisasm

REFERENCE = pathlib.Path(__file__).parent / "reference.json"


def rivals(pattern):
    """Loops of the reference whose label matches."""
    return [r for r in json.loads(REFERENCE.read_text())["loops"] if re.search(pattern, r["label"])]


def limit(text):
    name, _, value = text.partition("=")
    if name not in GATES:
        raise argparse.ArgumentTypeError(f"unknown figure '{name}', expected one of {', '.join(GATES)}")
    return name, float(value)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("cubins", nargs="+")
    p.add_argument("--kernel", help="regular expression on the name")
    p.add_argument("--nvdisasm", help="path of nvdisasm")
    p.add_argument("--tile", help="MxN scores of one warpgroup in one iteration (default: derived)")
    p.add_argument("--consumers", type=int, help="consumer warpgroups on an SM (default: derived, or 2)")
    p.add_argument("--json", metavar="FILE", help="write the figures")
    p.add_argument("--beside", metavar="REGEX", help="print per score element beside these loops of reference.json")
    p.add_argument("--max", action="append", default=[], type=limit, metavar="NAME=VALUE",
                   help="exit 1 when a loop has more: a class, total, exposed_ex2, hazards, a bound")
    p.add_argument("--min", action="append", default=[], type=limit, metavar="NAME=VALUE", help="when it has less")
    return p.parse_args()


def main():
    args = arguments()
    tile = tuple(int(x) for x in args.tile.split("x")) if args.tile else None
    nvdisasm, loops = find_nvdisasm(args.nvdisasm), []
    for cubin in args.cubins:
        for r in analyse_cubin(nvdisasm, cubin, args.kernel, tile, args.consumers):
            loops.append({"label": os.path.basename(cubin), **r})
            print_loop(r)
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps({"loops": loops}, indent=1))
    if not loops:
        sys.exit("error: no loop with wgmma found")
    if args.beside:
        compare([*loops, *rivals(args.beside)])
    problems = [*check_gates(loops, {"max": dict(args.max), "min": dict(args.min)})]
    print("".join(f"error: {problem}\n" for problem in problems), end="", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
