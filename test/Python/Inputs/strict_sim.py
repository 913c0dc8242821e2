"""A forward kernel as it is, and without its first wait for a product.

usage: strict_sim.py FOLDER_OF_MUTATE FOLDER
"""
import pathlib
import sys

import numpy as np

import attn

sys.path.insert(0, sys.argv[1])
import async_mutants  # noqa: E402
from mutate import Program  # noqa: E402

folder = pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
(folder / "forward.mlir").write_text(async_mutants.SOURCE)
program = Program(folder / "forward.mlir", folder)
broken = program.mutant("no-wait")
broken.drop(broken.find(async_mutants.WAIT)[0])

arguments = {name: np.zeros((1, 1, 3, 64), np.float32) for name in "qkv"}
assert (attn.load(program.artifact)(**arguments, device="sim") == 0).all()
try:
    attn.load(broken.artifact())(**arguments, device="sim")
except attn.LaunchError as error:
    assert "uses the accumulator of nvvm.wgmma.mma_async" in str(error) and "which is in flight" in str(error), error
    print("good, LaunchError")
