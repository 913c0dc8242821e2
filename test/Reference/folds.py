"""Programs with several streams, states, sinks, head maps and lengths on the device `reference`,
compared with naive.py.

Usage: folds.py FOLDER. One line per case; exits 1 if one differs by more than the rounding of its
result type, or if a row is written that does not exist.
"""
import os
import re
import subprocess
import sys

import numpy as np

import naive
from cases import ROUNDING, differs
from naive import Stream, cut

LETTERS = {"q": "B,Hq,Lq,D", "k": "B,Hk,Lk,D", "v": "B,Hk,Lk,Dv", "k2": "B,Hm,Lm,D",
           "v2": "B,Hm,Lm,Dv", "sink": "Hq", "n": "B", "nk": "B", "o": "N", "ok": "N",
           "s": "B,Hq,Lq,Dv", "x": "B,Hq,Lq", "m": "B,Hq,Lq", "l": "B,Hq,Lq",
           "acc": "B,Hq,Lq,Dv", "s2": "B,Hq,Lq,Dv", "x2": "B,Hq,Lq",
           "pq": "Hq,T,D", "pk": "Hk,U,D", "pv": "Hk,U,Dv", "ps": "Hq,T,Dv", "px": "Hq,T"}
STATIC = ("D", "Dv", "Hq", "Hk", "Hm")
MLIR = {"float32": "f32", "float16": "f16", "int32": "i32"}
DV, D = 3, 7
VECTORS = "out", "o1", "acc_"


def draw(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def keys(seed, heads, tokens, batches=(2,), most=1.0):
    return draw(seed, *batches, heads, tokens, D) * np.float32(most), \
        draw(seed + 1, *batches, heads, tokens, DV)


def causal(b, h, i, j, lq, lk):
    return j <= i + lk - lq


def i32(*numbers):
    return np.array(numbers, np.int32)


class Case:
    """arrays: of the arguments; body: MLIR with %argument values and types !argument; results: names
    and letters; expect(arrays): of each result its sequences."""

    def __init__(self, name, arrays, body, results, expect, form=None, table=None, dtype="f32"):
        self.name, self.arrays, self.body, self.expect = name, arrays, body, expect
        self.results, self.form, self.table, self.dtype = results, form, table, dtype

    def type_of(self, name):
        letters = LETTERS[name].split(",")
        array = self.arrays[name]
        element = MLIR[array.dtype.name]
        if element == "f32" and letters[-1] in ("D", "Dv") and name not in ("acc",):
            element = self.dtype
        sizes = [str(n) if x in STATIC else "?" for x, n in zip(letters, array.shape)]
        return "tensor<" + "x".join(sizes + [element]) + ">"

    def text(self):
        arguments, body = [], self.body
        for name in self.arrays:
            shape = ", ".join(f'"{x}"' for x in LETTERS[name].split(","))
            arguments.append(f'%{name}: {self.type_of(name)} '
                             f'{{attn.name = "{name}", attn.shape = [{shape}]}}')
        heads = next(iter(self.arrays.values())).shape[0 if self.form == "packed" else 1]
        rows = f"{heads}x?" if self.form == "packed" else f"?x{heads}x?"
        types = {"!num": f"tensor<{rows}xf32>", "!acc_": f"tensor<{rows}x{DV}xf32>",
                 "!out": f"tensor<{rows}x{DV}x{self.dtype}>"}
        types.update({"!" + name: self.type_of(name) for name in self.arrays})
        kind = {name: types["!acc_" if name == "acc_" else "!out" if name in ("out", "o1") else
                            "!num"] for name in self.results}
        for name in sorted(types, key=len, reverse=True):
            body = body.replace(name, types[name])
        result = ", ".join(f'{kind[n]} {{attn.name = "{n}"}}' for n in self.results)
        returned = ", ".join("%" + n for n in self.results)
        return (f"func.func @main({', '.join(arguments)}) -> ({result}) {{\n{body}\n"
                f"  return {returned} : {', '.join(kind[n] for n in self.results)}\n}}\n")


def run(case, folder):
    base = os.path.join(folder, case.name)
    with open(base + ".mlir", "w") as file:
        file.write(case.text())
    command = ["attn-run", base + ".mlir", "--device=reference"]
    for name, values in case.arrays.items():
        np.save(f"{base}.{name}.npy", values)
        command.append(f"--in={name}={base}.{name}.npy")
    command += [f"--out={name}={base}.{name}.out.npy" for name in case.results]
    checked = subprocess.run(command + ["--against=reference"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return {name: np.load(f"{base}.{name}.out.npy") for name in case.results}, checked


def compare(case, found, checked):
    """Texts of what differs, by result. `checked` is what --against printed."""
    with np.errstate(all="ignore"):
        expected = case.expect(case.arrays)
    for name in case.results:
        rounding = ROUNDING[case.dtype if name in ("out", "o1") else "f32"]
        array = np.array(found[name])
        sequences = cut(array, case.form, case.table)
        texts = [differs(f, e, rounding) for f, e in zip(sequences, expected[name])]
        text = next((f"sequence {b}: {t}" for b, t in enumerate(texts) if t), None)
        for sequence in sequences:
            sequence[...] = np.nan
        if text is None and not np.isnan(array).all():
            text = "a row that does not exist was written"
        rows = sum(s[..., 0].size if name in VECTORS else s.size for s in sequences)
        if not re.search(rf" {name}: max error/bound .*\({rows} rows, all\)", checked):
            text = text or f"expected a check of {rows} rows, not {checked}"
        yield name, text


def cases():
    from foldcases import CASES
    return CASES


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    misses = 0
    for case in cases():
        for name, text in compare(case, *run(case, sys.argv[1])):
            misses += text is not None
            print(f"{case.name} {name}: {text or 'agrees'}")
    print(f"{len(cases())} programs, {misses} results differ")
    return misses > 0


if __name__ == "__main__":
    sys.exit(main())
