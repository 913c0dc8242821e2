"""Breaks a kernel of stage lowlevel in one place at a time: every wgmma fence, commit and wait is left out,
every wait leaves one group more in flight or forgets A's registers. Each break must be an error of
attn-verify-lowlevel, and the kernel as it is must have none.

usage: mutate.py KERNEL.mlir
"""
import re
import subprocess
import sys

with open(sys.argv[1]) as file:
    KERNEL = file.read().split("\n")
RESULT = r"\s*(%\d+)(?::\d+)? = attn_nvvm\."


def operands(text):
    """%0, %1#2 in: %0, %1#2 : type, type"""
    return re.findall(r"%\d+(?:#\d+)?", text)


def bypass(number, values):
    """Without line `number`, whose results become `values`."""
    name = re.match(RESULT, KERNEL[number])[1]
    names = {name: values[0]} if len(values) == 1 else {f"{name}#{i}": v for i, v in enumerate(values)}
    pattern = re.compile("|".join(re.escape(n) + r"(?![\w#])" for n in sorted(names, key=len, reverse=True)))
    rest = KERNEL[:number] + KERNEL[number + 1:]
    return [pattern.sub(lambda m: names[m[0]], line) for line in rest]


def replace(number, line):
    return KERNEL[:number] + [line] + KERNEL[number + 1:]


def mutants():
    for number, line in enumerate(KERNEL):
        if "nvvm.wgmma.fence.aligned" in line or "nvvm.wgmma.commit.group" in line:
            yield number, "left out", replace(number, "")
        if wait := re.match(RESULT + r"wgmma_wait (\d) accs\((.*?) : ", line):
            pending = int(wait[2])
            yield number, "left out", bypass(number, operands(wait[3]))
            yield number, "waits for less", replace(
                number, line.replace(f"wait {pending} ", f"wait {pending + 1} ", 1))
            if " kept(" in line:
                yield number, "keeps nothing", replace(number, re.sub(r" kept\([^)]*\)", "", line))
        if fence := re.match(RESULT + r"wgmma_fence accs\((.*?) : .*? fragments\((.*?) : ", line):
            yield number, "left out", bypass(number, operands(fence[2]) + operands(fence[3]))


def find_errors(lines):
    result = subprocess.run(["attn-opt", "--attn-verify-lowlevel", "-o", "/dev/null"], input="\n".join(lines),
                            text=True, capture_output=True)
    return re.findall(r": error: (.*)", result.stderr), result.returncode


errors, code = find_errors(KERNEL)
assert not errors and code == 0, errors
count = missed = 0
for number, what, lines in mutants():
    errors, code = find_errors(lines)
    count += 1
    # An error of the rules, not of the parser.
    if code == 0 or not any(re.match(r"'\S+' op .*(product|accumulator|fence)", error) for error in errors):
        missed += 1
        print(f"not found: line {number + 1}, {what}: {KERNEL[number][:80]} {errors[:1]}")
print(f"{count} mutants, {missed} not found")
