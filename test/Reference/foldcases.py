"""The programs of folds.py: what each says in MLIR and in naive.py."""
import numpy as np

import naive
from folds import DV, D, Case, causal, draw, i32, keys
from naive import Stream, cut

ALL = ["out", "lse", "mass0", "mass1", "m_", "l_", "acc_"]


def renamed(found):
    """State results have names of their own: arguments may be called m, l and acc."""
    return dict(found, m_=found["m"], l_=found["l"], acc_=found["acc"])


def streams(**more):
    k, v = keys(1, 2, 9)
    k2, v2 = keys(3, 4, 6)
    return dict({"q": draw(5, 2, 4, 5, D), "k": k, "v": v, "k2": k2, "v2": v2}, **more)


ATTEND = "%out, %lse, %mass0, %mass1, %m_, %l_, %acc_ = attn.attend %q over %s, %t"
TYPES = ": !q -> !out, !num mass(!num, !num) state(!num, !num, !acc_)"
TWO = f"""  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : !k, !v
  %t = attn.stream %k2, %v2 : !k2, !v2
  {ATTEND} {TYPES}"""
MAPPED = TWO.replace(": !k, !v", "heads [1, 0, 0, 1] : !k, !v").replace(
    ": !k2, !v2", "heads [3, 3, 0, 2] : !k2, !v2")
SCORED = TWO.replace(TYPES, """score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %n = attn.length keys
    %lq = attn.length queries
    %0 = arith.subi %n, %j : index
    %1 = arith.addi %0, %lq : index
    %2 = arith.index_cast %1 : index to i32
    %3 = arith.sitofp %2 : i32 to f32
    %y = arith.subf %x, %3 : f32
    attn.yield %y : f32
  } """ + TYPES)
SINK = """  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : !k, !v
  %out, %lse, %mass0 = attn.attend %q over %s scale(0.5) sink(%sink : !sink) : !q -> !out, !num mass(!num)"""
LENGTHS = """  %ln = attn.lengths.per_batch %n : !n
  %lk = attn.lengths.per_batch %nk : !nk
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c lengths(%lk) : !k, !v
  %t = attn.stream %k2, %v2 : !k2, !v2
  %out, %lse, %mass0, %mass1, %m_, %l_, %acc_ = attn.attend %q lengths(%ln) over %s, %t
      score {
      ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
        %nk_ = attn.length keys
        %nq_ = attn.length queries
        %0 = arith.subi %nk_, %nq_ : index
        %1 = arith.index_cast %0 : index to i32
        %2 = arith.sitofp %1 : i32 to f32
        %y = arith.addf %x, %2 : f32
        attn.yield %y : f32
      } """ + TYPES
PACKED = """  %lo = attn.lengths.packed %o : !o
  %lk = attn.lengths.packed %ok : !ok
  %c = attn.mask.causal
  %s = attn.stream %pk, %pv mask %c lengths(%lk) : !pk, !pv
  %t = attn.stream %k2, %v2 : !k2, !v2
  %out, %lse, %mass0, %mass1, %m_, %l_, %acc_ = attn.attend %pq lengths(%lo) over %s, %t : !pq -> !out, !num mass(!num, !num) state(!num, !num, !acc_)"""
MIXED = """  %lk = attn.lengths.packed %ok : !ok
  %ln = attn.lengths.per_batch %n : !n
  %s = attn.stream %pk, %pv lengths(%lk) : !pk, !pv
  %out, %lse = attn.attend %q lengths(%ln) over %s : !q -> !out, !num"""
RESUMED = """  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : !k, !v
  %p = attn.state %s_, %x : !s, !x
  %r = attn.state %m, %l, %acc : !m, !l, !acc
  %out, %lse, %mass0, %m_, %l_, %acc_ = attn.attend %q over %s from %p, %r : !q -> !out, !num mass(!num) state(!num, !num, !acc_)""".replace("%s_", "%s2").replace(
    "!s,", "!s2,")
CHAIN = """  %s = attn.stream %k, %v : !k, !v
  %c = attn.mask.causal
  %t = attn.stream %k2, %v2 mask %c : !k2, !v2
  %o1, %m_, %l_, %acc_ = attn.attend %q over %s : !q -> !out state(!num, !num, !acc_)
  %p = attn.state %m_, %l_, %acc_ : !num, !num, !acc_
  %out, %lse, %mass0 = attn.attend %q over %t from %p : !q -> !out, !num mass(!num)"""
MERGE = """  %ln = attn.lengths.per_batch %n : !n
  %lk = attn.lengths.per_batch %nk : !nk
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : !k, !v
  %t = attn.stream %k2, %v2 lengths(%ln) : !k2, !v2
  %o1, %lse1 = attn.attend %q lengths(%ln) over %s : !q -> !out, !num
  %o2, %lse2 = attn.attend %q lengths(%lk) over %t : !q -> !out, !num
  %p1 = attn.state %o1, %lse1 : !out, !num
  %p2 = attn.state %o2, %lse2 : !out, !num
  %out, %lse = attn.merge %p1, %p2 : !out, !num"""
