"""The programs that CUDA tensors get, on the device sim: the kernels are the same, the tensors are the host's."""
import torch
from attn.flex import _attention
from attn_gym import masks, mods

from agreement import agree

_attention.DEVICES["cpu"] = ("sim", _attention.DEVICES["cuda"][1])
documents = masks.document_mask.length_to_offsets([40, 1, 57, 33], "cpu")
shape = dict(batch=1, heads=(4, 2), lengths=(131, 131), sizes=(64, 64))

agree("causal", mask_mod=masks.causal_mask, dtype=torch.bfloat16, **shape)
agree("documents, ALiBi", mods.generate_alibi_bias(4), masks.generate_doc_mask_mod(masks.causal_mask, documents),
      dtype=torch.bfloat16, **shape)
agree("window, softcap", mods.generate_tanh_softcap(20), masks.generate_sliding_window(17), dtype=torch.float16, **shape)
agree("natten, sandwich", mods.generate_sandwich_bias(4, 143), masks.generate_natten(13, 11, 5, 3), dtype=torch.float16,
      batch=1, heads=(4, 2), lengths=(143, 143), sizes=(64, 64))
print("sim good")
