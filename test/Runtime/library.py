"""library.py LIBRARY: size, needed libraries and exported symbols of libattn_runtime.so."""
import os
import subprocess
import sys

library = sys.argv[1]
linked = subprocess.run(["ldd", library], check=True, capture_output=True, text=True).stdout
symbols = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True,
                         text=True).stdout
names = [line.split()[-1] for line in symbols.splitlines()]
print("below 2 MB:", os.path.getsize(library) < 2_000_000)
print("needs LLVM:", "LLVM" in linked or "MLIR" in linked)
print("exports beside attn*:", [name for name in names if not name.startswith("attn")])
