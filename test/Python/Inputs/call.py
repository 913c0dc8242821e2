"""Calls from Python: values at ragged sizes, layouts, types, what comes back."""
import os
import pathlib
import sys
import tempfile
import time

import attn
import numpy as np

from expected import ROUND, attention, bf16, causal, draw, program, shapes, worst_ratio

SIZES = [(1, 1, 1), (2, 37, 101), (1, 129, 67), (3, 48, 48), (1, 0, 5), (2, 3, 0), (0, 4, 4)]


def check(out, lse, q, k, v, dtype="f32"):
    """Out by the row bound, lse by what f32 dot products may be off, empty rows exactly."""
    seen = causal(q.shape[2], k.shape[2])
    ratio = worst_ratio(out, q, k, v, seen, dtype)
    assert ratio <= 1, (dtype, q.shape, k.shape, ratio)
    exact = attention(q, k, v, seen, np.float64, np.float64)[1]
    empty = np.isneginf(exact)
    assert (np.isneginf(lse) == empty).all()
    reach = np.abs(q).astype(np.float64) @ np.abs(k).repeat(2, 1).transpose(0, 1, 3, 2).astype(np.float64)
    worst_logit = np.where(seen, reach * q.shape[3] ** -0.5, 0).max(-1, initial=0)
    bound = 2.0**-24 * (q.shape[3] + 1) * worst_logit + 2.0**-20  # + exp and log of the sum
    assert (np.abs(lse[~empty] - exact[~empty]) <= bound[~empty]).all()


def test_values():
    run = attn.compile(program())
    for seed, (b, lq, lk) in enumerate(SIZES):
        q, k, v = draw(seed, *shapes(b, lq, lk))
        out, lse = run(q=q, k=k, v=v, device="cpu")
        assert type(out) is np.ndarray and out.dtype == lse.dtype == np.float32 and out.shape == q.shape
        check(out, lse, q, k, v)


def test_large_logits_and_nan():
    run = attn.compile(program())
    q, k, v = draw(3, *shapes(1, 50, 70))
    q *= 3e4 / np.abs(q).max()
    check(*run(q=q, k=k, v=v), q, k, v)
    k[0, 1, 69] = np.nan  # only the last query of heads 2 and 3 sees it
    out, _ = run(q=q, k=k, v=v)
    bad = np.isnan(out).all(-1)
    assert bad[0, 2:, 49].all() and bad.sum() == 2 and np.isnan(out).sum() == 2 * 40


def test_types():
    q, k, v = draw(4, *shapes(2, 33, 65))
    half = [x.astype(np.float16) for x in (q, k, v)]
    out, lse = attn.compile(program("f16"))(q=half[0], k=half[1], v=half[2])
    assert out.dtype == np.float16 and lse.dtype == np.float32
    check(out, lse, *half, "f16")
    out, lse = attn.compile(program("bf16"))(q=q, k=k, v=v)
    assert out.dtype == np.float32 and (out == bf16(out)).all()
    check(out, lse, *map(bf16, (q, k, v)), "bf16")


def test_bf16_rounding():
    from attn._tensors import from_bf16, round_to_bf16
    bits = np.random.default_rng(1).integers(0, 2**32, 100000, np.uint32)
    x = np.concatenate([bits.view(np.float32), np.float32([0, -0.0, np.inf, -np.inf, 1 + 2**-8, 1 + 3 * 2**-8, 3.4e38])])
    with np.errstate(invalid="ignore", over="ignore"):
        normal = np.isfinite(x) & (np.abs(x) >= 2.0**-126)
        assert (from_bf16(round_to_bf16(x))[normal] == bf16(x[normal])).all()
        assert (np.isnan(from_bf16(round_to_bf16(x))) == np.isnan(x)).all()


def test_layouts():
    run = attn.compile(program())
    q, k, v = draw(5, *shapes(2, 60, 60))
    wanted = run(q=q, k=k, v=v)
    bshd = [np.ascontiguousarray(x.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3) for x in (q, k, v)]
    packed = np.full((2, 60, 8, 48), np.nan, np.float32)  # q, k, v interleaved, with NaN padding
    slices = [packed[:, :, 0:4, :40], packed[:, :, 4:6, :40], packed[:, :, 6:8, :40]]
    for part, x in zip(slices, (q, k, v)):
        part[:] = x.transpose(0, 2, 1, 3)
    for layout in (bshd, [part.transpose(0, 2, 1, 3) for part in slices]):
        assert not layout[0].flags.c_contiguous
        for have, want in zip(run(q=layout[0], k=layout[1], v=layout[2]), wanted):
            assert (have == want).all()
    q.flags.writeable = False
    assert (run(q=q, k=k, v=v)[0] == wanted[0]).all()


def test_devices():
    run = attn.compile(program("bf16", 64), target="sm_90a,cpu")
    q, k, v = draw(6, *shapes(1, 40, 70, 64))
    for device in ("cpu", "sim", "reference"):
        check(*run(q=q, k=k, v=v, device=device, Lq=40, Lk=np.int64(70)), *map(bf16, (q, k, v)), "bf16")


