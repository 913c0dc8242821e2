"""Signatures, results, caches, errors with lines."""
import inspect
import threading
import time
import warnings

import attn
import attn.flex
import torch
from attn.flex import create_block_mask, flex_attention
from attn.flex import _program
from attn.flex._program import compiled
from torch.nn.attention import flex_attention as pytorch

from agreement import agree, draw, judge, qkv


def causal(b, h, q_idx, kv_idx):
    return q_idx >= kv_idx


def line_of(text):
    """Number of the line that ends in `# <text>`."""
    lines = open(__file__).read().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.endswith(f"# {text}"))


def refused(call, *parts, line=None):
    try:
        call()
    except attn.flex.FlexError as error:
        one = error.diagnostics[0]
        assert isinstance(error, attn.Error) and all(part in one.message for part in parts), error
        if line is not None:
            assert one.file == __file__ and one.line == line_of(line), error
        print("refused:", one.message)
        return
    raise AssertionError(f"no error, expected one that says {parts}")


def test_signatures():
    for name in attn.flex.__all__:
        assert name == "FlexError" or name in pytorch.__all__, name
    assert set(pytorch.__all__) <= set(attn.flex.__all__), set(pytorch.__all__) - set(attn.flex.__all__)
    for ours, theirs in ((flex_attention, pytorch.flex_attention), (create_block_mask, pytorch.create_block_mask)):
        mine, others = inspect.signature(ours).parameters, inspect.signature(theirs).parameters
        assert list(mine) == list(others), (list(mine), list(others))
        assert all(mine[name].default == others[name].default and mine[name].kind == others[name].kind for name in mine)


def test_results():
    q, k, v = qkv(heads=(4, 2), lengths=(33, 70))
    out = flex_attention(q, k, v, enable_gqa=True)
    both = flex_attention(q, k, v, enable_gqa=True, return_lse=True)
    aux = flex_attention(q, k, v, enable_gqa=True, return_aux=attn.flex.AuxRequest(lse=True))
    none = flex_attention(q, k, v, enable_gqa=True, return_aux=attn.flex.AuxRequest())
    assert isinstance(out, torch.Tensor) and isinstance(both, tuple) and torch.equal(both[0], out)
    assert isinstance(aux[1], pytorch.AuxOutput) and torch.equal(aux[1].lse, both[1]) and aux[1].max_scores is None
    assert torch.equal(none[0], out) and none[1] == pytorch.AuxOutput()
    bshd = [t.transpose(1, 2).contiguous().transpose(1, 2) for t in (q, k, v)]
    assert torch.equal(flex_attention(*bshd, enable_gqa=True), out)
    columns = [t.transpose(2, 3).contiguous().transpose(2, 3) for t in (q, k, v)]
    assert torch.equal(flex_attention(*columns, enable_gqa=True), out)
    shared = flex_attention(q, k[:1], v[:1], block_mask=create_block_mask(attn.flex.noop_mask, 2, 4, 33, 70, device="cpu"),
                            enable_gqa=True)
    assert torch.equal(shared, flex_attention(q, k[:1].expand(2, -1, -1, -1), v[:1].repeat(2, 1, 1, 1), enable_gqa=True))


def test_block_mask():
    ours = create_block_mask(causal, None, None, 1000, 1300, device="cpu")
    theirs = pytorch.create_block_mask(causal, None, None, 1000, 1300, device="cpu")
    assert "kv_indices" not in vars(ours) and ours.shape == theirs.shape and ours.numel() == theirs.numel()
    assert isinstance(ours, pytorch.BlockMask) and ours.seq_lengths == (1000, 1300) and ours.BLOCK_SIZE == (128, 128)
    assert "kv_indices" not in vars(ours)
    assert ours.sparsity() == theirs.sparsity() and str(ours) == str(theirs) and repr(ours) == repr(theirs)
    assert torch.equal(ours.to_dense(), theirs.to_dense()) and torch.equal(ours.kv_num_blocks, theirs.kv_num_blocks)
    assert ours[0, 0].shape == theirs[0, 0].shape
    start = time.perf_counter()
    assert create_block_mask(causal, 8, 64, 10**6, 10**6, device="cpu").shape == (8, 64, 10**6, 10**6)
    assert time.perf_counter() - start < 1, "a mask of any size is made at once"


