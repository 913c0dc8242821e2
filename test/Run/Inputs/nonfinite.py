#!/usr/bin/env python3
"""NaN and infinities in q, k and v: they show where they must and nowhere else.

usage: nonfinite.py ARTIFACT DEVICE FOLDER D

ARTIFACT has the entries of masks.mlir with head size D and a Dv of 64. Rules: NaN in q or in a visible k or v gives NaN in
that row; a masked key may hold anything in k; a logit of +inf gives NaN, one of -inf weighs
0. What is expected is written down here, beside the check against the reference.
"""
import subprocess
import sys

import numpy as np

B, HQ, HK, DV = 2, 6, 2, 64
NAN, INF = np.float32("nan"), np.float32("inf")
PLACE = (1, 1, 5)  # batch, key head, key
EVEN = (1, 1, 4)  # At D 64, kernels compute some exponentials of even keys on other units.


class Run:
    def __init__(self, artifact, device, folder, head_size):
        self.artifact, self.device, self.folder, self.head_size = artifact, device, folder, int(head_size)

    def draw(self, lq, lk):
        random = np.random.default_rng(lq + 1000 * lk)
        shapes = (B, HQ, lq, self.head_size), (B, HK, lk, self.head_size), (B, HK, lk, DV)
        return [random.standard_normal(shape, dtype=np.float32) for shape in shapes]

    def __call__(self, entry, q, k, v):
        path = lambda name: f"{self.folder}/{name}.npy"
        for name, array in (("q", q), ("k", k), ("v", v)):
            np.save(path(name), array)
        command = ["attn-run", self.artifact, f"--entry={entry}", f"--device={self.device}", "--against=reference"]
        command += [f"--in={name}={path(name)}" for name in "qkv"] + [f"--out={name}={path(name)}" for name in ("o", "lse")]
        result = subprocess.run(command, text=True, capture_output=True)
        if result.returncode:
            raise AssertionError(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
        return np.load(path("o")), np.load(path("lse"))


def rows_that_see(place, lq, lk):
    """[B, Hq, Lq]: rows of entry causal, offset -3, that see the key of `place`."""
    batch, head, key = place
    seen = np.zeros((B, HQ, lq), bool)
    seen[batch, head * HQ // HK:(head + 1) * HQ // HK] = key <= np.arange(lq) + lk - lq - 3
    return seen


def demand_nan(results, rows):
    """NaN in all of `rows` and nothing but numbers elsewhere; -inf is the lse of empty rows."""
    o, lse = results
    assert np.isnan(o[rows]).all() and np.isnan(lse[rows]).all(), "a row that must be NaN is not"
    assert np.isfinite(o[~rows]).all() and not np.isnan(lse[~rows]).any(), "a row that must not be NaN is"


def nan_in_query(run, lq, lk):
    q, k, v = run.draw(lq, lk)
    rows = np.zeros((B, HQ, lq), bool)
    rows[1, 4, lq // 2] = True
    q[rows, 3] = NAN
    demand_nan(run("full", q, k, v), rows)


def nan_in_key(run, lq, lk):
    for place in (PLACE, EVEN):
        q, k, v = run.draw(lq, lk)
        k[place + (7,)] = NAN
        demand_nan(run("causal", q, k, v), rows_that_see(place, lq, lk))


def anything_in_masked_keys(run, lq, lk):
    """The last three keys are seen by nobody."""
    q, k, v = run.draw(lq, lk)
    wanted = run("causal", q, k, v)
    for value in (NAN, INF, -INF):
        k[:, :, -3:] = value
        found = run("causal", q, k, v)
        assert all(np.array_equal(a, b) for a, b in zip(wanted, found)), f"{value} in a masked key shows"


def nan_in_value(run, lq, lk):
    """A column of the rows that see it: with no mask, of all rows of the group."""
    q, k, v = run.draw(lq, lk)
    v[PLACE + (9,)] = NAN
    o, lse = run("full", q, k, v)
    wanted = np.zeros(o.shape, bool)
    batch, head, _ = PLACE
    wanted[batch, head * HQ // HK:(head + 1) * HQ // HK, :, 9] = True
    assert np.array_equal(np.isnan(o), wanted) and np.isfinite(lse).all(), "NaN of a value is in other places"


def infinite_logits(run, lq, lk):
    """A key with an infinite component: NaN where the query's is positive, no weight where negative."""
    q, k, v = run.draw(lq, lk)
    k[PLACE + (0,)] = INF
    rows = rows_that_see(PLACE, lq, lk)
    demand_nan(run("causal", q, k, v), rows & (q[..., 0] > 0))


def nothing_but_minus_infinity(run, lq, lk):
    """Rows whose logits are all -inf are empty: 0 and -inf."""
    q, k, v = run.draw(lq, lk)
    q[..., 0], k[..., 0] = -1, INF
    o, lse = run("full", q, k, v)
    assert (o == 0).all() and (lse == -INF).all(), "a row of -inf is not empty"


def main():
    run = Run(*sys.argv[1:])
    tests = [nan_in_query, nan_in_key, anything_in_masked_keys, nan_in_value, infinite_logits, nothing_but_minus_infinity]
    failures = 0
    for test in tests:
        for lq, lk in [(1, 9), (70, 200), (200, 70)]:
            try:
                test(run, lq, lk)
            except AssertionError as problem:
                failures += 1
                print(f"{test.__name__}, Lq {lq}, Lk {lk}: {problem}")
    print(f"{3 * len(tests)} tests, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
