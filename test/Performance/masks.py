"""The masks of the benchmark: as a condition for brute force, and as a program of ours.

`visible(mask, rows, ids)` is the definition; everything counted here (visible pairs,
visible 64 x 64 tiles) comes from it, never from what a kernel schedules.
"""
import functools

import numpy as np

TILE = 64
WINDOW = 512
DOCUMENTS = 8
SOFTCAP = 50.0
NAMES = ("full", "causal", "window", "document", "alibi", "softcap")


def document_ids(length, seed=8):
    """Ids 0 to 7 in order; the eight lengths are drawn from a fixed seed."""
    cuts = np.random.default_rng(seed).choice(np.arange(1, length), DOCUMENTS - 1, replace=False)
    return np.searchsorted(np.sort(cuts), np.arange(length), side="right").astype(np.int32)


def visible(mask, rows, length):
    """Which of `length` keys each of `rows` sees (Lq = Lk): bool [rows, length]."""
    query, key = np.asarray(rows)[:, None], np.arange(length)[None, :]
    if mask == "full":
        return np.ones((len(query), length), bool)
    if mask in ("causal", "alibi", "softcap"):
        return key <= query
    if mask == "window":  # the row itself and the 511 keys before it
        return (key <= query) & (key > query - WINDOW)
    ids = document_ids(length)
    return ids[query] == ids[key]


def slopes(heads):
    """Of ALiBi, section 3 of the paper."""
    return 2.0 ** (-8.0 * np.arange(1, heads + 1) / heads).astype(np.float32)


def score(mask, logits, rows):
    """What becomes of logits [B, heads, rows, keys], a tensor of PyTorch."""
    if mask == "softcap":
        return SOFTCAP * (logits / SOFTCAP).tanh()
    if mask != "alibi":
        return logits
    distance = np.arange(logits.shape[-1])[None, :] - np.asarray(rows)[:, None]
    bias = slopes(logits.shape[1])[:, None, None] * distance
    return logits + logits.new_tensor(bias)


@functools.lru_cache(maxsize=None)
def count(mask, length):
    """(visible pairs, visible tiles) of one head."""
    pairs = tiles = 0
    for start in range(0, length, TILE):
        seen = visible(mask, range(start, min(start + TILE, length)), length)
        pairs += int(seen.sum())
        tiles += int(np.add.reduceat(seen.any(axis=0), np.arange(0, length, TILE)).astype(bool).sum())
    return pairs, tiles


PROGRAM = """\
func.func @main(
    %q: tensor<?x{H}x?x{D}x{T}> {{attn.name = "q", attn.shape = ["B", "H", "L", "D"]}},
    %k: tensor<?x{H}x?x{D}x{T}> {{attn.name = "k", attn.shape = ["B", "H", "L", "D"]}},
    %v: tensor<?x{H}x?x{D}x{T}> {{attn.name = "v", attn.shape = ["B", "H", "L", "D"]}}{more})
    -> (tensor<?x{H}x?x{D}x{T}> {{attn.name = "o"}}) {{
{mask}
  %o = attn.attend %q over %keys{score} : tensor<?x{H}x?x{D}x{T}> -> tensor<?x{H}x?x{D}x{T}>
  return %o : tensor<?x{H}x?x{D}x{T}>
}}
"""
STREAM = "  %keys = attn.stream %k, %v{} : tensor<?x{H}x?x{D}x{T}>, tensor<?x{H}x?x{D}x{T}>"
CAUSAL = "  %m = attn.mask.causal\n"
MASKS = {
    "full": "",
    "causal": CAUSAL,
    "window": f"  %m = attn.mask.window left({WINDOW - 1}) right(0)\n",
    "document": "  %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>\n",
    "alibi": CAUSAL,
    "softcap": CAUSAL,
}
ARGUMENTS = {
    "document": '%ids: tensor<?x?xi32> {{attn.name = "ids", attn.shape = ["B", "L"]}}',
    "alibi": '%slopes: tensor<{H}xf32> {{attn.name = "slopes", attn.shape = ["H"]}}',
}
SCORES = {
    "alibi": """ score(%slopes : tensor<{H}xf32>) {{
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<{H}xf32>):
    %slope = attn.read %t[%h] : tensor<{H}xf32>
    %distance = arith.subi %j, %i : index
    %d = arith.index_cast %distance : index to i32
    %f = arith.sitofp %d : i32 to f32
    %bias = arith.mulf %slope, %f : f32
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  }}""",
    "softcap": f""" score {{{{
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %cap = arith.constant {SOFTCAP} : f32
    %0 = arith.divf %s, %cap : f32
    %1 = math.tanh %0 : f32
    %y = arith.mulf %1, %cap : f32
    attn.yield %y : f32
  }}}}""",
}


def tables(mask, heads, length):
    """The arguments of our program behind q, k and v."""
    if mask == "document":
        return [document_ids(length)[None]]
    return [slopes(heads)] if mask == "alibi" else []


def program(mask, dtype, heads, head_size):
    """The text of our program; its arguments are q, k, v and those of ARGUMENTS."""
    names = dict(H=heads, D=head_size, T=dtype)
    stream = STREAM.format(" mask %m" if MASKS[mask] else "", **names)
    more = ",\n    " + ARGUMENTS[mask].format(**names) if mask in ARGUMENTS else ""
    return PROGRAM.format(mask=MASKS[mask] + stream, more=more, score=SCORES.get(mask, "").format(**names), **names)
