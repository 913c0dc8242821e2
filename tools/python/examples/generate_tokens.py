"""A Llama-shaped model generates with attn as its attention, token for token as with PyTorch's.

Randomly initialised from a seed: 4 layers, 8 query heads on 2 key heads. Prompts of
different lengths are padded on the left; a key-value cache grows by one token a step.
Exits with 1 if a token differs.

usage: generate_tokens.py
"""
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM, logging

import attn.transformers

PROMPTS = (23, 5, 14, 1)  # tokens
NEW_TOKENS = 48


def make_model():
    torch.manual_seed(0)
    # Initialised wider than usual: with small weights a random model repeats its last token whatever it attends to.
    config = LlamaConfig(vocab_size=1000, hidden_size=256, intermediate_size=512, num_hidden_layers=4, num_attention_heads=8,
                         num_key_value_heads=2, initializer_range=0.12, pad_token_id=0, bos_token_id=1, eos_token_id=None)
    return LlamaForCausalLM(config).eval()


def draw_prompts(vocabulary):
    ids = torch.randint(2, vocabulary, (len(PROMPTS), max(PROMPTS)), generator=torch.Generator().manual_seed(1))
    seen = torch.stack([torch.arange(max(PROMPTS)) >= max(PROMPTS) - length for length in PROMPTS]).long()
    return {"input_ids": ids * seen, "attention_mask": seen}


@torch.inference_mode()
def generate(model, prompts, implementation):
    """New tokens, the logits they were chosen from, and milliseconds."""
    model.set_attn_implementation(implementation)
    start = time.perf_counter()
    found = model.generate(**prompts, max_new_tokens=NEW_TOKENS, do_sample=False, return_dict_in_generate=True,
                           output_logits=True)
    elapsed = 1e3 * (time.perf_counter() - start)
    return found.sequences[:, prompts["input_ids"].shape[1]:], torch.stack(found.logits, 1), elapsed


def main():
    logging.disable_progress_bar()
    attn.transformers.register()
    model = make_model()
    prompts = draw_prompts(model.config.vocab_size)
    config = model.config
    print(f"model: Llama, {config.num_hidden_layers} layers, {config.num_attention_heads} query heads on "
          f"{config.num_key_value_heads} key heads, randomly initialised (seed 0)")
    print(f"prompts: {len(PROMPTS)} of {min(PROMPTS)} to {max(PROMPTS)} tokens, padded on the left")
    for name in ("sdpa", "attn"):
        generate(model, prompts, name)  # compiles
    (theirs, logits, their_time), (ours, our_logits, our_time) = (generate(model, prompts, name) for name in ("sdpa", "attn"))
    best = logits.topk(2).values
    print(f"logits differ by at most {(logits - our_logits).abs().max():.1e}; the closest choice of a token was by "
          f"{(best[..., 0] - best[..., 1]).min():.1e}")
    print(f"time of {NEW_TOKENS} tokens, {torch.get_num_threads()} threads: sdpa {their_time:.0f} ms, attn {our_time:.0f} ms")
    print(f"tokens: {len(PROMPTS)} x {NEW_TOKENS}, {ours.unique().numel()} different ones; the first prompt goes on with "
          f"{ours[0, :6].tolist()}")
    different = int((theirs != ours).sum())
    print("all tokens equal those of sdpa" if not different else f"{different} tokens differ from those of sdpa")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
