"""Without ld.lld: compiling is a CompileError that says what to install; an artifact made elsewhere runs.

usage: no_linker.py ARTIFACT
"""
import sys

import attn

from expected import draw, program, shapes

try:
    attn.compile(program())
except attn.CompileError as error:
    print(error)
    assert error.diagnostics[0].severity == "error"
q, k, v = draw(1, *shapes(2, 20, 30))
out = attn.load(sys.argv[1])(q=q, k=k, v=v)[0]
print("loaded and run", out.shape)
