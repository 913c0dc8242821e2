#!/usr/bin/env python3
"""Writes codegen/STAGES.md: one program at every stage, as the tools print it.

Long IR is cut at things that have names (an operation, a constant, the definitions of a
value), and values are numbered in the order of the page, so that it changes only when
what it shows changes. test/Docs/stages.test compares.

usage: write_stages.py --root SOURCE --bin FOLDER --work FOLDER [--check]
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

import generated_page

WIDEST = 116
HIDDEN = {"lowlevel": "0xFF800000", "ptx": "0fFF800000"}  # -inf, the logit of a hidden key


class Cannot(Exception):
    """A marker is not there: the page needs another."""


def first(lines, wanted, start=0, step=1):
    """The index of the first line, from start on, that holds a text or fits a predicate."""
    fits = wanted if callable(wanted) else lambda line: wanted in line
    end = len(lines) if step > 0 else -1
    for index in range(start, end, step):
        if fits(lines[index]):
            return index
    raise Cannot(f"no line with {wanted!r}")


def nth(lines, wanted, count, start):
    for _ in range(count):
        start = first(lines, wanted, start) + 1
    return start


def narrow(line):
    return line if len(line) <= WIDEST else line[:WIDEST - 2].rstrip() + " …"


def dedent(lines):
    least = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return [narrow(line[least:].rstrip()) for line in lines]


class Renamer:
    """Gives numbered values the numbers in which they appear on the page."""

    def __init__(self, pattern):
        self.pattern, self.known, self.counts = re.compile(pattern), {}, {}

    def __call__(self, lines):
        return [self.pattern.sub(self.rename, line) for line in lines]

    def rename(self, match):
        prefix, name = match[1], match[0]
        if name not in self.known:
            self.known[name] = f"{prefix}{self.counts.setdefault(prefix, 0)}"
            self.counts[prefix] += 1
        return self.known[name]


def definitions(lines, value):
    """The lines that a value is made of, in order, constants included."""
    place = {}
    for index, line in enumerate(lines):
        for name in re.findall(r"%\d+", line.split(" = ")[0]) if " = " in line else []:
            place.setdefault(name, index)
    needed, todo = set(), [value]
    while todo:
        index = place.get(todo.pop())
        if index is not None and index not in needed:
            needed.add(index)
            todo += re.findall(r"%\d+", lines[index].split(" = ", 1)[1])
    return [lines[index] for index in sorted(needed)]


def operation(lines, name):
    """An operation with its regions, up to the line that closes them."""
    start = first(lines, name)
    if not lines[start].rstrip().endswith("{"):
        return lines[start:start + 1]
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = first(lines, lambda line: line.startswith(" " * indent + "}") and not line.rstrip().endswith("{"), start)
    return lines[start:end + 1]


def lowlevel_parts(lines):
    """(what chooses, the masked block up to the second key, what the first row's end is made of)."""
    top = first(lines, lambda line: "_forward" in line and "llvm.func" in line)
    lines = lines[top:]
    hidden = first(lines, HIDDEN["lowlevel"])
    block = first(lines, lambda line: line.lstrip().startswith("^bb"), hidden, -1)
    label = lines[block].split("^")[1].split(":")[0].split("(")[0]
    branch = first(lines, lambda line: "llvm.cond_br" in line and f"^{label}," in line)
    count = first(lines, "llvm.sub", hidden)
    end = re.findall(r"%\d+", lines[count])[1]
    return lines[branch - 3:branch + 1], lines[block:nth(lines, "llvm.select", 2, hidden)], definitions(lines, end)


def ptx_part(lines):
    hidden = first(lines, lambda line: "selp" in line and HIDDEN["ptx"] in line)
    start = first(lines, lambda line: line.startswith("$L"), hidden, -1)
    return [line.expandtabs(4) for line in lines[start:nth(lines, lambda line: HIDDEN["ptx"] in line, 2, hidden)]]


def expression(value):
    if not isinstance(value, dict):
        return str(value)
    if "op" in value:
        return f"{value['op']}({', '.join(expression(arg) for arg in value['args'])})"
    return next(iter(value.values()))


def artifact_lines(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    yield from (f"{path.name}" for path in sorted(folder.iterdir()))
    for step in manifest["entries"][0]["plans"][0]["steps"]:
        kernel = next(k for k in manifest["kernels"] if k["name"] == step["kernel"])
        yield ""
        yield f"{kernel['name']}: block {kernel['block']}, {kernel['shared_bytes']} bytes of shared memory, {kernel['ptx']}"
        yield f"grid ({', '.join(expression(size) for size in step['grid'])})"
        for argument in step["arguments"]:
            rest = {k: v for k, v in argument.items() if k not in ("kind", "map", "value")}
            rest.update({k: v for k, v in argument.get("map", {}).items() if k in ("axes", "box", "swizzle")})
            yield f"  {argument['kind']:<10} " + ", ".join(f"{k} {v}" for k, v in rest.items())


def run(tool, *arguments):
    result = subprocess.run([tool, *map(str, arguments)], text=True, capture_output=True)
    if result.returncode:
        sys.exit(result.stderr)
    return result.stdout.splitlines(), result.stderr


def write(root, attnc, work):
    source = root / "test" / "Docs" / "Inputs" / "stages.mlir"
    stage = {name: run(attnc, source, f"--emit={name}", "--target=sm_90a")[0]
             for name in ("routes", "tiles", "schedule", "lowlevel")}
    remark = re.search(r'Remark="(.*)"', run(attnc, source, "--emit=routes", "--explain=Routes", "-o", work / "r")[1])
    run(attnc, source, "-o", work / "stages.attn", "--target=sm_90a", "--ptxas=none")
    ptx = (work / "stages.attn" / "main.sm_90a.ptx").read_text().splitlines()
    choice, masked, bound = map(Renamer(r"(%|\^bb)\d+(?!\d)"), lowlevel_parts(stage["lowlevel"]))
    parts = {
        "input": source.read_text().splitlines(),
        "remark": remark[1].split("; "),
        "route": operation(stage["routes"], "attn.route"),
        "fold": operation(stage["tiles"], "attn_tile.fold"),
        "schedule": operation(stage["schedule"], "attn_sched.forward"),
        "choice": choice, "masked": masked, "bound": bound,
        "ptx": Renamer(r"(%rd|%r|%p|\$L__BB)[\d_]+")(ptx_part(ptx)),
        "artifact": list(artifact_lines(work / "stages.attn"))}
    page = (root / "tools" / "dev" / "stages.md.in").read_text()
    return re.sub(r"@(\w+)@", lambda m: "\n".join(dedent(parts[m[1]])), page)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    path = args.root / "codegen" / "STAGES.md"
    text = write(args.root, args.bin / "attnc", args.work)
    return generated_page.settle(path, text, args.check, "what the tools print", "write_stages.py")


if __name__ == "__main__":
    sys.exit(main())
