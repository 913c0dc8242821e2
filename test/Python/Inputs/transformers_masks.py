"""attn.transformers: who sees whom, for every mask that transformers makes, exactly as sdpa_mask's table says.

Random batch sizes, lengths, offsets of a cache and padding; a mask of ours is expanded by
its definition. Then what is no such mask is refused.
"""
import random

import attn
import torch
from attn.transformers._masks import make_mask
from transformers import masking_utils as hf


def table(mask, batch):
    """[B, 1, queries, capacity] by the definition in class Mask."""
    i, j = torch.arange(mask.queries)[:, None], torch.arange(mask.keys)[None, :]
    p = i + mask.keys - mask.queries
    seen = torch.ones(batch, 1, mask.queries, mask.keys, dtype=torch.bool)
    if mask.left is not None:
        seen &= j >= p - mask.left
    if mask.right is not None:
        seen &= j <= p + mask.right
    if mask.key_ids is not None:
        assert mask.query_ids.dtype == mask.key_ids.dtype == torch.int32
        seen &= (mask.query_ids[:, :, None] == mask.key_ids[:, None, :])[:, None]
    return torch.nn.functional.pad(seen, (0, mask.capacity - mask.keys))


def padding(draw, batch, keys):
    """Left, right, both, holes, or none; None is a table that is not there."""
    kind = draw.choice(["none", "ones", "left", "right", "both", "holes"])
    if kind == "none":
        return None
    seen = torch.ones(batch, keys, dtype=torch.bool)
    for row in seen:
        cut = draw.randrange(keys)
        if kind in ("left", "both"):
            row[:cut] = False
        if kind in ("right", "both"):
            row[keys - draw.randrange(keys):] = False
        if kind == "holes":
            row[torch.rand(keys) < 0.3] = False
    return seen


def cached(draw):
    """Lengths and offsets as a growing, a sliding or a static cache reports them."""
    queries, past = draw.choice([1, 1, 2, 7, 19]), draw.choice([0, 0, 3, 30])
    kind = draw.choice(["growing", "static", "sliding"])
    first = max(past - 9, 0) if kind == "sliding" else 0
    keys = past + queries - first + (draw.randrange(1, 9) if kind == "static" else 0)
    offset = torch.tensor(past) if kind == "static" and draw.random() < 0.5 else past
    return dict(q_length=queries, kv_length=keys, q_offset=offset, kv_offset=first)


def agree(function, batch, attention_mask, sizes):
    wanted = hf.sdpa_mask(batch_size=batch, mask_function=function, attention_mask=attention_mask,
                          allow_is_causal_skip=False, **sizes)
    found = table(make_mask(batch_size=batch, mask_function=function, attention_mask=attention_mask, **sizes), batch)
    assert torch.equal(found, wanted), (function.__qualname__, sizes, attention_mask)


def test_causal(draw):
    batch, sizes = draw.randrange(1, 4), cached(draw)
    size = draw.randrange(1, 12)
    functions = [hf.causal_mask_function, hf.sliding_window_causal_mask_function(size),
                 hf.chunked_causal_mask_function(size, torch.tensor([draw.randrange(5) for _ in range(batch)]))]
    seen = padding(draw, batch, int(sizes["q_offset"]) + sizes["q_length"])
    for function in functions:
        agree(function, batch, seen, sizes)


def test_bidirectional(draw):
    batch, length, size = draw.randrange(1, 4), draw.randrange(1, 20), draw.randrange(0, 12)
    agree(hf.sliding_window_bidirectional_mask_function(size), batch, padding(draw, batch, length),
          dict(q_length=length, kv_length=length))
    keys = draw.randrange(1, 20)  # of another sequence
    agree(hf.bidirectional_mask_function, batch, padding(draw, batch, keys), dict(q_length=length, kv_length=keys))


def test_packed(draw):
    batch, length = draw.randrange(1, 4), draw.randrange(2, 20)
    starts = torch.rand(batch, length) < 0.3
    starts[:, 0] = True
    positions = torch.stack([torch.arange(length) - torch.where(row, torch.arange(length), 0).cummax(0).values
                             for row in starts])
    sequences = hf.find_packed_sequence_indices(positions)
    if sequences is None:
        return
    for function in (hf.causal_mask_function, hf.sliding_window_causal_mask_function(draw.randrange(1, 6))):
        agree(hf.packed_sequence_compatibility_function(function, positions, sequences), batch, None,
              dict(q_length=length, kv_length=length))


def refused(text, **arguments):
    try:
        make_mask(batch_size=1, **arguments)
    except attn.CompileError as error:
        assert text in str(error), str(error)
        return
    raise AssertionError(f"no error; expected one that says: {text}")


def test_refused():
    square = dict(q_length=4, kv_length=4)
    refused("found the mask function 'or_masks", mask_function=hf.or_masks(hf.causal_mask_function), **square)
    refused("test_refused", mask_function=lambda b, h, q, k: k <= q, **square)
    refused("blockwise_overlay", mask_function=hf.and_masks(hf.blockwise_overlay(torch.zeros(1, 4))), **square)
    refused("5 keys from 0 on for 4 queries from 3 on", q_length=4, kv_length=5, q_offset=3)
    refused("an attention_mask of shape (1, 1, 4)", attention_mask=torch.ones(1, 1, 4), **square)


rounds = 300
for seed in range(rounds):
    draw = random.Random(seed)
    torch.manual_seed(seed)
    for test in (test_causal, test_bidirectional, test_packed):
        test(draw)
test_refused()
print(f"{rounds} rounds of masks good")
