"""The examples of FlexAttention's documentation: functions as they stand there, one import changed."""
import torch
from attn.flex import and_masks, create_block_mask, create_mask, flex_attention, noop_mask, or_masks
from torch.nn.attention.experimental._paged_attention import PagedAttention
from torch.nn.attention import flex_attention as pytorch

from agreement import agree, draw, judge, qkv

B, H, S = 2, 4, 131
gqa = dict(heads=(4, 2), lengths=(S, S))


# Score mods

def noop(score, b, h, q_idx, kv_idx):
    return score


def relative_positional(score, b, h, q_idx, kv_idx):
    return score + (q_idx - kv_idx)


def causal_score(score, b, h, q_idx, kv_idx):
    return torch.where(q_idx >= kv_idx, score, -float("inf"))


def checkerboard(score, batch, head, token_q, token_kv):
    score = torch.where(torch.abs(token_kv - token_q) % 2 == 1, score * 0.5, score)
    return torch.where(torch.abs(token_kv - token_q) % 2 == 0, score * 2.0, score)


alibi_bias = torch.exp2(-(torch.arange(1, H + 1) * 8.0 / H))


def alibi(score, b, h, q_idx, kv_idx):
    return score + alibi_bias[h] * (kv_idx - q_idx)


softcap = 20


def soft_cap(score, b, h, q_idx, kv_idx):
    score = score / softcap
    score = torch.tanh(score)
    return score * softcap


def in_place(score, b, h, q_idx, kv_idx):
    score += (kv_idx - q_idx) / 16
    score *= 0.5
    return score + 1


head_offset, full_bias = draw(1, 1, 1, H)[0, 0, 0], draw(B, H, S, S)


def head_bias(score, b, h, q_idx, kv_idx):
    return score * head_offset[h]


def full_table(score, b, h, q_idx, kv_idx):
    return score + full_bias[b, h, q_idx, kv_idx]


matrix, cube = draw(1, 1, 7, H)[0, 0], draw(1, B, 5, H)[0]


def whole_axes(score, b, h, q_idx, kv_idx):
    return score + matrix[:, h].sum() + cube[b, :, h].mean() + matrix[..., h].amax() + cube[b, 2, h] + cube[1][:, h].sum()


relative_table = draw(1, 1, H, 2 * S - 1)[0, 0]


def relative_bias(score, b, h, q_idx, kv_idx):
    return score + relative_table[h, q_idx - kv_idx + S - 1]


def wrapped_bias(score, b, h, q_idx, kv_idx):  # negative indices count from the end, as in Python
    return score + relative_table[h, q_idx - kv_idx]


# Masks

def causal(b, h, q_idx, kv_idx):
    return q_idx >= kv_idx


SLIDING_WINDOW = 37


def sliding_window_causal(b, h, q_idx, kv_idx):
    return (q_idx >= kv_idx) & (q_idx - kv_idx <= SLIDING_WINDOW)


prefix_length = torch.tensor([13, 90], dtype=torch.int32)


def prefix_mask(b, h, q_idx, kv_idx):
    return kv_idx <= prefix_length[b]


document_id = torch.tensor([0] * 40 + [1] * 20 + [2] * (S - 60), dtype=torch.int32)


def document_causal_mask(b, h, q_idx, kv_idx):
    return (q_idx >= kv_idx) & (document_id[q_idx] == document_id[kv_idx])


offsets = torch.tensor([0, 40, 60, S], dtype=torch.int32)


def jagged_document_window(b, h, q_idx, kv_idx):  # positions inside the document
    same = document_id[q_idx] == document_id[kv_idx]
    q_logical = q_idx - offsets[document_id[q_idx]]
    kv_logical = kv_idx - offsets[document_id[kv_idx]]
    return same & sliding_window_causal(b, h, q_logical, kv_logical)


document_bias = draw(1, 1, 1, S)[0, 0, 0]


def jagged_bias(score, b, h, q_idx, kv_idx):
    return score + document_bias[q_idx - offsets[document_id[q_idx]]]


CANVAS_WIDTH, KERNEL = 13, 5


