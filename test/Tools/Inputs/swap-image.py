"""Puts other code into an artifact, with its hash: swap-image.py DIR.attn FILE.c"""
import hashlib
import json
import os
import subprocess
import sys

folder, source = sys.argv[1:]
path = os.path.join(folder, "manifest.json")
manifest = json.load(open(path))
image = manifest["images"][0]
library = os.path.join(folder, image["file"])
text = open(source).read()
for kernel in {k["name"] for k in manifest["kernels"]}:
    text += f"\nint {kernel}_v3(void) {{ __builtin_trap(); }}\nint {kernel}_v4(void) {{ __builtin_trap(); }}\n"
open(source, "w").write(text)
os.remove(library)
subprocess.check_call(["clang-22", "-shared", "-fPIC", "-w", "-o", library, source])
data = open(library, "rb").read()
image["sha256"] = hashlib.sha256(data).hexdigest()
image["bytes"] = len(data)
json.dump(manifest, open(path, "w"))
