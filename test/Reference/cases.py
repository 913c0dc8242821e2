"""Runs programs on the device `reference` and compares with naive.py.

Usage: cases.py FOLDER. One line per case; exits 1 if one differs by more than the
rounding of its result type.
"""
import math
import os
import subprocess
import sys

import numpy as np

import naive

ROUNDING = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}


class Case:
    """A program: its text is built from parts, its meaning from Python functions."""

    def __init__(self, name, dtype="f32", sizes=(2, 4, 2, 5, 9, 7, 3), mask="", seen=None,
                 scale=None, region="", captures="", score=None, tables=None, change=None):
        self.name, self.dtype, self.sizes, self.scale = name, dtype, sizes, scale
        self.mask, self.seen = mask, seen or (lambda t, b, h, i, j, p: True)
        self.region, self.captures = region, captures
        self.score = score or (lambda t, x, b, h, i, j: x)
        self.tables, self.change = tables or {}, change

    def types(self):
        _, hq, hk, _, _, d, dv = self.sizes
        shape = lambda heads, size: f"tensor<?x{heads}x?x{size}x{self.dtype}>"
        return shape(hq, d), shape(hk, d), shape(hk, dv), shape(hq, dv)

    def text(self):
        q, k, v, o = self.types()
        letters = lambda *names: "[" + ", ".join(f'"{n}"' for n in names) + "]"
        arguments = [
            f'%q: {q} {{attn.name = "q", attn.shape = {letters("B", "Hq", "Lq", "D")}}}',
            f'%k: {k} {{attn.name = "k", attn.shape = {letters("B", "Hk", "Lk", "D")}}}',
            f'%v: {v} {{attn.name = "v", attn.shape = {letters("B", "Hk", "Lk", "Dv")}}}']
        for table, (kind, shape, _) in self.tables.items():
            arguments.append(f'%{table}: {kind} {{attn.name = "{table}", '
                             f'attn.shape = {letters(*shape)}}}')
        lse = f"tensor<?x{self.sizes[1]}x?xf32>"
        scale = "" if self.scale is None else f" scale({self.scale})"
        score = f" score{self.captures} {{\n{self.region}\n}}" if self.region else ""
        return f"""func.func @main({", ".join(arguments)})
    -> ({o} {{attn.name = "o"}}, {lse} {{attn.name = "lse"}}) {{
  {self.mask}
  %s = attn.stream %k, %v{" mask %m" if self.mask else ""} : {k}, {v}
  %o, %lse = attn.attend %q over %s{scale}{score} : {q} -> {o}, {lse}
  return %o, %lse : {o}, {lse}
}}
"""

    def inputs(self):
        b, hq, hk, lq, lk, d, dv = self.sizes
        random = np.random.default_rng(7)
        draw = lambda *shape: naive.ROUND[self.dtype](random.standard_normal(shape))
        arrays = {"q": draw(b, hq, lq, d), "k": draw(b, hk, lk, d), "v": draw(b, hk, lk, dv)}
        for table, (_, _, values) in self.tables.items():
            arrays[table] = values
        if self.change:
            self.change(arrays)
        return arrays

    def expected(self, arrays):
        lq, lk = self.sizes[3:5]
        return naive.attention(
            arrays["q"], arrays["k"], arrays["v"],
            lambda b, h, i, j: self.seen(arrays, b, h, i, j, i + lk - lq),
            lambda x, b, h, i, j: self.score(arrays, x, b, h, i, j), self.scale)


def region(body, captures=""):
    header = "^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index" + captures + "):"
    return header + "\n" + body + "\n  attn.yield %y : f32"