def test_reuse():
    """One program for every batch and length; another for other heads, dtypes, functions."""
    slopes = draw(1, 1, 1, 4)[0, 0, 0]

    def alibi(score, b, h, q_idx, kv_idx):
        return score + slopes[h] * (kv_idx - q_idx)

    before = compiled()
    for batch, lengths in ((1, (1, 1)), (2, (33, 70)), (3, (200, 200)), (1, (5, 259))):
        agree(f"reuse {batch} {lengths}", alibi, causal, batch=batch, lengths=lengths)
    assert compiled() == before + 1, compiled() - before
    slopes.mul_(2)  # data, not part of the program
    agree("reuse, other slopes", alibi, causal)
    slopes = slopes / 3  # bound anew: traced again, the same program
    agree("reuse, new slopes", alibi, causal)
    assert compiled() == before + 1, compiled() - before
    agree("other heads", alibi, causal, heads=(4, 1))
    agree("other dtype", alibi, causal, dtype=torch.bfloat16)
    assert compiled() == before + 3, compiled() - before
    window = 3

    def near(b, h, q_idx, kv_idx):
        return q_idx - kv_idx <= window

    agree("window 3", mask_mod=near)
    window = 30  # a number is part of the program
    agree("window 30", mask_mod=near)

    class Settings:
        reach = 3

    def near_by_attribute(b, h, q_idx, kv_idx):
        return (q_idx - kv_idx).abs() <= Settings.reach

    agree("reach 3", mask_mod=near_by_attribute)
    Settings.reach = 30
    agree("reach 30", mask_mod=near_by_attribute)


def test_programs_are_bounded():
    """The program not called for longest goes first, and is compiled again when it is called again."""
    most, _program.MOST_PROGRAMS = _program.MOST_PROGRAMS, 2
    try:
        q, k, v = qkv()
        call = lambda scale: flex_attention(q, k, v, scale=scale)
        want = [call(scale) for scale in (0.5, 0.25)]
        before = compiled()
        assert torch.equal(call(0.5), want[0]) and compiled() == before
        call(0.125)  # 0.25 goes
        assert torch.equal(call(0.5), want[0]) and compiled() == before + 1, compiled() - before
        assert torch.equal(call(0.25), want[1]) and compiled() == before + 2, compiled() - before
        assert len(_program._programs) == 2
    finally:
        _program.MOST_PROGRAMS = most


def test_int64_ids():
    """Read as int32, for mask analysis, as long as they fit; then as they are, with the same result."""
    ids = torch.repeat_interleave(torch.arange(3), torch.tensor([40, 51, 40]))  # int64, as documents usually are
    same = lambda b, h, q_idx, kv_idx: ids[q_idx] == ids[kv_idx]
    agree("int64 ids", mask_mod=same, lengths=(131, 131))
    text = next(reversed(_program._programs))[0]
    assert "tensor<1x?xi32>" in text and "i64" not in text, text
    program = next(reversed(_program._programs.values()))
    assert "always masked" not in str(program.explain("Routes")), program.explain("Routes")
    before = compiled()
    ids += 7
    agree("int64 ids, other numbers", mask_mod=same, lengths=(131, 131))
    assert compiled() == before
    for number in (2**31, -(2**31) - 1):
        ids[50:60] = number  # no int32: cut to 32 bits it would be the id of others
        ids[:50] = number - 2**32 if number > 0 else number + 2**32
        agree(f"int64 ids, {number}", mask_mod=same, lengths=(131, 131))
        assert "tensor<1x?xi64>" in next(reversed(_program._programs))[0]
    assert compiled() == before + 1, compiled() - before
    ids[:] = 0
    agree("int64 ids, all alike", mask_mod=same, lengths=(131, 131))
    assert compiled() == before + 1


def test_options():
    q, k, v = qkv()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            flex_attention(q, k, v, kernel_options={"BLOCK_M": 64, "num_warps": 8})
    assert [str(one.message) for one in caught] == ["attn.flex ignores kernel_options: they are for Triton's kernels"]
    assert torch.equal(torch.compile(flex_attention)(q, k, v, block_mask=create_block_mask(causal, 1, 1, 131, 131, "cpu")),
                       flex_attention(q, k, v, block_mask=create_block_mask(causal, 1, 1, 131, 131, "cpu")))


