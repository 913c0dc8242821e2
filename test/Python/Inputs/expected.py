"""Attention in NumPy and the bound of a row, for the tests of the Python package.

    |x - r| <= 2 |p - r| + c |r| + 2^-23 (1 + max visible |logit|) max |v|     (maxima over a row)

r: float64. p: the unfused program in float32, probabilities and output rounded once.
"""
import numpy as np

ROUNDING = {"f32": 2.0**-23, "f16": 2.0**-11, "bf16": 2.0**-8}


def bf16(x):
    """Nearest bf16 by arithmetic: 8 bits of significand, ties to even."""
    fraction, exponent = np.frexp(np.asarray(x, np.float64))
    return np.ldexp(np.rint(fraction * 256), exponent - 8).astype(np.float32)


ROUND = {"f32": np.float32, "f16": np.float16, "bf16": bf16}


def causal(lq, lk):
    return np.arange(lk)[None, :] <= np.arange(lq)[:, None] + lk - lq


def attention(q, k, v, seen, precision, rounded):
    """`seen` broadcasts to [B, H, Lq, Lk]. Returns out, lse and the largest visible |logit| of each row."""
    q, k, v = (x.astype(precision) for x in (q, k, v))
    group = q.shape[1] // k.shape[1]
    k, v = k.repeat(group, 1), v.repeat(group, 1)
    logits = (q @ k.transpose(0, 1, 3, 2)) * precision(q.shape[-1] ** -0.5)
    hidden = np.where(seen, logits, -np.inf)
    most = hidden.max(-1, keepdims=True, initial=-np.inf)
    most = np.where(np.isfinite(most), most, 0)
    weights = np.exp(hidden - most)
    total = weights.sum(-1, keepdims=True)
    with np.errstate(divide="ignore"):
        lse = (most + np.log(total))[..., 0]
    shares = rounded(weights / np.where(total == 0, 1, total)).astype(precision)
    largest = np.abs(np.where(seen, logits, 0)).max(-1, keepdims=True, initial=0)
    return shares @ v, lse, largest


def worst_ratio(out, q, k, v, seen, dtype):
    """The largest error / bound; inputs hold values of `dtype` already. NaN counts as a miss."""
    exact, _, largest = attention(q, k, v, seen, np.float64, np.float64)
    plain = ROUND[dtype](attention(q, k, v, seen, np.float32, ROUND[dtype])[0]).astype(np.float64)
    row = lambda x: np.abs(x).max(-1, keepdims=True, initial=0)
    reach = np.abs(v.astype(np.float64)).max(initial=0)
    bound = 2 * row(plain - exact) + ROUNDING[dtype] * row(exact) + 2.0**-23 * (1 + largest) * reach
    error = row(np.asarray(out, np.float64) - exact)
    ratio = np.where(error == 0, 0, error / np.where(bound == 0, np.finfo(float).tiny, bound))
    return np.inf if np.isnan(ratio).any() else ratio.max(initial=0)


def draw(seed, *shapes):
    generator = np.random.default_rng(seed)
    return [generator.standard_normal(shape).astype(np.float32) for shape in shapes]


PROGRAM = """
func.func @main(
    %q: tensor<?x4x?xDxTYPE> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?xDxTYPE> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?xDxTYPE> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]})
    -> (tensor<?x4x?xDxTYPE> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x2x?xDxTYPE>, tensor<?x2x?xDxTYPE>
  %o, %lse = attn.attend %q over %s : tensor<?x4x?xDxTYPE> -> tensor<?x4x?xDxTYPE>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?xDxTYPE>, tensor<?x4x?xf32>
}
"""


def program(dtype="f32", d=40):
    """Causal, 4 query heads on 2 key heads."""
    return PROGRAM.replace("TYPE", dtype).replace("xDx", f"x{d}x")


def shapes(b, lq, lk, d=40):
    return (b, 4, lq, d), (b, 2, lk, d), (b, 2, lk, d)
