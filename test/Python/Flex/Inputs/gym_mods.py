"""Every score mod of attention-gym, as its authors wrote it."""
import attn.flex
import torch
import torch.nn.functional as F
from attn_gym import mods

from agreement import agree, draw, qkv


def causal(b, h, q_idx, kv_idx):
    return q_idx >= kv_idx


ragged = dict(heads=(4, 2), lengths=(131, 131))
for dtype in (torch.float32, torch.bfloat16, torch.float16):
    agree(f"ALiBi {dtype}", mods.generate_alibi_bias(4), causal, dtype=dtype, **ragged)
    agree(f"softcap {dtype}", mods.generate_tanh_softcap(20), causal, dtype=dtype, **ragged)
agree("softcap, approximate", mods.generate_tanh_softcap(20, approx=True), causal, **ragged)
agree("sandwich", mods.generate_sandwich_bias(4, 150), causal, **ragged)

adjacency = torch.rand(2, 60, 60, generator=torch.Generator().manual_seed(5)) < 0.04
adjacency = adjacency | adjacency.transpose(1, 2)
graph = dict(lengths=(60, 60))
distances = mods.shortest_path_distances(adjacency, 4)
agree("graphormer, spatial", mods.generate_graphormer_spatial_bias(draw(1, 1, 4, 6)[0, 0], distances), **graph)
types = torch.randint(0, 3, (2, 60, 60), generator=torch.Generator().manual_seed(6))
paths = mods.shortest_path_edge_types(adjacency, types, 3)
agree("graphormer, edges", mods.generate_graphormer_edge_bias(draw(1, 4, 3, 3)[0], *paths), **graph)

rope = draw(2, 4, 45, 16, seed=7), draw(2, 1, 45, 16, seed=8)
agree("latent attention", mods.generate_mla_rope_score_mod(*rope, 4, 0.25), causal, heads=(4, 1), lengths=(45, 45))

q, k, v = qkv(lengths=(77, 77))
for name, activation in (("gelu", F.gelu), ("relu", F.relu), ("sigmoid", torch.sigmoid)):
    mod = mods.generate_activation_score_mod(activation)
    agree(f"activation {name}", mod, tensors=(q, k, v))
    out, aux = attn.flex.flex_attention(q, k, v, mod, return_aux=attn.flex.AuxRequest(lse=True))
    found = mods.undo_softmax(out, aux.lse, v.sum(dim=-2, keepdim=True))
    wanted = activation(q.double() @ k.double().transpose(-1, -2) / 32**0.5) @ v.double()
    assert (found - wanted).abs().max() < 2e-4, (found - wanted).abs().max()

known = {name for name in dir(mods) if name.startswith("generate_")}
here = {name for name in known if name in open(__file__).read()}
assert known == here, f"not tested: {known - here}"
print("mods good")