PACKED_MERGE = """  %lo = attn.lengths.packed %o : !o
  %lp = attn.lengths.packed %ok : !ok
  %t = attn.stream %k2, %v2 : !k2, !v2
  %o1, %m_, %l_, %acc_ = attn.attend %pq lengths(%lo) over %t : !pq -> !out state(!num, !num, !acc_)
  %o2, %lse2 = attn.attend %pq lengths(%lp) over %t scale(-1.0) : !pq -> !out, !num
  %p1 = attn.state %m_, %l_, %acc_ : !num, !num, !acc_
  %p2 = attn.state %o2, %lse2 : !out, !num
  %p3 = attn.state %ps, %px : !ps, !px
  %out, %lse = attn.merge %p1, %p2, %p3 : !out, !num"""
STATES = """  %p1 = attn.state %s, %x : !s, !x
  %p2 = attn.state %s2, %x2 : !s2, !x2
  %out, %lse = attn.merge %p1, %p2 : !out, !num"""


def two(t, heads=(None, None), score=None):
    return renamed(naive.fold(cut(t["q"]), [
        Stream(cut(t["k"]), cut(t["v"]), causal, score and score(5), heads[0]),
        Stream(cut(t["k2"]), cut(t["v2"]), None, score and score(5), heads[1])]))


def scored(lq):
    return lambda x, b, h, i, j, lk: x - (lk - j + lq)


def with_sink(t):
    return naive.fold(cut(t["q"]), [Stream(cut(t["k"]), cut(t["v"]), causal)], sink=t["sink"],
                      scale=0.5)


def with_lengths(t):
    lengths = np.clip(t["n"], 0, t["q"].shape[2])
    score = lambda x, b, h, i, j, lk: x + float(lk - lengths[b])
    return renamed(naive.fold(cut(t["q"], "batch", t["n"]), [
        Stream(cut(t["k"], "batch", t["nk"]), cut(t["v"], "batch", t["nk"]), causal, score),
        Stream(cut(t["k2"]), cut(t["v2"]), None, score)]))


def packed(t):
    return renamed(naive.fold(cut(t["pq"], "packed", t["o"]), [
        Stream(cut(t["pk"], "packed", t["ok"]), cut(t["pv"], "packed", t["ok"]), causal),
        Stream(cut(t["k2"]), cut(t["v2"]))]))


def mixed(t):
    return naive.fold(cut(t["q"], "batch", t["n"]), [
        Stream(cut(t["pk"], "packed", t["ok"]), cut(t["pv"], "packed", t["ok"]))])


def resumed(t):
    return renamed(naive.fold(
        cut(t["q"]), [Stream(cut(t["k"]), cut(t["v"]), causal)],
        [(cut(t["s2"]), cut(t["x"])), (cut(t["m"]), cut(t["l"]), cut(t["acc"]))]))


def f32(sequences):
    return [np.float32(x) for x in sequences]


def chain(t):
    first = renamed(naive.fold(cut(t["q"]), [Stream(cut(t["k"]), cut(t["v"]))]))
    state = tuple(f32(first[n]) for n in ("m", "l", "acc"))
    last = naive.fold(cut(t["q"]), [Stream(cut(t["k2"]), cut(t["v2"]), causal)], [state])
    return dict(last, **{n: first[n] for n in ("m_", "l_", "acc_")}, o1=first["out"])


def merge(t):
    both = i32(*np.minimum(t["n"], t["nk"]))
    q = cut(t["q"], "batch", t["n"])
    first = naive.fold(q, [Stream(cut(t["k"]), cut(t["v"]), causal)])
    last = naive.fold(q, [Stream(cut(t["k2"], "batch", t["n"]), cut(t["v2"], "batch", t["n"]))])
    states = [[[x[:, :n] for x, n in zip(f32(f[name]), both)] for name in ("out", "lse")]
              for f in (first, last)]
    return naive.fold(None, [], states)


def packed_merge(t):
    q = cut(t["pq"], "packed", t["ok"])  # lies within the sequences of o
    stream = [Stream(cut(t["k2"]), cut(t["v2"]))]
    first, last = naive.fold(q, stream), naive.fold(q, stream, scale=-1.0)
    return naive.fold(None, [], [
        [f32(first[n]) for n in ("m", "l", "acc")], [f32(last[n]) for n in ("out", "lse")],
        [cut(t[n], "packed", t["ok"]) for n in ("ps", "px")]])


def merged(t):
    return naive.fold(None, [], [(cut(t["s"]), cut(t["x"])), (cut(t["s2"]), cut(t["x2"]))])


def poisoned(array, *indices):
    for index in indices:
        array[index] = np.nan
    return array


def lengths(n, nk):
    t = streams()
    t.update(n=i32(*n), nk=i32(*nk))
    for b in range(2):
        poisoned(t["q"], (b, slice(None), slice(max(n[b], 0), None)))
        for name in ("k", "v"):
            poisoned(t[name], (b, slice(None), slice(max(nk[b], 0), None)))
    return t