def test_threads():
    q, k, v = qkv()
    wanted, found = flex_attention(q, k, v, lambda s, b, h, q_idx, kv_idx: s * 2), []
    mod = lambda s, b, h, q_idx, kv_idx: s * 2  # noqa: E731
    threads = [threading.Thread(target=lambda: found.append(flex_attention(q, k, v, mod))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(torch.equal(one, wanted) for one in found)


def test_errors():
    q, k, v = qkv()
    table = draw(1, 1, 9, 9)[0, 0]

    def by_value(score, b, h, q_idx, kv_idx):
        return score if q_idx > 3 else -score  # by value

    def unknown(score, b, h, q_idx, kv_idx):
        return torch.special.bessel_j0(score)  # unknown

    def gathers(score, b, h, q_idx, kv_idx):
        return score + table.cumsum(0)[h, torch.topk(table[h], 2).indices[0]]  # gathers

    def mask_of_two(b, h, q_idx, kv_idx):
        return table[h] > 0  # a row

    def asks(score, b, h, q_idx, kv_idx):
        return score * table[0, 0].item()  # asks

    def draws(score, b, h, q_idx, kv_idx):
        return score + torch.rand(())  # draws

    def writes(score, b, h, q_idx, kv_idx):
        return score + table.add_(1)[h, 0]  # writes

    def long_rows(score, b, h, q_idx, kv_idx):
        return score + long[h].sum()  # long rows

    long = torch.zeros(4, 2000)
    learned = torch.zeros(4, requires_grad=True)
    run = lambda mod: lambda: flex_attention(q, k, v, mod)  # noqa: E731
    refused(run(by_value), "aten._local_scalar_dense", "(__bool__)", "torch.where", line="by value")
    refused(run(unknown), "aten.special_bessel_j0", "not supported", line="unknown")
    refused(run(asks), "aten._local_scalar_dense", "(item)", line="asks")
    refused(run(draws), "aten.rand", "random", line="draws")
    refused(run(writes), "aten.add_.Tensor", "writes into a captured tensor", line="writes")
    refused(run(long_rows), "aten.index.Tensor", "2000 elements", line="long rows")
    refused(run(gathers), "aten.topk", "not supported", line="gathers")
    refused(lambda: flex_attention(q, k, v, block_mask=create_block_mask(mask_of_two, 2, 4, 131, 131, device="cpu")),
            "aten.gt.Scalar", "shape [9]", "expected a scalar", line="a row")
    refused(run(lambda s, b, h, i, j: s + learned[h]), "captured tensor requires grad", "forward only")
    refused(lambda: flex_attention(q.requires_grad_(), k, v), "query requires grad", "forward only")  # grad
    q.requires_grad_(False)
    refused(lambda: flex_attention(q, k[:, :2], v[:, :2]), "4 query heads and 2 key heads", "enable_gqa")
    refused(lambda: flex_attention(q.double(), k.double(), v.double()), "torch.float64", "expected float32")
    refused(lambda: flex_attention(q, k, v, block_mask=create_block_mask(causal, 1, 1, 64, 131, device="cpu")),
            "(64, 131)", "(131, 131)")
    refused(lambda: flex_attention(q, k, v, block_mask=create_block_mask(causal, 1, 1, 131, 131, device="cpu")[:, 0]),
            "sliced BlockMask")
    refused(lambda: flex_attention(q, k, v, block_mask=causal), "found function", "create_block_mask")
    refused(lambda: flex_attention(q, k, v, return_aux=pytorch.AuxRequest(max_scores=True)), "max_scores")
    refused(lambda: create_block_mask(unknown, 1, 1, 8, 8, device="cpu"), "expected a function of (b, h, q_idx, kv_idx)")
    with torch.no_grad():
        flex_attention(q, k, v, lambda s, b, h, i, j: s + learned[h])


def test_short_table():
    """A table that is too short is an error at launch; one that is long enough is not."""
    table = draw(1, 1, 1, 100)[0, 0, 0]

    def biased(score, b, h, q_idx, kv_idx):
        return score + table[kv_idx // 2 + 1]  # too short

    agree("long enough", biased, lengths=(7, 198))
    try:
        flex_attention(*qkv(lengths=(7, 199)), biased)
    except attn.LaunchError as error:
        assert f"{__file__}:{line_of('too short')}" in str(error) and "size" in str(error), error
        print("refused:", error)
        return
    raise AssertionError("no error, expected one about the table")


test_signatures()
test_results()
test_block_mask()
test_reuse()
test_programs_are_bounded()
test_int64_ids()
test_options()
test_threads()
test_errors()
test_short_table()
print("interface good")
