"""NumPy arrays on the device cuda: copied there and back; against the device cpu. usage: ARTIFACT SAME-FOR-CPU"""
import sys
import warnings

import attn
import numpy as np

run = attn.load(sys.argv[1])
names = [x.name for x in run.inputs]
sizes = {"B": 2, "Lq": 33, "Lk": 21}
generator = np.random.default_rng(1)
inputs = {x.name: generator.standard_normal([sizes.get(axis, axis) for axis in x.shape]).astype(np.float32)
          for x in run.inputs}
inputs["q"] = np.asfortranarray(inputs["q"])  # no layout that a device could take
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    results = run(**inputs, device="cuda")
inputs["q"] = np.ascontiguousarray(inputs["q"])
assert all((a == b).all() for a, b in zip(results, attn.load(sys.argv[2])(**inputs, device="cpu")))
print("cuda equals cpu;", *(str(warning.message) for warning in caught))
