"""Is a result right? The row bound of the project, on sampled rows, with PyTorch.

    |x - r| <= 2 |p - r| + c |r| + 2^-23 (1 + max |logit|) max |v|     (maxima over a row)

r: float64 on the rounded inputs. p: the unfused program, f32 accumulation, with
probabilities and output rounded once to the input type.
"""
import numpy as np
import torch

ROUNDING = {torch.float32: 2.0**-23, torch.float16: 2.0**-11, torch.bfloat16: 2.0**-8}
ROWS = 64


def sample(length):
    rows = np.random.default_rng(1).choice(length, min(ROWS, length), replace=False)
    return np.unique(np.concatenate([rows, [0, length - 1]]))


def attention(q, k, v, seen, dtype, rounded, score):
    logits = score((q.to(dtype) @ k.to(dtype).transpose(-1, -2)) * q.shape[-1] ** -0.5)
    logits = logits.masked_fill(~seen, float("-inf"))
    weights = torch.softmax(logits, -1)
    if rounded is not None:
        weights = weights.to(rounded).to(dtype)
    largest = logits.masked_fill(~seen, 0).abs().amax(-1, keepdim=True)
    return weights @ v.to(dtype), largest


def worst_ratio(visible, q, k, v, result, score=lambda logits, rows: logits):
    """The largest error / bound over sampled rows of all heads; q k v result: [B, H, L, D].

    visible(rows, keys): bool, [rows, keys] or by head. score(logits, rows): what is made of logits.
    """
    rows = sample(q.shape[2])
    seen = torch.as_tensor(visible(rows, k.shape[2]))
    of_rows = lambda logits: score(logits, rows)
    exact, logit = attention(q[:, :, rows], k, v, seen, torch.float64, None, of_rows)
    plain, _ = attention(q[:, :, rows], k, v, seen, torch.float32, q.dtype, of_rows)
    plain = plain.to(q.dtype).double()
    row = lambda x: x.abs().amax(-1, keepdim=True)
    bound = (2 * row(plain - exact) + ROUNDING[q.dtype] * row(exact)
             + 2.0**-23 * (1 + logit) * v.double().abs().max())
    ratio = row(result[:, :, rows].double() - exact) / bound
    return float("inf") if ratio.isnan().any() else ratio.max().item()
