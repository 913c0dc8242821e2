"""attn.transformers: models of many architectures, small and randomly initialised, beside their own attention.

Last hidden states (or logits) of real tokens: no further from float64 than twice what
the model's own attention is in the same type, plus rounding. Greedy generation, past
the end of sliding windows and with every kind of cache: the same tokens.
"""
import copy
import sys

import torch
import transformers as hf

import attn.transformers

BATCH = {"input_ids": torch.randint(3, 90, (3, 21), generator=torch.Generator().manual_seed(5))}
PADDED = {"right": torch.arange(21)[None] < torch.tensor([[21], [9], [2]]),
          "left": torch.arange(21)[None] >= torch.tensor([[0], [13], [20]])}
SMALL = dict(vocab_size=99, hidden_size=48, intermediate_size=64, num_hidden_layers=3, num_attention_heads=6,
             num_key_value_heads=2, max_position_embeddings=128, initializer_range=0.2, pad_token_id=0, bos_token_id=1,
             eos_token_id=None)
ROUNDING = {torch.float32: 2.0**-23, torch.float16: 2.0**-10, torch.bfloat16: 2.0**-7}


def make(kind, configuration, dtype=torch.float32, **settings):
    torch.manual_seed(7)
    return kind(configuration(**{**SMALL, **settings})).eval().to(dtype)


def run(model, implementation, inputs):
    model.set_attn_implementation(implementation)
    return model(**inputs)[0].double()


def exact_values(model, inputs, real, theirs):
    """In float64. transformers' own attention makes NaN there of rows that see nothing, so each sequence runs alone;
    all models here that need that know relative positions only."""
    model = copy.deepcopy(model).double()
    if theirs == "sdpa":
        return run(model, theirs, inputs)[real]
    return torch.cat([run(model, theirs, {"input_ids": row[seen][None]})[0] for row, seen in zip(inputs["input_ids"], real)])


def compare(model, inputs, real, theirs="sdpa"):
    """`real`: [B, L], the positions that count; rows of padding see nothing, or whatever they like."""
    exact = exact_values(model, inputs, real, theirs)
    plain, ours = (run(model, name, inputs)[real] for name in (theirs, "attn"))
    error, allowed = (ours - exact).abs().max(), 2 * (plain - exact).abs().max() + ROUNDING[model.dtype] * exact.abs().max()
    assert error <= allowed, f"{type(model).__name__}, {model.dtype}: error {error:.1e}, expected {allowed:.1e} or less"


def everywhere(tensor):
    return torch.ones(tensor.shape[:2], dtype=torch.bool)


def compare_padded(model, theirs="sdpa"):
    for seen in [everywhere(BATCH["input_ids"]), *PADDED.values()]:
        compare(model, {**BATCH, "attention_mask": seen.long()}, seen, theirs)
    compare(model, BATCH, everywhere(BATCH["input_ids"]), theirs)


def same_tokens(model, theirs="sdpa", **settings):
    found = []
    for name in (theirs, "attn"):
        model.set_attn_implementation(name)
        found.append(model.generate(**BATCH, attention_mask=PADDED["left"].long(), max_new_tokens=16, do_sample=False,
                                    **settings))
    assert found[1].unique().numel() > 20, "these tokens say nothing: a model that repeats itself"
    assert torch.equal(*found), f"{type(model).__name__} {settings}: other tokens than with {theirs}"


def test_decoders():
    llama = make(hf.LlamaForCausalLM, hf.LlamaConfig)
    compare_padded(llama)
    for cache in ("dynamic", "static"):
        same_tokens(llama, cache_implementation=cache)
    same_tokens(llama, use_cache=False)
    same_tokens(llama, num_beams=2)
    for dtype in (torch.bfloat16, torch.float16):
        compare_padded(make(hf.LlamaModel, hf.LlamaConfig, dtype))
    positions = torch.tensor([[*range(8), *range(13)]] * 3)
    compare(llama, {**BATCH, "position_ids": positions, "use_cache": False}, everywhere(positions))  # two sequences, packed


