"""A drop-in for torch.nn.attention.flex_attention: a program changes one import.

    from attn.flex import flex_attention, create_block_mask

Mask and score functions are traced to aten ops, and these become regions of a program
that is compiled once for all lengths. Forward only.
"""
from torch.nn.attention.flex_attention import (AuxOutput, AuxRequest, FlexKernelOptions, and_masks, create_mask, noop_mask,
                                               or_masks)

from attn.flex._attention import flex_attention
from attn.flex._block_mask import BlockMask, create_block_mask
from attn.flex._errors import FlexError

__all__ = ["AuxOutput", "AuxRequest", "BlockMask", "FlexError", "FlexKernelOptions", "and_masks", "create_block_mask",
           "create_mask", "flex_attention", "noop_mask", "or_masks"]
