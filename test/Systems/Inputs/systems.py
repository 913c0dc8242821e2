#!/usr/bin/env python3
"""A program against NumPy: on reference in f32, on each variant of the cpu in f32 and bf16, on sim in bf16.

usage: systems.py test/Systems/NAME.mlir --work=FOLDER

The mathematics stands here a second time, a matrix of logits per head in float64; values may
differ by the row bound of the project:

    |x - r| <= 2 |p - r| + c |r| + 2^-23 (1 + max |logit|) max |v|     (maxima over a row)

r: float64 on the rounded inputs. p: float32 with weights and output rounded once to the type. For
lse: 4 * 2^-23 (1 + max |logit| + max scale sum |q k|). Prints one line per failure and a count.
"""
import argparse
import inspect
import pathlib
import subprocess
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2]))

import grids
import masks
from each_cpu import environments
from masks import before, causal, distances, same, window

ROUNDING = {"f32": 2.0**-23, "bf16": 2.0**-8}
HEADS, HEAD_SIZE = 4, 64
TARGETS = {"f32": "cpu", "bf16": "cpu,sm_90a"}
DEVICES = (("reference", "f32"), ("cpu", "f32"), ("cpu", "bf16"), ("sim", "bf16"))


def bf16(x):
    """Rounds to bfloat16, ties to even."""
    bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16 << 16).astype(np.uint32).view(np.float32)


def by_head(rows):
    """[L, L, Hq] as the logits stand: [Hq, L, L]."""
    return np.moveaxis(rows, -1, 0)


def grown(distance, exact, buckets, farthest):
    """exact + floor((buckets - exact) ln(distance / exact) / ln(farthest / exact)) in integers.

    distance / exact >= (farthest / exact)^(n / steps), both sides to the power of steps.
    """
    steps, n = buckets - exact, 0
    while n < steps and distance**steps * exact**(n + 1) >= farthest**(n + 1) * exact**steps:
        n += 1
    return min(exact + n, buckets - 1)


def t5_bucket(relative, is_causal, buckets=32, farthest=128):
    """The bucket of a key at position of the query + relative, as the T5 paper's code has it."""
    first = 0
    if is_causal:
        distance = max(-relative, 0)
    else:
        buckets //= 2
        first, distance = (buckets if relative > 0 else 0), abs(relative)
    exact = buckets // 2
    return first + (distance if distance < exact else grown(distance, exact, buckets, farthest))


def t5(table, length, is_causal):
    relative = range(-length, length + 1)
    buckets = np.array([t5_bucket(r, is_causal) for r in relative])
    return by_head(table[buckets[distances(length) + length]])


def swin(table, size):
    """The index of the paper's code: coordinates, their differences, shifted, rows times columns."""
    y, x = np.divmod(np.arange(size * size), size)
    down = y[:, None] - y[None, :] + size - 1
    right = x[:, None] - x[None, :] + size - 1
    return by_head(table[down * (2 * size - 1) + right])


class System:
    """The mathematics of a program.

    logits(s, **tensors): of the scaled logits of one batch, [Hq, L, L]. visible(length, **tensors): bool, which
    broadcasts to [B, Hq, L, L]. tensors: name to draw(random, batch, length). heads: of q, of k and v.
    smaller: constants that are as large as the lengths here; all lengths but the last run with small ones instead,
    (text of the program, other text), ..., and `visible` gets the numbers by name. then: the mask of a second
    attention, in which the result of the first is q, k and v. by_position: a second attention to the same values has
    logits `pos` [Hq, L, L], and the sigmoid of `lam` [Hq] as its share. head_map: the key head of every query head.
    A length of several numbers, (H, W), is a grid of tokens; logits get it as `grid`. then_logits: as logits, of the
    second attention. Columns of `visible` behind the tokens are keys and values of zeros.
    """

    def __init__(self, logits=lambda s: s, visible=lambda length: np.True_, tensors={}, scale=HEAD_SIZE**-0.5,
                 lengths=(1, 67, 300), heads=(4, 4), smaller=(), numbers={}, then=None, then_logits=lambda s: s,
                 by_position=False, head_map=None):
        self.logits, self.visible, self.tensors = logits, visible, tensors
        self.scale, self.lengths, self.heads = scale, lengths, heads
        self.smaller, self.numbers, self.then = smaller, numbers, then
        self.by_position, self.head_map, self.then_logits = by_position, head_map, then_logits


