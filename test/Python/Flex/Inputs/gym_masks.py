"""Every mask of attention-gym, as its authors wrote it."""
import attn.flex
import torch
from attn_gym import masks
from attn_gym.masks.causal import create_causal_block_mask_fast
from attn_gym.masks.document_mask import length_to_offsets

from agreement import agree, judge, qkv

noop, causal = attn.flex.noop_mask, masks.causal_mask
ragged = dict(heads=(4, 2), lengths=(131, 131))
offsets = length_to_offsets([40, 1, 57, 33], "cpu")

agree("causal", mask_mod=causal, **ragged)
agree("causal, fewer queries", mask_mod=causal, lengths=(33, 131))
agree("batchify causal", mask_mod=masks.batchify_mask_mod(causal, 23), **ragged)
agree("batchify noop", mask_mod=masks.batchify_mask_mod(noop, 23), **ragged)
agree("block diffusion", mask_mod=masks.generate_block_diffusion_mask(66, 5), lengths=(132, 132))
agree("dilated window", mask_mod=masks.generate_dilated_sliding_window(20, 3), **ragged)
agree("document, causal", mask_mod=masks.generate_doc_mask_mod(causal, offsets), **ragged)
agree("document", mask_mod=masks.generate_doc_mask_mod(noop, offsets), **ragged)
agree("packed causal document", mask_mod=masks.generate_packed_causal_doc_mask_mod(offsets), **ragged)
intervals = torch.tensor([[0, 31], [20, 90], [90, 99]], dtype=torch.int32)
agree("flamingo", mask_mod=masks.generate_vision_cross_attention_mask_mod(intervals, 37), lengths=(100, 111))
is_global = torch.zeros(131, dtype=torch.bool)
is_global[[0, 77]] = True
agree("global and window", mask_mod=masks.generate_global_sliding_window(9, is_global), **ragged)
tree = masks.build_tree_ancestor_matrix([-1, 0, 1, 1, 3, 3, 0] + list(range(6, 40)), "cpu")
agree("jetspec tree", mask_mod=masks.generate_jetspec_tree_causal_mask_mod(65, tree), lengths=(41, 106))
agree("jetspec training", mask_mod=masks.generate_jetspec_training_mask_mod(17, 9), lengths=(90, 107))
agree("prefix", mask_mod=masks.generate_prefix_lm_mask(50), **ragged)
samples = length_to_offsets([30, 21, 40, 11, 17, 12], "cpu")
agree("shared prefix", mask_mod=masks.generate_shared_prefix_mask_mod(samples, torch.tensor([0, 0, 0, 3, 3, 3])), **ragged)
agree("window", mask_mod=masks.generate_sliding_window(17), **ragged)

canvas = dict(batch=1, heads=(2, 2))
agree("natten", mask_mod=masks.generate_natten(13, 11, 5, 3), lengths=(143, 143), **canvas)
agree("tiled natten", mask_mod=masks.generate_tiled_natten(16, 12, 5, 3, 4, 2), lengths=(192, 192), **canvas)
agree("morton natten", mask_mod=masks.generate_morton_natten(16, 16, 5, 3), lengths=(256, 256), **canvas)
agree("sta 2d", mask_mod=masks.generate_sta_mask_mod_2d((12, 16), (6, 8), (3, 4), 7), lengths=(199, 199), **canvas)
agree("sta 3d", mask_mod=masks.generate_sta_mask_mod_3d((4, 6, 8), (2, 6, 4), (2, 3, 2), 5), lengths=(197, 197), **canvas)
agree("svg spatial", mask_mod=masks.generate_spatial_head_mask_mod(7, 6, 20, 2, True, 8), lengths=(127, 127), **canvas)
agree("svg temporal", mask_mod=masks.generate_temporal_head_mask_mod(7, 6, 20, 2), lengths=(127, 127), **canvas)

q, k, v = qkv(heads=(2, 2), lengths=(96, 96))
top = masks.compute_vsa_topk_indices(q, k, tile_numel=8, top_k=3)
sizes = torch.full((12,), 8, dtype=torch.int32)
sizes[[4, 11]] = 5
agree("vsa", mask_mod=masks.generate_vsa_mask_mod(top, 8), tensors=(q, k, v))
agree("vsa, padded tiles", mask_mod=masks.generate_vsa_mask_mod(top, 8, sizes), tensors=(q, k, v))
# Their tables hide what their functions do not.
agree("vsa block mask", mask_mod=masks.generate_vsa_mask_mod(top, 8), tensors=(q, k, v),
      block_mask=masks.create_vsa_block_mask(top, 8, 12))
agree("vsa block mask, padded tiles", mask_mod=masks.generate_vsa_mask_mod(top, 8, sizes), tensors=(q, k, v),
      block_mask=masks.create_vsa_block_mask(top, 8, 12, sizes))
agree("vsa flash block mask", mask_mod=masks.generate_vsa_mask_mod(top, 8, sizes), tensors=(q, k, v),
      block_mask=masks.create_vsa_flash_block_mask(top, 8, 12, 4, sizes))
agree("causal, fast block mask", mask_mod=causal, **ragged,
      block_mask=create_causal_block_mask_fast(2, 4, 131, 131, torch.device("cpu"), 32))

known = {name for name in dir(masks) if name.startswith(("generate_", "causal_mask", "batchify"))}
here = {name for name in known if name in open(__file__).read()}
assert known == here, f"not tested: {known - here}"
print("masks good")
