"""Writes inputs of small.mlir, good and bad, into a folder.

usage: arrays.py FOLDER
"""
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
draw = np.random.default_rng(1)
q = draw.standard_normal((1, 2, 5, 8), np.float32)
k = draw.standard_normal((1, 1, 5, 8), np.float32)
arrays = {
    "q": q, "k": k, "v": -k, "ids": np.array([[0, 0, 1, 1, 1]], np.int32),
    "q-rank": q[0], "q-heads": np.repeat(q, 2, axis=1), "k-longer": np.repeat(k, 2, axis=2),
    "q-int": q.astype(np.int32), "q-complex": q.astype(np.complex64), "ids-short": np.zeros((1, 4), np.int32),
    "ids-float": np.zeros((1, 5), np.float32),
}
for name, array in arrays.items():
    np.save(folder / f"{name}.npy", array)
whole = (folder / "q.npy").read_bytes()
(folder / "q-truncated.npy").write_bytes(whole[:-4])
(folder / "q-header.npy").write_bytes(whole[:20])
(folder / "q-empty.npy").write_bytes(b"")
(folder / "q-text.npy").write_bytes(b"these are no numbers, and this is no array file\n")
