"""Every class of error: its type, its text, its diagnostics."""
import os
import pathlib
import pickle

import attn
import numpy as np

from expected import draw, program, shapes

COUNT = 0


def fails(kind, text, call, *args, **kwargs):
    """`call` raises just `kind`, whose text holds `text`; returns the error."""
    global COUNT
    COUNT += 1
    try:
        call(*args, **kwargs)
    except attn.Error as error:
        assert type(error) is kind, (kind, error)
        assert text in str(error), (text, str(error))
        assert error.diagnostics and all(isinstance(d, attn.Diagnostic) for d in error.diagnostics)
        assert error.diagnostics[0].severity == "error"
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is kind and str(again) == str(error) and again.diagnostics == error.diagnostics
        return error
    raise AssertionError(f"no error; expected one that says: {text}")


def compile_errors(folder):
    bad = program().replace("%m = attn.mask.causal", "%m = attn.mask.window left(-3)")
    error = fails(attn.CompileError, "left", attn.compile, bad)
    first = error.diagnostics[0]
    assert (first.file, first.line, first.column) == ("<string>", 7, 8), first
    assert str(error).startswith("<string>:7:8: error: ") and first.message in str(error)

    path = folder / "bad.mlir"
    path.write_text("\n\nfunc.func @main(")
    error = fails(attn.CompileError, "bad.mlir:3:", attn.compile, path)
    assert error.diagnostics[0].file == str(path) and error.diagnostics[0].line == 3
    fails(attn.CompileError, "can not read", attn.compile, folder / "none.mlir")
    fails(attn.CompileError, "pathlib.Path('x.mlir')", attn.compile, "x.mlir")
    fails(attn.CompileError, "has no function", attn.compile, "")
    fails(attn.CompileError, "unknown target 'tpu'; expected cpu or sm_90a", attn.compile, program(), target="tpu")
    fails(attn.CompileError, "found no target", attn.compile, program(), target="")
    fails(attn.CompileError, "'nope'", attn.compile, program(), entry="nope")
    error = fails(attn.CompileError, "f32", attn.compile, program(), target="sm_90a")
    assert error.diagnostics[0].line is not None
    for wrong in (None, 3, b"func"):
        try:
            attn.compile(wrong)
        except TypeError:
            continue
        raise AssertionError(f"{wrong!r} is no source")


def launch_errors(folder):
    run = attn.compile(program())
    q, k, v = draw(1, *shapes(2, 20, 30))
    launch = lambda **changed: run(**{**dict(q=q, k=k, v=v), **changed})
    fails(attn.LaunchError, "needs a tensor for 'k', 'v'", run, q=q)
    fails(attn.LaunchError, "has no argument or letter 'x'; its arguments are 'q', 'k', 'v'", launch, x=q)
    fails(attn.LaunchError, "letter Lq: found 21 as given, but the tensors have 20", launch, Lq=21)
    fails(attn.LaunchError, "letter Lq: found str, expected an integer", launch, Lq="20")
    fails(attn.LaunchError, "'q': found list, expected a NumPy array", launch, q=q.tolist())
    fails(attn.LaunchError, "'q': found float64, expected float32", launch, q=q.astype(np.float64))
    fails(attn.LaunchError, "'q': found object", launch, q=q.astype(object))
    fails(attn.LaunchError, "'q'", launch, q=q.astype(">f4"))
    fails(attn.LaunchError, "found uint16, expected float32, which is rounded to bf16", attn.compile(program("bf16")),
          q=q.astype(np.uint16), k=k, v=v)
    fails(attn.LaunchError, "Lk", launch, v=v[:, :, :29])
    fails(attn.LaunchError, "'q'", launch, q=q[0])
    fails(attn.LaunchError, "'k'", launch, k=np.zeros((2, 3, 30, 40), np.float32))
    fails(attn.LaunchError, "stride", launch, q=np.asfortranarray(q))
    fails(attn.LaunchError, "stride", launch, q=q[:, :, ::-1])
    fails(attn.LaunchError, "Hk heads", launch, k=np.broadcast_to(k[:, :1], k.shape))
    fails(attn.LaunchError, "'tpu' is not available", launch, device="tpu")
    fails(attn.LaunchError, "libcuda", launch, device="cuda")
    fails(attn.LaunchError, "sm_90a", launch, device="sim")
    fails(attn.LaunchError, "manifest.json", attn.load, folder / "none.attn")


def unchanged_after_errors():
    """A program that failed to launch still runs."""
    run = attn.compile(program())
    q, k, v = draw(2, *shapes(1, 20, 30))
    want = run(q=q, k=k, v=v)[0]
    fails(attn.LaunchError, "", run, q=q[:, :3], k=k, v=v)
    assert (run(q=q, k=k, v=v)[0] == want).all()


assert issubclass(attn.CompileError, attn.Error) and issubclass(attn.LaunchError, attn.Error)
folder = pathlib.Path(os.environ["ATTN_FOLDER"])
folder.mkdir(parents=True, exist_ok=True)
compile_errors(folder)
launch_errors(folder)
unchanged_after_errors()
print(COUNT, "errors")