def packs(o, ok, tokens=11, keyTokens=13):
    k, v = keys(11, 2, keyTokens, ())
    k2, v2 = keys(3, 4, 6, (len(o) - 1,))
    t = {"pq": draw(12, 4, tokens, D), "pk": k, "pv": v, "k2": k2, "v2": v2,
         "o": i32(*o), "ok": i32(*ok)}
    for table, names, size in ((o, ["pq"], tokens), (ok, ["pk", "pv"], keyTokens)):
        table = np.maximum.accumulate(np.clip(table, 0, size))
        for name in names:
            poisoned(t[name], (slice(None), slice(0, table[0])),
                     (slice(None), slice(table[-1], None)))
    return t


def states(most=1.0):
    t = {"s": draw(20, 2, 4, 5, DV), "x": draw(21, 2, 4, 5) * np.float32(most),
         "s2": draw(22, 2, 4, 5, DV), "x2": draw(23, 2, 4, 5) * np.float32(most)}
    t["x"][0, 1, :3] = -np.inf
    t["s"][0, 1, :2] = np.nan
    t["x2"][0, 1, 1:] = -np.inf
    t["x"][1, 0, 0] = np.nan
    t["x"][1, 0, 1] = np.inf
    t["s2"][1, 3, 4, 1] = np.nan
    return t


def resumable(most=1.0):
    t = {"q": draw(5, 2, 4, 5, D) * np.float32(most)}
    t["k"], t["v"] = keys(1, 2, 3)
    t.update({"s2": states()["s2"], "x": states(most)["x"], "m": draw(30, 2, 4, 5),
              "l": 1 + draw(31, 2, 4, 5) ** 2, "acc": draw(32, 2, 4, 5, DV)})
    t["l"][0, 2] = 0
    t["acc"][0, 2, :2] = np.nan
    t["m"][0, 0, :4] = -np.inf
    t["acc"][0, 0, 0] = np.nan
    return t


def sinks(*numbers, most=1.0):
    k, v = keys(1, 2, 4)
    return {"q": draw(5, 2, 4, 9, D) * np.float32(most), "k": k, "v": v,
            "sink": np.array(numbers, np.float32)}


CASES = [
    Case("two-streams", streams(), TWO, ALL, two),
    Case("two-streams-f16", streams(**{n: x.astype(np.float16) for n, x in streams().items()}),
         TWO, ALL, two, dtype="f16"),
    Case("head-maps", streams(), MAPPED, ALL, lambda t: two(t, ([1, 0, 0, 1], [3, 3, 0, 2]))),
    Case("two-streams-scored", streams(), SCORED, ALL, lambda t: two(t, score=scored)),
    Case("large", streams(q=draw(5, 2, 4, 5, D) * np.float32(1e4)), TWO, ALL, two),
    Case("sink", sinks(0.5, -1.0, 1e4, -np.inf), SINK, ["out", "lse", "mass0"], with_sink),
    Case("sink-nan", sinks(np.nan, np.inf, -1e4, 2.0, most=1e4), SINK, ["out", "lse", "mass0"],
         with_sink),
    Case("lengths", lengths((3, 5), (9, 4)), LENGTHS, ALL, with_lengths, "batch", (3, 5)),
    Case("lengths-empty", lengths((5, 0), (0, 9)), LENGTHS, ALL, with_lengths, "batch", (5, 0)),
    Case("lengths-clamped", lengths((99, -7), (-1, 77)), LENGTHS, ALL, with_lengths, "batch",
         (99, -7)),
    Case("packed", packs((1, 4, 4, 9), (0, 5, 6, 12)), PACKED, ALL, packed, "packed",
         (1, 4, 4, 9)),
    Case("packed-clamped", packs((-3, 4, 2, 99), (3, 1, 9, 9)), PACKED, ALL, packed, "packed",
         (-3, 4, 2, 99)),
    Case("packed-keys", {**{n: x for n, x in lengths((2, 5), (9, 9)).items() if n in "qn"},
                         **{n: x for n, x in packs((0, 1, 2), (2, 7, 13)).items()
                            if n in ("pk", "pv", "ok")}},
         MIXED, ["out", "lse"], mixed, "batch", (2, 5)),
    Case("resumed", resumable(), RESUMED, ["out", "lse", "mass0", "m_", "l_", "acc_"], resumed),
    Case("resumed-large", resumable(1e4), RESUMED,
         ["out", "lse", "mass0", "m_", "l_", "acc_"], resumed),
    Case("chain", streams(), CHAIN, ["o1", "m_", "l_", "acc_", "out", "lse", "mass0"], chain),
    Case("merge", dict(lengths((5, 3), (4, 5)), k=streams()["k"], v=streams()["v"]), MERGE,
         ["out", "lse"], merge, "batch", (4, 3)),
    Case("packed-merge", {**{n: x for n, x in packs((1, 4, 9), (2, 4, 7)).items()
                             if n not in ("pk", "pv")},
                          "ps": draw(40, 4, 11, DV), "px": draw(41, 4, 11)}, PACKED_MERGE,
         ["out", "lse"], packed_merge, "packed", (2, 4, 7)),
    Case("merge-states", states(), STATES, ["out", "lse"], merged),
    Case("merge-large", states(1e4), STATES, ["out", "lse"], merged),
]
