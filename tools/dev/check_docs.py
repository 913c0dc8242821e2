#!/usr/bin/env python3
"""Checks that the documents tell the truth. Run by test/Docs/docs.test.

  1. A ```mlir block that is a whole program (has a func.func) parses and verifies, or
     is quoted, white space and comments aside, from a test. Any other ```mlir block is
     quoted from a test.
  2. The "Before" of a pass, run through that pass, prints as its "After".
  3. A path in backticks that starts with a top-level folder exists.

Documents: README.md and every .md in the tree, and the generated ones given.

usage: check_docs.py --opt attn-opt --root <source> <generated.md>...
"""
import argparse
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"```mlir\n(.*?)```", re.S)
PATH = re.compile(r"`((?:dialect|passes|codegen|runtime|tools|test)/[\w./-]+)`")


def squeeze(text):
    return " ".join(re.sub(r"//[^\n]*", "", text).split())


def run(opt, ir, *flags):
    result = subprocess.run([opt, *flags], input=ir, text=True, capture_output=True)
    return result.stdout if result.returncode == 0 else "error: " + result.stderr.strip()


def check_pass(opt, name, before, after):
    expected = run(opt, after)
    printed = run(opt, before, "--" + name)
    if expected.startswith("error"):
        return f"'After' does not parse: {expected}"
    return None if printed == expected else f"'After' is not what the pass prints:\n{printed}"


def check_block(opt, block, tests):
    if any(squeeze(block) in test for test in tests):
        return None
    if "func.func" not in block:
        return f"example is in no test: {squeeze(block)[:60]}"
    printed = run(opt, block)
    return printed if printed.startswith("error") else None


def documents(root):
    """README.md and whatever else is written by hand, build folders left out."""
    for path in sorted(root.glob("**/*.md")):
        if not path.relative_to(root).parts[0].startswith(("build", ".")):
            yield path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opt", required=True)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("generated", nargs="+", type=pathlib.Path)
    args = parser.parse_args()

    tests = [squeeze(p.read_text()) for p in args.root.glob("test/**/*.mlir")]
    written, problems, blocks, paths = list(documents(args.root)), [], 0, 0
    if args.root / "README.md" not in written:
        problems.append("found no README.md")
    for document in [*written, *args.generated]:
        name = document.relative_to(args.root) if document in written else document.name
        text = document.read_text()
        for section in re.split(r"(?m)^#{2,3} ", text):
            title, found = section.split("\n")[0], BLOCK.findall(section)
            pass_name = re.match(r"`-([\w-]+)`", title)
            if pass_name and len(found) == 2:
                results = [check_pass(args.opt, pass_name[1], *found)]
            else:
                results = [check_block(args.opt, block, tests) for block in found]
            blocks += len(found)
            problems += [f"{name}: {title}: {result}" for result in results if result]
        for path in PATH.findall(text):
            paths += 1
            if not (args.root / path).exists():
                problems.append(f"{name}: no such path: {path}")
    print("\n".join(problems) or f"{blocks} examples and {paths} paths agree with the code")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
