"""attn-run PROGRAM --against=reference of a device whose compiler loses the first mask.

The device is the reference, at the program without the mask. Exit code 1 if its results are
not those of the program.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np


def run(program, inputs, results, folder):
    outputs = {name: folder / f"{name}.npy" for name in results}
    subprocess.run(["attn-run", program, "--device=reference", *inputs,
                    *(f"--out={name}={path}" for name, path in outputs.items())], check=True)
    return {name: np.load(path) for name, path in outputs.items()}


def main(program, inputs, folder):
    text = pathlib.Path(program).read_text()
    given = {option.split("=")[1] for option in inputs}
    results = [name for name in re.findall(r'attn\.name = "(\w+)"', text) if name not in given]
    broken = folder / "broken.mlir"
    broken.write_text(re.sub(r" mask %\w+", "", text, count=1))
    expected, found = (run(path, inputs, results, folder) for path in (program, broken))
    wrong = [name for name in results
             if not np.allclose(found[name], expected[name], rtol=1e-2, equal_nan=True)]
    for name in results:
        print(f"against reference: {name}: {'wrong' if name in wrong else 'right'}")
    sys.exit(bool(wrong))


with tempfile.TemporaryDirectory() as temporary:
    main(sys.argv[1], [option for option in sys.argv[2:] if option.startswith("--in=")],
         pathlib.Path(temporary))
