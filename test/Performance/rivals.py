"""The rivals on the CPU, each as a function that runs one forward pass.

A rival gets its data in the layout it likes best, laid out before the clock starts.
Each maker returns (run, result): `result()` is the last output as [B, H, L, D].
"""
import functools

import numpy as np
import torch
import torch.nn.functional as F

import masks


def pytorch(mask, q, k, v):
    """scaled_dot_product_attention, full or causal."""
    out = []
    def run():
        out[:] = [F.scaled_dot_product_attention(q, k, v, is_causal=mask == "causal")]
    return run, lambda: out[0]


@functools.lru_cache(maxsize=None)
def compiled_attention():
    return torch.compile(F.scaled_dot_product_attention, dynamic=False)


def pytorch_compiled(mask, q, k, v):
    attention, out = compiled_attention(), []
    def run():
        out[:] = [attention(q, k, v, is_causal=mask == "causal")]
    return run, lambda: out[0]


@functools.lru_cache(maxsize=None)
def compiled_flex_attention():
    from torch.nn.attention.flex_attention import flex_attention
    return torch.compile(flex_attention, dynamic=False)


def flex_attention(mask, q, k, v):
    """Compiled FlexAttention with a block mask made before the clock starts."""
    from torch.nn.attention.flex_attention import create_block_mask
    ids = torch.from_numpy(masks.document_ids(q.shape[2]).astype(np.int64))
    slopes = torch.from_numpy(masks.slopes(q.shape[1]))
    causal = lambda b, h, i, j: i >= j
    conditions = {
        "causal": causal, "alibi": causal, "softcap": causal,
        "window": lambda b, h, i, j: (i >= j) & (i - j < masks.WINDOW),
        "document": lambda b, h, i, j: ids[i] == ids[j],
    }
    blocks = None if mask == "full" else create_block_mask(
        conditions[mask], None, None, q.shape[2], k.shape[2], device="cpu")
    score = {
        "alibi": lambda s, b, h, i, j: s + slopes[h] * (j - i),
        "softcap": lambda s, b, h, i, j: masks.SOFTCAP * torch.tanh(s / masks.SOFTCAP),
    }.get(mask)
    attention, out = compiled_flex_attention(), []
    def run():
        out[:] = [attention(q, k, v, score_mod=score, block_mask=blocks)]
    return run, lambda: out[0]


def onnxruntime(mask, q, k, v):
    """The contrib operator MultiHeadAttention, [B, L, H * D], f32."""
    import onnxruntime as ort
    from onnx import TensorProto, helper
    batch, heads, length, size = q.shape
    flat = [batch, length, heads * size]
    def value(name):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, flat)
    node = helper.make_node("MultiHeadAttention", ["q", "k", "v"], ["o"], domain="com.microsoft",
                            num_heads=heads, unidirectional=int(mask == "causal"))
    graph = helper.make_graph([node], "attention", [value(n) for n in "qkv"], [value("o")])
    model = helper.make_model(graph, ir_version=10, opset_imports=[
        helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)])
    options = ort.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    # Its threads must not spin into the next contestant's time.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feed = {n: np.ascontiguousarray(t.transpose(1, 2)).reshape(flat) for n, t in zip("qkv", (q, k, v))}
    out = []
    def run():
        out[:] = session.run(None, feed)
    return run, lambda: torch.from_numpy(out[0]).reshape(batch, length, heads, size).transpose(1, 2)


def for_mask(mask, dtype):
    """Name -> maker of every rival that can run this mask and type."""
    rivals = {"flex_attention": flex_attention}
    if mask in ("full", "causal"):
        rivals.update(pytorch=pytorch, pytorch_compiled=pytorch_compiled)
        if dtype == torch.float32:
            rivals["onnxruntime"] = onnxruntime
    return rivals