def draw_prefix(random, batch, length):
    return random.integers(0, length + 1, batch).astype(np.int32)


def draw_documents(random, batch, length):
    """Ids from 0 on, of documents of any length."""
    return np.cumsum(random.random((batch, length)) < 0.03, axis=1).astype(np.int32)


def normal(*shape):
    return lambda random, batch, length: random.standard_normal(shape, np.float32)


def line(s, slopes):
    """s + slope * (j - i), a slope per head."""
    return s + slopes.astype(s.dtype)[:, None, None] * distances(s.shape[-1])


def clamped(s, table, most=32):
    return s + by_head(table[np.clip(distances(s.shape[-1]), -most, most) + most])


def alibi_slopes(random, batch, length):
    return np.float32(2.0) ** (-8 * np.arange(1, HEADS + 1, dtype=np.float32) / HEADS)


def retention(random, batch, length):
    return 1 - np.float32(2.0) ** -np.arange(5, 5 + HEADS, dtype=np.float32)


def draw_number(most):
    """A number per batch, 0 to most."""
    return lambda random, batch, length: random.integers(0, most + 1, batch).astype(np.int32)


DOCUMENTS = {"doc": draw_documents}
LONGCA = {
    "full": System(lengths=(1, 37, 513)),
    "causal": System(visible=causal, lengths=(1, 37, 513)),
    "window": System(visible=lambda length, w=1024: window(length, w, w), lengths=(37, 300, 1100),
                     smaller=[("(1024)", "(50)")], numbers={"w": 50}),
    "window-causal": System(visible=lambda length, w=1024: window(length, w, 0), lengths=(37, 300, 1100),
                            smaller=[("(1024)", "(50)")], numbers={"w": 50}),
    "doc": System(visible=masks.documents, tensors=DOCUMENTS),
    "doc-causal": System(visible=masks.causal_documents, tensors=DOCUMENTS),
    "doc-block-causal": System(visible=masks.block_causal_documents, tensors=DOCUMENTS, lengths=(67, 300, 1100),
                               smaller=[("(1024)", "(16)")], numbers={"size": 16}),
    "prefix-causal": System(visible=masks.prefix, tensors={"prefix": draw_prefix}),
    "prefix-doc": System(visible=masks.prefix_documents, tensors=DOCUMENTS | {"prefix": draw_number(20)}),
    "shared-question": System(visible=masks.shared_question, tensors=DOCUMENTS),
    "block-causal": System(visible=masks.blockwise, tensors=DOCUMENTS),
    "global-window": System(visible=masks.global_window, lengths=(67, 300, 900),
                            smaller=[("512", "40"), ("256", "20")], numbers={"w": 20}),
}

def draw_segments(random, batch, length):
    """Three objects, the prompt, the image, the subject."""
    order = np.array([3, 4, 5, 0, 1, 2])
    ends = np.sort(random.integers(0, length + 1, (batch, len(order) - 1)), axis=1)
    places = (np.arange(length)[None, :, None] >= ends[:, None, :]).sum(-1)
    return order[places].astype(np.int32)


def draw_bits(random, batch, length):
    return random.integers(-(2**31), 2**31, (batch, length)).astype(np.int32)


def draw_seldom(random, batch, length):
    """Not 0 for one of 6, of either sign."""
    marks = random.integers(-7, 8, (batch, length))
    return np.where(random.random((batch, length)) < 1 / 6, marks, 0).astype(np.int32)


def numbers(*values):
    return lambda random, batch, length: np.array(values, np.float32)


def ultravico(s, window=16380):
    far = np.abs(distances(s.shape[-1])) > window
    return np.where(far & (s > 0), s * s.dtype.type(0.85), s)


