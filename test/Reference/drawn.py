"""What attn-run drew: lengths per batch and packed offsets, read from which rows of lse exist.

Usage: drawn.py BATCH.npy PACKED.npy
"""
import sys

import numpy as np

batch, packed = (np.load(path) for path in sys.argv[1:])
lengths = (~np.isnan(batch[:, 0])).sum(axis=1)
for b, n in enumerate(lengths):
    assert not np.isnan(batch[b, :, :n]).any() and np.isnan(batch[b, :, n:]).all(), (b, n)
assert len(set(lengths)) > 3 and lengths.max() <= 90 and lengths.max() > 45, lengths

# With scale 0, lse is ln of the number of keys of the row's sequence: few numbers, in runs.
keys = np.rint(np.exp(packed[0].astype(np.float64))).astype(int)
runs = [keys[0]] + [b for a, b in zip(keys, keys[1:]) if a != b]
assert not np.isnan(packed).any() and 3 <= len(runs) <= 5 and sum(runs) <= 70, runs