def test_tables_anywhere():
    """Kernels load two neighbours of a table at once where its base and its strides allow it."""
    table = 'tensor<4x?x?xf16>'
    shape = 'attn.shape = ["B", "{}", "L", "D"]'
    run = attn.compile(f"""
        func.func @main(%q: tensor<?x4x?x64xf16> {{{shape.format("Hq")}, attn.name = "q"}},
                        %k: tensor<?x2x?x64xf16> {{{shape.format("Hk")}, attn.name = "k"}},
                        %t: {table} {{attn.shape = ["Hq", "L", "L"], attn.name = "t"}}) -> tensor<?x4x?x64xf16> {{
          %s = attn.stream %k, %k : tensor<?x2x?x64xf16>, tensor<?x2x?x64xf16>
          %o = attn.attend %q over %s score(%t : {table}) {{
          ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %c: {table}):
            %e = attn.read %c[%h, %i, %j] : {table}
            %f = arith.extf %e : f16 to f32
            %y = arith.addf %x, %f : f32
            attn.yield %y : f32
          }} : tensor<?x4x?x64xf16> -> tensor<?x4x?x64xf16>
          return %o : tensor<?x4x?x64xf16>
        }}""", target="sm_90a")
    random = np.random.default_rng(8)
    length = 301
    q, k = (random.standard_normal((1, heads, length, 64)).astype(np.float16) for heads in (4, 2))
    bias = random.standard_normal((4, length, length)).astype(np.float16)
    results = []
    for before, behind in ((0, 3), (1, 2), (0, 2), (1, 3)):  # base and stride: even, even; odd, even; even, odd; odd, odd
        memory = np.full((4, length, before + length + behind), np.nan, np.float16)
        memory[..., before:before + length] = bias
        results.append(run(q=q, k=k, t=memory[..., before:before + length], device="sim"))
    assert all((result == results[0]).all() for result in results) and np.isfinite(results[0]).all()


def test_one_result_is_no_tuple():
    path = pathlib.Path(os.environ["ATTN_SOURCE"], "test", "Run", "documents-alibi.mlir")
    run = attn.compile(path)
    (q, k, v), ids = draw(7, *[(2, 8, 45, 64)] * 3), np.repeat([[0, 1, 4]], 15, 1).repeat(2, 0).astype(np.int32)
    slopes = (2.0 ** -np.arange(1, 9)).astype(np.float32)
    out = run(q=q, k=k, v=v, doc=ids, slopes=slopes)
    assert type(out) is np.ndarray
    i, j = np.ogrid[:45, :45]
    logits = q.astype(float) @ k.astype(float).transpose(0, 1, 3, 2) / 8 + slopes[:, None, None] * (j - i)
    logits[:, :, (j > i) | (ids[0][i] != ids[0][j])] = -np.inf
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    assert np.abs(out - weights / weights.sum(-1, keepdims=True) @ v).max() < 1e-5


def test_what_a_program_says():
    run = attn.compile(program())
    assert run.name == "main" and run.letters == ("B", "Hq", "Lq", "D", "Hk", "Lk")
    assert run.inputs[1] == attn.Tensor("k", "f32", ("B", 2, "Lk", 40))
    assert [x.name for x in run.outputs] == ["o", "lse"]
    assert "<string>:8:8: remark" in run.explain() and "MaskToRoutes" in run.explain("Routes")
    assert run.explain("no such thing") == ""
    assert run.manifest["entries"][0]["name"] == "main"
    assert attn.__version__.count(".") == 2 and attn.compile.__doc__ and attn.Program.__call__.__doc__


def test_entries():
    two = program().replace("@main", "@first") + program().replace("@main", "@second").replace("causal", "causal offset(-1)")
    q, k, v = draw(8, *shapes(1, 9, 9))
    first, second = (attn.compile(two, entry=name)(q=q, k=k, v=v)[0] for name in ("first", "second"))
    assert (first[:, :, 0] == v.repeat(2, 1)[:, :, 0]).all() and (second[:, :, 0] == 0).all()
    assert attn.compile(program().replace("@main", "@only")).name == "only"


def test_load():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "p.mlir").write_text(program())
        assert os.system(f"attnc {folder}/p.mlir -o {folder}/p.attn") == 0
        loaded, q, k, v = attn.load(folder / "p.attn"), *draw(9, *shapes(1, 20, 30))
        want = attn.compile(program())(q=q, k=k, v=v)
        assert all((a == b).all() for a, b in zip(loaded(q=q, k=k, v=v), want))
        assert "MaskToRoutes" in loaded.explain()


tests = [test for name, test in list(globals().items()) if name.startswith("test_")]
for test in tests:
    start = time.time()
    test()
    print("good:", test.__name__, f"{time.time() - start:.1f} s")
print(len(tests), "tests")
