#!/usr/bin/env python3
"""Checks that a name leads to its places. Run by test/Docs/names.test.

  1. A pass `attn-do-x` is the class DoX in one DoX.cpp under lib/, has a test
     do-x.mlir, and a row in the README of its top-level folder.
  2. An op stands in an ops.mlir; one with a verifier stands in an invalid.mlir too.
  3. A rule (Cn) of an op's description, or (name-Cn) of a dialect's, is `op-Cn` in a
     .cpp and a case `@op_cn` of an invalid.mlir, and no such mark exists without its
     rule.
  4. No file name has a word that says nothing (utils, helper, misc, ...).
  5. No source file is longer than 600 lines.
  6. The top level holds the fixed names only.

Ops and passes come from the .td files themselves, through llvm-tblgen.

usage: check_names.py --root <source> [--tblgen llvm-tblgen]
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

TOP = {"dialect", "passes", "codegen", "runtime", "tools", "test",
       "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE"}
FORBIDDEN = {"util", "utils", "helper", "helpers", "misc", "common", "new", "v2",
             "experimental", "uncategorized"}
SOURCES = {".cpp", ".h", ".c", ".td", ".py", ".sh", ".cmake", ".mlir", ".test"}
MOST_LINES = 600
LLVM_INCLUDE = "/usr/lib/llvm-22/include"


def files(root):
    """Every file of the project: what git tracks or would track, else all but build."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"],
                            text=True, capture_output=True)
    if listed.returncode == 0:
        paths = listed.stdout.split("\n")
    else:
        paths = [str(p.relative_to(root)) for p in root.rglob("*") if not p.relative_to(root).parts[0].startswith(("build", ".git/"))]
    return [pathlib.Path(p) for p in paths if p and (root / p).is_file()]


def records(root, tblgen, td):
    command = [tblgen, "--dump-json", f"-I{LLVM_INCLUDE}", str(root / td)]
    command += [f"-I{root / folder / 'include'}" for folder in ("dialect", "passes", "codegen")]
    return json.loads(subprocess.run(command, text=True, capture_output=True, check=True).stdout)


class Names:
    def __init__(self, root, tblgen):
        self.root, self.tblgen, self.problems = root, tblgen, []
        self.paths = files(root)
        self.ops, self.passes = {}, {}  # full name -> record; argument -> (folder, record)
        self.rules = {}  # rule -> what it belongs to
        self.read_tablegen()

    def problem(self, text):
        self.problems.append(text)

    def text(self, condition):
        return "\n".join((self.root / p).read_text(errors="replace") for p in self.paths if condition(p))

    def read_tablegen(self):
        for td in self.paths:
            if td.suffix != ".td" or td.parts[0] == "test":
                continue
            data = records(self.root, self.tblgen, td)
            for name in data["!instanceof"].get("Dialect", []):
                if data[name]["name"].startswith("attn"):
                    for rule in re.findall(r"\(([a-z_]+-C\d+)\)", data[name]["description"]):
                        self.rules[rule] = f"dialect {data[name]['name']}"
            for name in data["!instanceof"].get("Op", []):
                record = data[name]
                dialect = data[record["opDialect"]["def"]]["name"]
                if dialect.startswith("attn"):
                    self.ops[f"{dialect}.{record['opName']}"] = record
                    for number in re.findall(r"\(C(\d+)\)", record["description"]):
                        self.rules[f"{record['opName']}-C{number}"] = f"{dialect}.{record['opName']}"
            for name in data["!instanceof"].get("PassBase", []):
                self.passes[data[name]["argument"]] = (td.parts[0], data[name])

    def check_passes(self):
        for argument, (folder, record) in self.passes.items():
            kind = record["!name"]
            kebab = "attn-" + re.sub(r"(?<!^)(?=[A-Z])", "-", kind).lower()
            if argument != kebab:
                self.problem(f"pass {kind}: its argument is '{argument}', expected '{kebab}'")
            stem = argument.removeprefix("attn-")
            sources = [p for p in self.paths if p.name == f"{kind}.cpp" and p.parts[:2] == (folder, "lib")]
            if len(sources) != 1:
                self.problem(f"pass {argument}: found {len(sources)} files {kind}.cpp under {folder}/lib, expected 1")
            if not any(p.name == f"{stem}.mlir" and p.parts[0] == "test" for p in self.paths):
                self.problem(f"pass {argument}: found no test {stem}.mlir under test")
            readme = self.text(lambda p: p == pathlib.Path(folder, "README.md"))
            if not re.search(rf"(?m)^\|.*`-*{argument}`", readme):
                self.problem(f"pass {argument}: found no row with `{argument}` in {folder}/README.md")

    def check_ops(self):
        good = self.text(lambda p: p.name == "ops.mlir")
        invalid = self.text(lambda p: p.name == "invalid.mlir")
        for name, record in self.ops.items():
            mention = re.escape(name) + r"\b(?!\.)"
            if not re.search(mention, good):
                self.problem(f"op {name}: found in no ops.mlir")
            if record["hasVerifier"] and not re.search(mention, invalid):
                self.problem(f"op {name}: has a verifier but is in no invalid.mlir")
        code = self.text(lambda p: p.suffix == ".cpp" and p.parts[0] != "test")
        marks = set(re.findall(r"(?<![\w.])[a-z_.]+-C\d+", "\n".join(re.findall(r"//.*", code))))
        for rule, owner in self.rules.items():
            case = rule.replace(".", "_").replace("-", "_").lower()
            if rule not in marks:
                self.problem(f"rule {rule} of {owner}: is in no .cpp")
            if not re.search(rf"@{case}(?!\d)", invalid):
                self.problem(f"rule {rule} of {owner}: found no case @{case} in an invalid.mlir")
        for rule in sorted(marks - set(self.rules)):
            self.problem(f"rule {rule}: is in a .cpp but in no description")

    def check_files(self):
        for path in self.paths:
            stem = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", path.stem).lower()
            for word in FORBIDDEN & set(re.split(r"[^a-z0-9]+", stem)):
                self.problem(f"{path}: the name says '{word}'; name it by what it holds")
            if path.suffix in SOURCES:
                lines = (self.root / path).read_text(errors="replace").count("\n")
                if lines > MOST_LINES:
                    self.problem(f"{path}: {lines} lines, expected at most {MOST_LINES}; split it by subject")
        for name in sorted({p.parts[0] for p in self.paths} - TOP):
            if not name.startswith("."):
                self.problem(f"{name}: not one of the names of the top level")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--tblgen", default="llvm-tblgen")
    args = parser.parse_args()
    names = Names(args.root, args.tblgen)
    if not names.ops or not names.passes:
        names.problem(f"found {len(names.ops)} ops and {len(names.passes)} passes, expected some of both")
    names.check_passes()
    names.check_ops()
    names.check_files()
    print("\n".join(names.problems) or f"{len(names.ops)} ops, {len(names.passes)} passes, {len(names.paths)} files: names agree")
    return bool(names.problems)


if __name__ == "__main__":
    sys.exit(main())