def natten_mask(b, h, q_idx, kv_idx):
    q_x, q_y = q_idx // CANVAS_WIDTH, q_idx % CANVAS_WIDTH
    kv_x, kv_y = kv_idx // CANVAS_WIDTH, kv_idx % CANVAS_WIDTH
    return ((q_x - kv_x).abs() <= KERNEL // 2) & ((q_y - kv_y).abs() <= KERNEL // 2)


decode_at = torch.tensor(97)


def decoding(b, h, q_idx, kv_idx):  # the offset is a captured tensor
    return causal(b, h, q_idx + decode_at, kv_idx)


def per_head(b, h, q_idx, kv_idx):
    return torch.where(h % 2 == 0, q_idx >= kv_idx, (q_idx - kv_idx).abs() < 9)


for mod in (noop, relative_positional, causal_score, checkerboard, alibi, soft_cap, head_bias, full_table, relative_bias,
            jagged_bias, in_place, whole_axes):
    agree(mod.__name__, mod, **gqa)
agree("wrapped_bias", wrapped_bias, **gqa)
agree("alibi and causal", alibi, causal, **gqa)
agree("soft cap, window, bf16", soft_cap, sliding_window_causal, dtype=torch.bfloat16, **gqa)
for mask in (causal, sliding_window_causal, document_causal_mask, jagged_document_window, natten_mask, per_head, noop_mask,
             or_masks(prefix_mask, causal), and_masks(causal, prefix_mask, document_causal_mask)):
    agree(mask.__name__, mask_mod=mask, **gqa)
agree("full", **gqa)
agree("D 40, Dv 24", alibi, causal, heads=(4, 2), lengths=(S, 77), sizes=(40, 24), scale=0.3)

# One compiled mask serves every step of a decode: the offset is data.
q, k, v = qkv(heads=(4, 2), lengths=(1, S))
block_mask = create_block_mask(decoding, B, H, 1, S, device="cpu")
for step in (97, 5, S - 1):
    decode_at.fill_(step)
    agree(f"decoding at {step}", mask_mod=decoding, tensors=(q, k, v), block_mask=block_mask)

# Rows that see nothing.
agree("empty rows", mask_mod=lambda b, h, q_idx, kv_idx: (q_idx > 70) & (q_idx >= kv_idx), **gqa)

# PyTorch's own flex_attention, not compiled, says the same.
pytorch._FLEX_ATTENTION_DISABLE_COMPILE_DEBUG = True
q, k, v = qkv(**gqa)
for mod, mask in ((alibi, causal), (soft_cap, jagged_document_window), (None, natten_mask)):
    theirs = pytorch.flex_attention(q, k, v, mod, pytorch.create_block_mask(mask, B, H, S, S, device="cpu"), enable_gqa=True)
    ours = flex_attention(q, k, v, mod, create_block_mask(mask, B, H, S, S, device="cpu"), enable_gqa=True)
    assert (theirs - ours).abs().max() < 2e-6, (theirs - ours).abs().max()
    with_theirs = flex_attention(q, k, v, mod, pytorch.create_block_mask(mask, B, H, S, S, device="cpu"), enable_gqa=True)
    assert torch.equal(with_theirs, ours)
assert torch.equal(create_mask(causal, B, H, 5, 7, device="cpu"), pytorch.create_mask(causal, B, H, 5, 7, device="cpu"))

# A paged cache: logical keys live on pages of one physical tensor.
pages = PagedAttention(20, 16, B, device="cpu")
q, k, v = qkv(heads=(2, 2), lengths=(64, 64))
caches = torch.zeros(1, 2, 320, 32), torch.zeros(1, 2, 320, 32)
for sequence in (1, 0):
    pages.reserve(torch.tensor(sequence), torch.tensor(64))
pages.assign(torch.arange(B), torch.arange(64).expand(B, 64), k, v, *caches)
logical = pytorch.create_block_mask(causal, B, 2, 64, 64, device="cpu", BLOCK_SIZE=16)
physical = pages.convert_logical_block_mask(logical)
paged, aux = flex_attention(q, *caches, pages.get_score_mod(alibi), physical, return_aux=pytorch.AuxRequest(lse=True))
judge("paged", paged, aux.lse, q, k, v, alibi, causal)
print("documentation good")
