"""Reads the disassembly of a kernel of variant amx (llvm-objdump -d) and prints, for
every innermost loop with products of tiles and weights, what lies between the products.
Exits with 1 where tile units would wait: see LIMITS.

usage: amx_code.py FILE [instructions in a row, at most]
"""

import re
import sys

SPILL = re.compile(r"%zmm\d+, -?(0x)?[0-9a-f]*\(%rsp")
LINE = re.compile(r"\s+([0-9a-f]+):\s+(\S+)\s*(.*)")
# A processor looks about 100 instructions ahead, a pair of keys takes 50 to 90 without a score.
LIMITS = {"products in a row": 4, "instructions in a row": 180, "vectors spilled": 0}


def read_functions(path):
    """Instructions (address, name, operands) of every function."""
    functions = {}
    for line in open(path):
        if line.startswith("0"):
            body = functions.setdefault(line.split()[1].strip("<>:"), [])
        elif match := LINE.match(line):
            body.append((int(match[1], 16), match[2], match[3]))
    return functions


def find_loops(body):
    """Innermost loops: from the target of a jump backwards to the jump."""
    places = {address: i for i, (address, _, _) in enumerate(body)}
    loops = []
    for i, (address, name, operands) in enumerate(body):
        target = re.match(r"0x([0-9a-f]+)", operands)
        if not (name.startswith("j") and target):
            continue
        first = places.get(int(target[1], 16), i + 1)
        if first <= i:
            loops.append((first, i))
    return [
        body[a : b + 1]
        for a, b in loops
        if not any((c, d) != (a, b) and a <= c and d <= b for c, d in loops)
    ]


def longest(names, is_counted, ends):
    best = count = 0
    for name in names:
        count = 0 if ends(name) else count + is_counted(name)
        best = max(best, count)
    return best


def measure(loop):
    names = [name for _, name, _ in loop]
    is_product = lambda name: name == "tdpbf16ps"
    is_weight = lambda name: name == "vscalefps"
    is_tile = lambda name: name.startswith("t")
    return {
        "products": sum(map(is_product, names)),
        "tile loads": sum(name.startswith("tileload") for name in names),
        # Two vectors of 16 queries: the first key of a pair goes to the lower halves.
        "pairs of keys": names.count("vpsrld") // 2,
        "products in a row": longest(names, is_product, is_weight),
        "instructions in a row": longest(names, lambda name: True, is_tile),
        # What does not change in the loop may be an operand there.
        "vectors spilled": sum(bool(SPILL.search(text)) for _, _, text in loop),
    }


def main(path, most=None):
    is_good = True
    limits = LIMITS | ({"instructions in a row": int(most)} if most else {})
    for function, body in read_functions(path).items():
        for loop in find_loops(body):
            numbers = measure(loop)
            if not (numbers["products"] and numbers["pairs of keys"]):
                continue
            print(function + ": " + ", ".join(f"{key} {value}" for key, value in numbers.items()))
            for key, limit in limits.items():
                if numbers[key] > limit:
                    print(f"{key}: {numbers[key]}, expected at most {limit}")
                    is_good = False
    return 0 if is_good else 1


sys.exit(main(*sys.argv[1:]))
