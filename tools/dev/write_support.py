#!/usr/bin/env python3
"""Writes codegen/SUPPORT.md: what works on which device, found by compiling one small program each.

What there is to try comes from the op definitions and the list of region ops; what a device can do
from whether it takes the program. Reference runs it, cpu and sm_90a compile it to an artifact (sim and
cuda run what was made for sm_90a). test/Docs/support.test compares.

usage: write_support.py --root SOURCE --bin FOLDER --work FOLDER [--check]
"""
import argparse
import pathlib
import re
import subprocess
import sys

import generated_page
import support_probes as probes

DEVICES = ("reference", "cpu", "sm_90a")
ELEMENT = {"reference": "f32", "cpu": "f32", "sm_90a": "bf16"}
SIZES = {"B": 1, "Lq": 2, "Lk": 2, "T": 2, "N": 2}
UPSTREAM = pathlib.Path("/usr/lib/llvm-22/include/mlir/Dialect")


class Tools:
    def __init__(self, folder, work):
        self.folder, self.work = folder, work

    def run(self, tool, *arguments):
        result = subprocess.run([self.folder / tool, *map(str, arguments)], text=True, capture_output=True)
        errors = re.findall(r"(?m)^(?:.*?:(\d+):\d+: |.*?)error: (.*)$", result.stderr)
        if result.returncode == 0:
            return None
        if result.returncode != 1 or not errors:
            sys.exit(f"{tool} ended with {result.returncode}: {result.stderr}")
        return int(errors[0][0] or 0), errors[0][1]

    def try_on(self, device, text):
        """None, or (line, message) of the first error."""
        path = self.work / "probe.mlir"
        path.write_text(text)
        if device != "reference":
            return self.run("attnc", path, "-o", self.work / "probe.attn", f"--target={device}", "--ptxas=none")
        for name, function in re.findall(r"func.func @(\w+)(.*?)(?=func.func|\Z)", text, re.S):
            letters = set(re.findall(r'"(\w+)"', "".join(re.findall(r"attn.shape = \[(.*?)\]", function))))
            sizes = [f"--set={letter}={size}" for letter, size in SIZES.items() if letter in letters]
            error = self.run("attn-run", path, f"--entry={name}", "--device=reference", "--random", *sizes)
            if error:
                return error
        return None


def sweep(tools, device, items):
    """Message by item, None where the device takes it: all in one module, less what the first error names."""
    left, refused = list(items), {}
    while left:
        texts = [probe.text(f"probe{n}", ELEMENT[device]) for n, probe in enumerate(left)]
        error = tools.try_on(device, "\n".join(texts))
        if not error:
            break
        line, message = error
        start, guilty = 1, None
        for probe, text in zip(left, texts):
            if start <= line < start + text.count("\n") + 1:
                guilty = probe
            start += text.count("\n") + 1
        if guilty is None:
            sys.exit(f"{device}: no place in: {message}")
        left.remove(guilty)
        refused[guilty] = message
    return [refused.get(item) for item in items]


def sweep_regions(tools, device, ops):
    left = list(ops)
    while True:
        text = probes.Regions(left).text("probe", ELEMENT[device])
        error = tools.try_on(device, text)
        if not error:
            return left
        guilty = next((op for op in left if f"'{op}'" in error[1]), None)
        if guilty is None:
            sys.exit(f"{device}: no op in: {error[1]}")
        left.remove(guilty)


def read_ops(path, pattern):
    return re.findall(pattern, path.read_text())


def listed(path, name):
    text = re.search(rf"{name}\[\] = {{(.*?)}};", path.read_text(), re.S)
    return re.findall(r'"(\w+)"', text[1])


def brief(message):
    """Without the op it stands on, and without the list of what is possible."""
    return re.sub(r"^'[\w.]+' op ", "", message).split("; supported are")[0].replace("|", "\\|")


