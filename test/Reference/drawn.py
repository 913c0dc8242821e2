"""What attn-run drew: lengths per batch and packed offsets, read from which rows of lse exist; bools, from
which rows see their own key.

Usage: drawn.py BATCH.npy PACKED.npy RUNS.npy COINS.npy
"""
import sys

import numpy as np

batch, packed, *bools = (np.load(path) for path in sys.argv[1:])
lengths = (~np.isnan(batch[:, 0])).sum(axis=1)
for b, n in enumerate(lengths):
    assert not np.isnan(batch[b, :, :n]).any() and np.isnan(batch[b, :, n:]).all(), (b, n)
assert len(set(lengths)) > 3 and lengths.max() <= 90 and lengths.max() > 45, lengths

# With scale 0, lse is ln of the number of keys of the row's sequence: few numbers, in runs.
keys = np.rint(np.exp(packed[0].astype(np.float64))).astype(int)
runs = [keys[0]] + [b for a, b in zip(keys, keys[1:]) if a != b]
assert not np.isnan(packed).any() and 3 <= len(runs) <= 5 and sum(runs) <= 70, runs

# About 8 runs, whose bits alternate; coins change at every second key.
runs, coins = (int((np.diff(np.isfinite(rows[0, 0])) != 0).sum()) for rows in bools)
assert 2 <= runs <= 25 and 150 <= coins <= 250, (runs, coins)