def draw(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def ids(seed, *shape, most=3):
    return np.random.default_rng(seed).integers(0, most, shape).astype(np.int32)


CAUSAL = "%m = attn.mask.causal"
DOCUMENT = "attn.mask.document %a, %c : tensor<?x?xi32>, tensor<?x?xi32>"
TABLES = {"a": ("tensor<?x?xi32>", ("B", "Lq"), ids(1, 2, 5)),
          "c": ("tensor<?x?xi32>", ("B", "Lk"), ids(2, 2, 9))}
NESTED = f"""%w = attn.mask.window left(3)
  %d = {DOCUMENT}
  %n = attn.mask.not %d
  %cause = attn.mask.causal offset(-1)
  %either = attn.mask.or %n, %cause, %w
  %edge = attn.mask.window right(2)
  %m = attn.mask.and %either, %edge"""


def nested(t, b, h, i, j, p):
    return (t["a"][b, i] != t["c"][b, j] or j <= p - 1 or j >= p - 3) and j <= p + 2


def poison(**rows):
    def change(arrays):
        for name, (index, value) in rows.items():
            arrays[name][index] = value
    return change


ALIBI = region("""  %slope = attn.read %t_[%h] : tensor<4xf32>
  %d = arith.subi %j, %i : index
  %d32 = arith.index_cast %d : index to i32
  %f = arith.sitofp %d32 : i32 to f32
  %bias = arith.mulf %slope, %f : f32
  %y = arith.addf %x, %bias : f32""", ", %t_: tensor<4xf32>")
CAP = region("""  %c = arith.constant 2.0 : f32
  %0 = arith.divf %x, %c : f32
  %1 = math.tanh %0 : f32
  %y = arith.mulf %1, %c : f32""")
BRANCH = region("""  %u = attn.read %qt_[%b, %i] : tensor<?x?xi32>
  %w = attn.read %kt_[%b, %j] : tensor<?x?xi32>
  %same = arith.cmpi eq, %u, %w : i32
  %far = arith.constant 0xFF800000 : f32
  %y = scf.if %same -> f32 {
    %1 = attn.length keys
    %2 = arith.divui %j, %1 : index
    %3 = arith.index_cast %2 : index to i64
    %4 = arith.uitofp %3 : i64 to f32
    %5 = arith.addf %x, %4 : f32
    scf.yield %5 : f32
  } else {
    scf.yield %far : f32
  }""", ", %qt_: tensor<?x?xi32>, %kt_: tensor<?x?xi32>")
INTEGERS = region("""  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : i8
  %0 = arith.muli %i, %c3 : index
  %1 = arith.subi %j, %0 : index
  %2 = arith.floordivsi %1, %c3 : index
  %3 = arith.remsi %1, %c3 : index
  %4 = arith.shli %2, %c3 : index
  %5 = arith.xori %4, %3 : index
  %6 = arith.index_cast %5 : index to i8
  %7 = arith.maxsi %6, %c4 : i8
  %8 = arith.sitofp %7 : i8 to f32
  %c100 = arith.constant 0.01 : f32
  %9 = arith.mulf %8, %c100 : f32
  %y = arith.subf %x, %9 : f32""")
RELATIVE = region("""  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %0 = arith.subi %j, %i : index
  %1 = arith.maxsi %0, %c0 : index
  %2 = arith.minsi %1, %c5 : index
  %3 = attn.read %t_[%h, %2] : tensor<4x6xbf16>
  %4 = arith.extf %3 : bf16 to f32
  %5 = math.exp %4 : f32
  %y = arith.addf %x, %5 : f32""", ", %t_: tensor<4x6xbf16>")


BITS = region("""  %c1 = arith.constant 1 : i32
  %c200 = arith.constant 200 : i32
  %m5 = arith.constant -5 : i32
  %i32 = arith.index_cast %i : index to i32
  %j32 = arith.index_cast %j : index to i32
  %0 = arith.subi %j32, %i32 : i32
  %1 = arith.muli %0, %c200 : i32
  %2 = arith.trunci %1 : i32 to i8
  %3 = arith.extui %2 : i8 to i32
  %4 = arith.extsi %2 : i8 to i32
  %5 = arith.ceildivsi %4, %m5 : i32
  %6 = arith.shrui %4, %c1 : i32
  %7 = arith.shrsi %4, %c1 : i32
  %8 = math.ctlz %3 : i32
  %9 = math.ctpop %2 : i8
  %10 = arith.extui %9 : i8 to i32
  %low, %high = arith.mulsi_extended %6, %m5 : i32
  %11 = arith.minui %4, %c200 : i32
  %12 = arith.remsi %4, %m5 : i32
  %f = arith.uitofp %2 : i8 to f32
  %13 = arith.bitcast %f : f32 to i32
  %14 = arith.shrui %13, %c200s : i32
  %15 = arith.addi %3, %5 : i32
  %16 = arith.addi %15, %7 : i32
  %17 = arith.addi %16, %8 : i32
  %18 = arith.addi %17, %10 : i32
  %19 = arith.addi %18, %high : i32
  %20 = arith.addi %19, %11 : i32
  %21 = arith.addi %20, %12 : i32
  %22 = arith.addi %21, %14 : i32
  %23 = arith.sitofp %22 : i32 to f32
  %small = arith.constant 0.001 : f32
  %24 = arith.mulf %23, %small : f32
  %y = arith.addf %x, %24 : f32""".replace("%c200s", "%c23").replace(
    "  %m5 =", "  %c23 = arith.constant 23 : i32\n  %m5 =", 1))


def bits(t, x, b, h, i, j):
    word = lambda n: n % 2**32
    signed = lambda n, width: (n + 2**(width - 1)) % 2**width - 2**(width - 1)
    byte = signed((j - i) * 200, 8)
    unsigned = byte % 256
    total = unsigned
    total += -(byte // 5)  # ceil(byte / -5)
    total += byte >> 1
    total += 32 - unsigned.bit_length()
    total += bin(unsigned).count("1")
    total += (signed(word(byte) >> 1, 32) * -5) >> 32
    total += min(word(byte), 200)
    total += int(math.fmod(byte, 5))
    total += int(np.float32(unsigned).view(np.uint32)) >> 23
    return x + signed(total, 32) * np.float64(np.float32(0.001))


def integers(t, x, b, h, i, j):
    d = j - 3 * i
    v = ((d // 3) << 3) ^ int(math.fmod(d, 3))
    v = (v + 128) % 256 - 128
    return x - max(v, 4) * np.float64(np.float32(0.01))


def branch(t, x, b, h, i, j):
    return x + j // 9 if t["qt"][b, i] == t["kt"][b, j] else -np.inf


PAIR = " (%{0}, %{1} : {2}, {2})"
CASES = [
    Case("full"),
    Case("scaled", scale=0.3),
    Case("causal", mask=CAUSAL, seen=lambda t, b, h, i, j, p: j <= p),
    Case("causal-empty-rows", mask=CAUSAL, sizes=(1, 2, 1, 9, 4, 5, 6),
         seen=lambda t, b, h, i, j, p: j <= p),
    Case("causal-right", mask="%m = attn.mask.causal offset(3)",
         seen=lambda t, b, h, i, j, p: j <= p + 3),
    Case("causal-left", mask="%m = attn.mask.causal offset(-5)",
         seen=lambda t, b, h, i, j, p: j <= p - 5),
    Case("window", mask="%m = attn.mask.window left(2) right(1)",
         seen=lambda t, b, h, i, j, p: p - 2 <= j <= p + 1),
    Case("window-right", mask="%m = attn.mask.window right(0)",
         seen=lambda t, b, h, i, j, p: j <= p),
    Case("window-outside", sizes=(1, 2, 2, 9, 4, 5, 6), mask="%m = attn.mask.window left(0)",
         seen=lambda t, b, h, i, j, p: j >= p),
    Case("document", mask="%m = " + DOCUMENT, tables=TABLES,
         seen=lambda t, b, h, i, j, p: t["a"][b, i] == t["c"][b, j]),
    Case("nested", mask=NESTED, tables=TABLES, seen=nested),
    Case("bf16", dtype="bf16", mask=CAUSAL, seen=lambda t, b, h, i, j, p: j <= p),
    Case("f16", dtype="f16", mask=CAUSAL, seen=lambda t, b, h, i, j, p: j <= p),
    Case("one-key", sizes=(1, 1, 1, 1, 1, 1, 1)),
    Case("no-keys", sizes=(1, 2, 1, 3, 0, 4, 5)),
    Case("no-queries", sizes=(1, 2, 1, 0, 3, 4, 5)),
    Case("alibi", captures="(%t : tensor<4xf32>)", region=ALIBI,
         tables={"t": ("tensor<4xf32>", ("Hq",), draw(3, 4))},
         score=lambda t, x, b, h, i, j: x + np.float64(t["t"][h]) * (j - i)),
    Case("cap", region=CAP, score=lambda t, x, b, h, i, j: 2 * np.tanh(x / 2)),
    Case("branch", captures=PAIR.format("qt", "kt", "tensor<?x?xi32>"), region=BRANCH,
         tables={"qt": ("tensor<?x?xi32>", ("B", "Lq"), ids(5, 2, 5)),
                 "kt": ("tensor<?x?xi32>", ("B", "Lk"), ids(6, 2, 9))}, score=branch),
    Case("integers", region=INTEGERS, score=integers),
    Case("bits", region=BITS, score=bits),
    Case("relative", captures="(%t : tensor<4x6xbf16>)", region=RELATIVE,
         tables={"t": ("tensor<4x6xbf16>", ("Hq", "R"), naive.bf16(draw(9, 4, 6)))},
         score=lambda t, x, b, h, i, j:
         x + np.exp(np.float64(t["t"][h, min(max(j - i, 0), 5)]))),
    Case("large", change=lambda t: t.update(q=t["q"] * np.float32(1e4))),
    Case("nan-q", change=poison(q=((1, 2, 3, 4), np.nan))),
    Case("nan-visible-k", mask=CAUSAL, seen=lambda t, b, h, i, j, p: j <= p,
         change=poison(k=((0, 1, 7, 0), np.nan))),
    Case("nan-visible-v", mask=CAUSAL, seen=lambda t, b, h, i, j, p: j <= p,
         change=poison(v=((0, 1, 7, 0), np.nan))),
    Case("masked-k", mask="%m = attn.mask.window left(1) right(0)",
         seen=lambda t, b, h, i, j, p: p - 1 <= j <= p,
         change=poison(k=((slice(None), slice(None), slice(0, 3)), np.nan))),
    Case("plus-inf", change=lambda t: (poison(k=((0, 1, 7), 0))(t),
                                       poison(k=((0, 1, 7, 0), np.inf))(t))),
    Case("minus-inf", scale=1.0, sizes=(1, 1, 1, 2, 3, 1, 2),
         change=lambda t: (poison(q=(slice(None), 1))(t), poison(k=((0, 0, 1), -np.inf))(t))),
]


def run(case, folder):
    base = os.path.join(folder, case.name)
    arrays = case.inputs()
    with open(base + ".mlir", "w") as file:
        file.write(case.text())
    command = ["attn-run", base + ".mlir", "--device=reference",
               f"--out=o={base}.o.npy", f"--out=lse={base}.lse.npy"]
    for name, values in arrays.items():
        np.save(f"{base}.{name}.npy", values)
        command.append(f"--in={name}={base}.{name}.npy")
    subprocess.run(command, check=True)
    return arrays, np.load(base + ".o.npy"), np.load(base + ".lse.npy")


def differs(found, expected, rounding):
    found = np.asarray(found, np.float64)
    if found.shape != expected.shape:
        return f"shape {found.shape}, expected {expected.shape}"
    with np.errstate(invalid="ignore"):
        close = np.abs(found - expected) <= rounding * np.abs(expected) + 1e-13
    good = close | (found == expected) | (np.isnan(found) & np.isnan(expected))
    if good.all():
        return None
    index = tuple(int(n) for n in np.argwhere(~good)[0])
    return f"{found[index]} at {list(index)}, expected {expected[index]}"


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    misses = 0
    for case in CASES:
        arrays, out, lse = run(case, sys.argv[1])
        with np.errstate(invalid="ignore", over="ignore"):
            exact, exact_lse = case.expected(arrays)
        for name, text in (("o", differs(out, exact, ROUNDING[case.dtype])),
                           ("lse", differs(lse, exact_lse, ROUNDING["f32"]))):
            misses += text is not None
            print(f"{case.name} {name}: {text or 'agrees'}")
    print(f"{len(CASES)} programs, {misses} results differ")
    return misses > 0


if __name__ == "__main__":
    sys.exit(main())
