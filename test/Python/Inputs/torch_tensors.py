"""PyTorch in, PyTorch out: values, types, gradients, the current stream where there is a GPU."""
import attn
import numpy as np
import torch

from expected import draw, program, shapes


def refused(text, call, **operands):
    try:
        call(**operands)
    except attn.LaunchError as error:
        assert text in str(error), str(error)
        return
    raise AssertionError(f"no error; expected one that says: {text}")


def test_host(run, arrays):
    wanted = run(**arrays)
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    results = run(**tensors)
    assert all(isinstance(r, torch.Tensor) and (r.numpy() == w).all() for r, w in zip(results, wanted))
    bshd = {name: t.transpose(1, 2).contiguous().transpose(1, 2) for name, t in tensors.items()}
    assert torch.equal(run(**bshd)[0], results[0])
    assert isinstance(run(q=tensors["q"], k=arrays["k"], v=arrays["v"])[0], torch.Tensor)


def test_types(arrays):
    for name, dtype in (("f16", torch.float16), ("bf16", torch.bfloat16)):
        tensors = {key: torch.from_numpy(array).to(dtype) for key, array in arrays.items()}
        out, lse = attn.compile(program(name))(**tensors)
        assert out.dtype == dtype and lse.dtype == torch.float32
        q, k, v = (tensors[key].double() for key in "qkv")
        mask = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).tril(k.shape[2] - q.shape[2])
        wanted = torch.nn.functional.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)
        assert (out.double() - wanted).abs().max() < 8 * torch.finfo(dtype).eps


def test_gradients(run, arrays):
    tensors = {name: torch.from_numpy(array).requires_grad_() for name, array in arrays.items()}
    refused("'q': requires grad, and attn is forward only so far", run, **tensors)
    with torch.no_grad():
        out, _ = run(**tensors)
    assert not out.requires_grad
    with torch.inference_mode():
        assert torch.equal(run(**tensors)[0], out)


def test_gpu(arrays):
    run = attn.compile(program("f16", 64), target="sm_90a,cpu")
    host = {name: torch.from_numpy(array).half() for name, array in arrays.items()}
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        results = run(**{name: t.cuda(non_blocking=True) for name, t in host.items()}, device="cuda")
    stream.synchronize()
    assert all(r.is_cuda for r in results)
    assert (results[0].cpu().double() - run(**host)[0].double()).abs().max() < 8 * torch.finfo(torch.float16).eps


run = attn.compile(program())
arrays = dict(zip("qkv", draw(1, *shapes(2, 33, 70))))
test_host(run, arrays)
test_types(arrays)
test_gradients(run, arrays)
if torch.cuda.is_available() and torch.cuda.get_device_capability()[0] == 9:
    test_gpu(dict(zip("qkv", draw(2, *shapes(2, 33, 70, 64)))))
    print("GPU good")
print("PyTorch good")