def key_driven(norms, heads=8):
    """Query heads in proportion to the norms, scaled to [0, 1]; what rounding left is corrected at the extremes."""
    if norms[0] == norms[1]:
        return np.repeat([0, 1], heads // 2)
    scaled = (norms - norms.min()) / np.float64(np.ptp(norms) + 1e-9)
    counts = np.rint(scaled / scaled.sum() * heads).astype(int)
    while counts.sum() != heads:
        at = np.argmax(counts) if counts.sum() > heads else np.argmin(counts)
        counts[at] += np.sign(heads - counts.sum())
    return np.repeat(np.arange(len(counts)), counts)


def draw_norms(random, batch, length):
    """Equal, the second larger, the first larger."""
    return np.array({1: (3, 3), 67: (1, 1.25)}.get(length, (2.5, 0.5)), np.float32)


def draw_positions(random, batch, length):
    return random.standard_normal((HEADS, length, length), np.float32)


SYSTEMS = {f"longca-{name}": system for name, system in LONGCA.items()} | {
    "sliding-window": System(visible=lambda length: window(length, 255, 0)),
    "streaming": System(visible=lambda length: causal(length) & (window(length, 255, 0) | (np.arange(length) < 4))),
    "prefix-lm": System(visible=lambda length, prefix: causal(length) | before(length, prefix),
                        tensors={"prefix": draw_prefix}),
    "packed-documents": System(visible=lambda length, doc: causal(length) & same(doc), tensors={"doc": draw_documents}),
    "moa": System(visible=masks.elastic_window, lengths=(37, 300, 700),
                  tensors={"alpha": numbers(64, -500, 130, 0.5), "beta": numbers(0.25, 1, 0, 0.5)}),
    "s2-attention": System(visible=masks.strided, lengths=(37, 300, 700)),
    "powerattention": System(visible=masks.power_of_two, lengths=(67, 513, 1850),
                             smaller=[("256", "16")], numbers={"size": 16}),
    "blockrank": System(visible=masks.ranking, tensors={"blk": draw_documents}),
    "nbdiff": System(visible=masks.block_diffusion, lengths=(67, 300, 514)),
    "e-mmdit": System(visible=lambda length: masks.groups(length, 4)),
    "creatidesign": System(visible=masks.design,
                           tensors={"segment": draw_segments, "boxes": draw_bits, "inside": draw_seldom}),
    "ultravico": System(ultravico, smaller=[("16380", "40")], numbers={"window": 40}, lengths=(67, 300, 513)),
    "ssa": System(visible=masks.subset, tensors={"keep": draw_seldom}),
    "convit": System(by_position=True, tensors={"pos": draw_positions, "lam": numbers(1, -0.5, 60, -200)}),
    "key-driven-gqa": System(heads=(8, 2), tensors={"norms": draw_norms}, head_map=key_driven),
    "group-pose": System(visible=lambda length: masks.own_block(length, 18),
                         then=lambda length: masks.groups(length, 18)),
    "clear": System(visible=masks.disc, lengths=(67, 300, 513 + 3 * 64),
                    smaller=[("count(512)", "count(11)"), ("constant 512", "constant 11"),
                             ("%columns = arith.constant 64", "%columns = arith.constant 9"),
                             ("%reach = arith.constant 64", "%reach = arith.constant 9")],
                    numbers={"text": 11, "columns": 9, "radius": 3}),
    "hidiffusion": System(visible=grids.rolled_windows, lengths=((7, 10), (20, 15), (22, 14)),
                          smaller=[("%shift = arith.constant 0", "%shift = arith.constant 3")], numbers={"shift": 3}),
    "na": System(visible=grids.neighborhood, lengths=((7, 9), (1, 10), (21, 18))),
    "fna": System(visible=grids.neighborhood, lengths=((5, 16), (13, 1), (20, 19))),
    "dina": System(visible=lambda grid: grids.neighborhood(grid, dilation=8), lengths=((7, 9), (16, 17), (5, 75))),
    "gna": System(visible=lambda grid, w=80, by=16: grids.neighborhood(grid, w, by),
                  lengths=((7, 9), (18, 17), (3, 131)), numbers={"w": 10, "by": 4},
                  smaller=[("window(80, 80) stride(16, 16)", "window(10, 10) stride(4, 4)")]),
    "mvar": System(visible=grids.neighborhood, lengths=((6, 6), (13, 13), (16, 17))),
    "swin": System(visible=lambda grid: grids.windows(grid, 7, 3), lengths=((7, 9), (1, 23), (22, 15))),
    "styleswin": System(visible=grids.halves, lengths=((8, 9), (1, 23), (20, 19))),
    "maxvit": System(lambda s, T, grid: s + grids.relative(grid, lambda n: np.arange(n) % 7, T),
                     lambda grid: grids.windows(grid, 7), {"T": normal(HEADS, 13, 13)}, then=grids.sets,
                     then_logits=lambda s, T, grid: s + grids.relative(grid, grids.in_set, T),
                     lengths=((5, 9), (1, 23), (22, 15))),
    "halonet": System(visible=grids.halo, lengths=((7, 9), (1, 23), (21, 20))),
    "radial": System(visible=grids.radial, lengths=((4, 8, 8), (3, 12, 13), (5, 3, 43))),
    "tnt": System(visible=lambda length: masks.own_block(length, 16)),
    "softcap": System(lambda s: s.dtype.type(50) * np.tanh(s / s.dtype.type(50))),
    "alibi": System(line, causal, {"slopes": alibi_slopes}),
    "logit-decay": System(lambda s, gamma: line(s, -np.log(gamma)), causal, {"gamma": retention}),
    "relative-position": System(clamped, tensors={"table": normal(65, HEADS)}),
    "swin-bias": System(lambda s, table: s + swin(table, 7), tensors={"table": normal(169, HEADS)}, lengths=(49,)),
    "t5-bias": System(lambda s, table: s + t5(table, s.shape[-1], False), tensors={"table": normal(32, HEADS)}, scale=1.0),
    "t5-bias-causal": System(lambda s, table: s + t5(table, s.shape[-1], True), causal, {"table": normal(32, HEADS)},
                             scale=1.0),
}


def call(function, first, values):
    """The function with those of the values that it names, or with all."""
    parameters = inspect.signature(function).parameters
    takes_all = any(p.kind == p.VAR_KEYWORD for p in parameters.values())
    return function(first, **{name: x for name, x in values.items() if takes_all or name in parameters})


def attend(q, k, v, s, visible, round_to):
    """out and lse, of scaled logits `s`."""
    s = np.where(visible, s, -np.inf)
    most = s.max(-1, keepdims=True)
    weights = np.exp(s - np.where(np.isfinite(most), most, 0))
    total = weights.sum(-1, keepdims=True)
    out = round_to(round_to(weights / np.where(total > 0, total, 1)).astype(v.dtype) @ v)
    with np.errstate(divide="ignore"):
        return out, (most + np.log(total))[..., 0], np.where(np.isfinite(s), np.abs(s), 0).max(-1, keepdims=True)


def flat(x):
    """[B, heads, H, W, D] as [B, heads, H * W, D]."""
    return x.reshape(*x.shape[:2], -1, x.shape[-1])


def attention(system, arguments, dtype, round_to, numbers):
    """out, lse and, of every row, the largest logit and the largest sum of |q k|; of the values the largest."""
    length = arguments["q"].shape[2:-1]
    length = length[0] if len(length) == 1 else length
    q, k, v = (flat(arguments[name]).astype(dtype) for name in "qkv")
    heads = np.repeat(np.arange(k.shape[1]), q.shape[1] // k.shape[1])
    if system.head_map:
        heads = system.head_map(**{name: arguments[name] for name in system.tensors})
    k, v = k[:, heads], v[:, heads]
    dot = lambda a, b: (a @ np.swapaxes(b, -1, -2)) * dtype(system.scale)
    tensors = {name: arguments[name] for name in system.tensors}
    floats = {name: x.astype(dtype) for name, x in tensors.items() if x.dtype.kind == "f"}
    values = floats | numbers | {"grid": length}
    changed = lambda logits, dots: np.stack([call(logits, one, values).astype(dtype) for one in dots])
    visible = call(system.visible, length, tensors | numbers)
    zeros = max(np.shape(visible)[-1:], default=0) - k.shape[2]
    k, v = (np.pad(x, ((0, 0), (0, 0), (0, max(zeros, 0)), (0, 0))) for x in (k, v))
    s = changed(system.logits, dot(q, k))
    out, lse, largest = attend(q, k, v, s, visible, round_to)
    if system.by_position:
        placed, *_ = attend(q, k, v, np.broadcast_to(floats["pos"], s.shape), np.True_, round_to)
        with np.errstate(over="ignore"):
            share = (1 / (1 + np.exp(-floats["lam"])))[:, None, None]
        out = round_to((1 - share) * out + share * placed)
    if system.then:
        q = k = v = out.astype(dtype)
        s = changed(system.then_logits, dot(q, k))
        out, lse, largest = attend(q, k, v, s, system.then(length), round_to)
    return (*(x.astype(np.float64) for x in (out, lse, largest, dot(np.abs(q), np.abs(k)).max(-1))), np.abs(v).max())


def bounds(system, arguments, element, numbers):
    """What NumPy says, and how far a row of out and of lse may be from it."""
    exact, lse, largest, products, values = attention(system, arguments, np.float64, lambda x: x, numbers)
    round_to = bf16 if element == "bf16" else lambda x: np.asarray(x, np.float32)
    plain, plain_lse, *_ = attention(system, arguments, np.float32, round_to, numbers)
    row = lambda x: np.abs(x).max(-1, keepdims=True)
    unit = 2.0**-23 * (1 + largest)
    rounding, rounding_lse = row(plain - exact), 0
    if system.then:  # the second attention is of numbers that were rounded on the way: what that does to any row
        rounding, rounding_lse = rounding.max(), np.abs(plain_lse - lse).max()
    allowed = 2 * rounding + ROUNDING[element] * row(exact) + unit * values
    allowed_lse = 2 * rounding_lse + 4 * (unit[..., 0] + 2.0**-23 * products)
    return {"o": (exact, allowed)} | ({} if system.by_position else {"lse": (lse, allowed_lse)})


def draw(system, element, batch, length, spread):
    """Logits of about `spread`^2."""
    random = np.random.default_rng(length)
    round_to = bf16 if element == "bf16" else lambda x: x
    arguments = {}
    for name, by in (("q", spread), ("k", spread), ("v", 1)):
        shape = (batch, system.heads[name != "q"], *np.atleast_1d(length), HEAD_SIZE)
        arguments[name] = round_to(random.standard_normal(shape, np.float32) * np.float32(by))
    return arguments | {name: made(random, batch, length) for name, made in system.tensors.items()}


def run(program, device, environment, arguments, results, work):
    command = ["attn-run", str(program), f"--device={device}"]
    for name, array in arguments.items():
        np.save(work / f"{name}.npy", array)
        command.append(f"--in={name}={work / name}.npy")
    command += [f"--out={name}={work / ('out_' + name)}.npy" for name in results]
    result = subprocess.run(command, text=True, capture_output=True, env=environment)
    if result.returncode:
        raise AssertionError(f"{' '.join(command)}\n{result.stderr}")
    return {name: np.load(work / f"out_{name}.npy").astype(np.float64) for name in results}


def compare(found, expected):
    for name, (exact, allowed) in expected.items():
        found[name] = found[name].reshape(exact.shape)
        with np.errstate(invalid="ignore"):
            error = np.abs(np.where(found[name] == exact, 0, found[name] - exact))
        if not (error <= allowed).all():
            where = np.unravel_index(np.argmax(error / allowed), error.shape)
            raise AssertionError(f"{name}{list(map(int, where))}: {found[name][where]}, expected {exact[where]}, "
                                 f"{(error / allowed)[where]:.3g} times the bound")


def compile_program(text, element, target, work):
    work.mkdir(parents=True, exist_ok=True)
    (work / "program.mlir").write_text(text.replace("x64xf32>", f"x64x{element}>"))
    command = ["attnc", work / "program.mlir", "-o", work / "program.attn", f"--target={target}", "--ptxas=none"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def make_smaller(text, system):
    for constant, small in system.smaller:
        if constant not in text:
            raise AssertionError(f"the program has no '{constant}'")
        text = text.replace(constant, small)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    args = parser.parse_args()
    system = SYSTEMS[args.source.stem]
    text = args.source.read_text()
    variants = {"whole": (text, {})}
    if system.smaller:
        variants["small"] = (make_smaller(text, system), system.numbers)
    for name, (text, _) in variants.items():
        for element, target in TARGETS.items():
            compile_program(text, element, target, args.work / name / element)
    count = failures = 0
    for number, length in enumerate(system.lengths * (3 // len(system.lengths))):
        name = "small" if system.smaller and number < 2 else "whole"
        made = {}
        for element in ("f32", "bf16"):
            arguments = draw(system, element, 2 if np.prod(length) < 300 else 1, length, (1, 1, 4)[number])
            made[element] = arguments, bounds(system, arguments, element, variants[name][1])
        for device, element in DEVICES:
            work = args.work / name / element
            program = work / ("program.mlir" if device == "reference" else "program.attn")
            arguments, expected = made[element]
            count += 1
            for place, environment in environments(program, device):
                try:
                    compare(run(program, device, environment, arguments, expected, work), expected)
                except AssertionError as error:
                    failures += 1
                    print(f"{place} {element} L={length}: {error}")
    print(f"{count} comparisons, {failures} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
