"""The masks of the benchmark: as a condition for brute force, and as a program of ours.

`visible(mask, rows, ids)` is the definition; everything counted here (visible pairs,
visible 64 x 64 tiles) comes from it, never from what a kernel schedules.
"""
import functools

import numpy as np

TILE = 64
WINDOW = 512
DOCUMENTS = 8
NAMES = ("full", "causal", "window", "document")


def document_ids(length, seed=8):
    """Ids 0 to 7 in order; the eight lengths are drawn from a fixed seed."""
    cuts = np.random.default_rng(seed).choice(np.arange(1, length), DOCUMENTS - 1, replace=False)
    return np.searchsorted(np.sort(cuts), np.arange(length), side="right").astype(np.int32)


def visible(mask, rows, length):
    """Which of `length` keys each of `rows` sees (Lq = Lk): bool [rows, length]."""
    query, key = np.asarray(rows)[:, None], np.arange(length)[None, :]
    if mask == "full":
        return np.ones((len(query), length), bool)
    if mask == "causal":
        return key <= query
    if mask == "window":  # the row itself and the 511 keys before it
        return (key <= query) & (key > query - WINDOW)
    ids = document_ids(length)
    return ids[query] == ids[key]


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
    %v: tensor<?x{H}x?x{D}x{T}> {{attn.name = "v", attn.shape = ["B", "H", "L", "D"]}}{ids})
    -> (tensor<?x{H}x?x{D}x{T}> {{attn.name = "o"}}) {{
{mask}
  %o = attn.attend %q over %keys : tensor<?x{H}x?x{D}x{T}> -> tensor<?x{H}x?x{D}x{T}>
  return %o : tensor<?x{H}x?x{D}x{T}>
}}
"""
STREAM = "  %keys = attn.stream %k, %v{} : tensor<?x{H}x?x{D}x{T}>, tensor<?x{H}x?x{D}x{T}>"
MASKS = {
    "full": "",
    "causal": "  %m = attn.mask.causal\n",
    "window": f"  %m = attn.mask.window left({WINDOW - 1}) right(0)\n",
    "document": "  %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>\n",
}


def program(mask, dtype, heads, head_size):
    """The text of our program; a document mask has a fourth argument `ids`."""
    names = dict(H=heads, D=head_size, T=dtype)
    stream = STREAM.format(" mask %m" if MASKS[mask] else "", **names)
    ids = ',\n    %ids: tensor<?x?xi32> {attn.name = "ids", attn.shape = ["B", "L"]}' if mask == "document" else ""
    return PROGRAM.format(mask=MASKS[mask] + stream, ids=ids, **names)