def feature_rows(tools, attn):
    masks = [name for file in ("MaskOps.td", "NeighborhoodOp.td", "MaskPatternOps.td")
             for name in read_ops(attn / file, r'(?m)^def Attn_Mask\w+Op : \w+<"(?:mask\.)?(\w+)"')]
    items = [*probes.masks(masks),
             *probes.folds(), *probes.layouts(), *probes.lengths(read_ops(attn / "LengthsOps.td", r'(?m)^def Attn_\w+Op : \w+<"(?:lengths\.)?(\w+)"')),
             *probes.table_types(), *probes.types(), *probes.sizes()]
    columns = [sweep(tools, device, items) for device in DEVICES]
    notes, lines, family = {}, [], None
    for item, *messages in zip(items, *columns):
        cells = []
        for message in messages:
            number = notes.setdefault(brief(message), len(notes) + 1) if message else 0
            cells.append(f"no ({number})" if message else "yes")
        lines.append(f"| {'' if item.family == family else item.family} | {item.title} | {' | '.join(cells)} |")
        family = item.family
    return lines, [f"{number}. {message}" for message, number in notes.items()]


def region_lines(tools, legality):
    ops = [f"arith.{n}" for n in listed(legality, "kArithOps")] + [f"math.{n}" for n in listed(legality, "kMathOps")]
    ops += ["scf.if", "attn.length"]
    upstream = [f"{dialect}.{name}" for dialect, file in (("arith", "Arith/IR/ArithOps.td"), ("math", "Math/IR/MathOps.td"))
                for name in read_ops(UPSTREAM / file, rf'def {dialect.title()}_\w+Op\s*:[^"]*?"(\w+)"')]
    columns = {device: sweep_regions(tools, device, ops) for device in DEVICES}
    everywhere = [op for op in ops if all(op in column for column in columns.values())]
    yield "* On every device: " + ", ".join(f"`{op}`" for op in everywhere) + ", `attn.read`."
    for device, column in columns.items():
        missing = [op for op in ops if op not in column]
        if missing:
            yield f"* Not on {device}: " + ", ".join(f"`{op}`" for op in missing) + "."
    other = [op for op in upstream if op not in ops]
    yield "* Legal in the language, on neither cpu nor sm_90a: " + ", ".join(f"`{op}`" for op in other) + "."


def limits(tools):
    for target in DEVICES[1:]:
        source = tools.work / "limits.mlir"
        source.write_text(probes.Probe("", "").text("main", ELEMENT[target]))
        result = subprocess.run([tools.folder / "attnc", source, "--emit=tiles", f"--target={target}"],
                                text=True, capture_output=True, check=True)
        found = re.search(r"#attn.target<\"[\w]+\", {(.*?)}>", result.stdout)
        yield f"* {target}: " + ", ".join(f"`{name}` {value}" for name, value in re.findall(r"(\w+) = (\d+)", found[1])) + "."


def wrap(line, width=118):
    words, lines = line.split(" "), [""]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append(" ")
        lines[-1] += (" " if lines[-1].strip() or lines[-1] == " " else "") + word
    return lines


PAGE = """# Supported, and not yet

Every line is a small program that a device took or refused when this page was written. Written by
`tools/dev/write_support.py`, not by hand; `test/Docs/support.test` compares. What was made for `sm_90a` is what devices
`sim` and `cuda` run.

| family | feature | reference | cpu | sm_90a |
|---|---|---|---|---|
@features@

What the refusals say:

@notes@

## Ops in score and mask regions

@regions@

## Limits of targets

Data of the compiler (`passes/lib/Target.cpp`), in elements, bytes and registers:

@limits@
"""


def write(root, folder, work):
    tools = Tools(folder, work)
    features, notes = feature_rows(tools, root / "dialect/include/attn/dialect/Attn")
    parts = {"features": features, "notes": notes,
             "regions": sum((wrap(line) for line in region_lines(tools, root / "codegen/lib/Kernel/RegionLegality.cpp")), []),
             "limits": sum((wrap(line) for line in limits(tools)), [])}
    return re.sub(r"@(\w+)@", lambda m: "\n".join(parts[m[1]]), PAGE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--root", "--bin", "--work"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    path = args.root / "codegen" / "SUPPORT.md"
    try:
        text = write(args.root, args.bin.resolve(), args.work)
    except probes.Cannot as error:
        sys.exit(f"{error}; add one to tools/dev/support_probes.py")
    return generated_page.settle(path, text, args.check, "what the devices take", "write_support.py")


if __name__ == "__main__":
    sys.exit(main())