def test_windows():
    mistral = make(hf.MistralForCausalLM, hf.MistralConfig, sliding_window=8)
    compare_padded(mistral)
    for cache in ("dynamic", "static"):
        same_tokens(mistral, cache_implementation=cache)


def test_capped_logits_and_sinks():
    gemma = make(hf.Gemma2ForCausalLM, hf.Gemma2Config, head_dim=8, sliding_window=8, attn_logit_softcapping=0.5)
    compare_padded(gemma, "eager")
    same_tokens(gemma, "eager")
    oss = make(hf.GptOssModel, hf.GptOssConfig, head_dim=8, sliding_window=8, num_local_experts=2, num_experts_per_tok=1,
               rope_parameters={"rope_type": "default", "rope_theta": 1e4})
    oss.set_experts_implementation("eager")  # the others know no float64
    for layer in oss.layers:
        torch.nn.init.normal_(layer.self_attn.sinks)
    compare_padded(oss, "eager")


def test_value_heads_of_another_size():
    compare_padded(make(hf.DeepseekV3Model, hf.DeepseekV3Config, num_key_value_heads=6, q_lora_rank=16, kv_lora_rank=16,
                        qk_nope_head_dim=12, qk_rope_head_dim=8, v_head_dim=16, first_k_dense_replace=3, n_group=1,
                        topk_group=1))


def test_encoders():
    compare_padded(make(hf.BertModel, hf.BertConfig))
    compare_padded(make(hf.ModernBertModel, hf.ModernBertConfig, local_attention=8, global_attn_every_n_layers=2,
                        cls_token_id=1, sep_token_id=2))
    pictures = {"pixel_values": torch.randn(2, 3, 32, 32)}
    vit = make(hf.ViTModel, hf.ViTConfig, image_size=32, patch_size=8)
    compare(vit, pictures, torch.ones(2, 17, dtype=torch.bool))


def test_encoder_with_decoder():
    bart = make(hf.BartModel, hf.BartConfig, d_model=48, encoder_layers=2, decoder_layers=2, encoder_attention_heads=6,
                decoder_attention_heads=6, encoder_ffn_dim=64, decoder_ffn_dim=64)
    decoder = {"decoder_input_ids": BATCH["input_ids"][:, :11]}
    compare(bart, {**BATCH, **decoder, "attention_mask": PADDED["right"].long()}, everywhere(decoder["decoder_input_ids"]))


def refused(kind, text, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except kind as error:
        assert text in str(error), str(error)
        return
    raise AssertionError(f"no error; expected one that says: {text}")


def test_refused():
    llama = make(hf.LlamaForCausalLM, hf.LlamaConfig, attention_dropout=0.1)
    llama.set_attn_implementation("attn")
    refused(attn.CompileError, "(3, 1, 21, 21)", llama, **BATCH, attention_mask=torch.ones(3, 1, 21, 21))
    refused(attn.LaunchError, "output_attentions", llama, **BATCH, output_attentions=True)
    refused(attn.LaunchError, "found torch.float64", copy.deepcopy(llama).double(), **BATCH)
    refused(attn.LaunchError, "found dropout 0.1, expected 0", llama.train(), **BATCH)
    with torch.enable_grad():
        refused(attn.LaunchError, "requires grad", llama.eval(), **BATCH)
    t5 = make(hf.T5EncoderModel, hf.T5Config, d_model=48, num_heads=6, d_kv=8, d_ff=64, num_layers=2)
    t5.set_attn_implementation("attn")
    refused(attn.CompileError, "'position_bias'", t5, **BATCH)


def test_inside_torch_compile():
    model = make(hf.LlamaModel, hf.LlamaConfig)
    model.set_attn_implementation("attn")
    inputs = {**BATCH, "attention_mask": PADDED["left"].long()}
    wanted = model(**inputs)[0]
    model.compile(backend="eager")
    assert torch.allclose(model(**inputs)[0], wanted, atol=1e-6)


torch.set_grad_enabled(False)
hf.logging.disable_progress_bar()
attn.transformers.register()
tests = [test for name, test in list(globals().items()) if name.startswith("test_") and name in (sys.argv[1:] or [name])]
for test in tests:
    test()
print(f"{len(tests)} groups of models good")
