"""The rivals: PyTorch's SDPA with one back-end at a time, and compiled FlexAttention.

`for_case` gives, per rival, a function that takes sets of tensors ({"q": ...}, one dict per set of inputs) and returns a
function that runs one of them; or a text that says why there is none. Anything may raise: that is recorded.
"""
import functools

CUDNN, FLASH = "CUDNN_ATTENTION", "FLASH_ATTENTION"


def sdpa(torch, case, sets, backend):
    """scaled_dot_product_attention. Where a back-end refuses grouped heads, keys and values are repeated before."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    attend = torch.nn.functional.scaled_dot_product_attention

    def bound(grouped):
        repeat = case.hq // case.hk
        triples = [(s["q"], *(s[n] if grouped else s[n].repeat_interleave(repeat, dim=1) for n in "kv")) for s in sets]

        def run(index):
            q, k, v = triples[index]
            with sdpa_kernel(getattr(SDPBackend, backend)):
                return attend(q, k, v, is_causal=case.mask == "causal", enable_gqa=grouped)
        return run

    run = bound(case.hq != case.hk)
    try:
        run(0)
        return run, ""
    except RuntimeError as problem:
        if case.hq == case.hk:
            raise
        run = bound(False)
        run(0)
        return run, f"keys and values repeated, since it refused grouped heads: {first_line(problem)}"


def flash_packed(torch, case, sets):
    """The flash back-end on packed sequences, [T, H, D]."""
    tensors = [[s[n].transpose(0, 1) for n in "qkv"] for s in sets]
    offsets = sets[0]["offsets"]
    longest = int((offsets[1:] - offsets[:-1]).max())

    def run(index):
        out = torch.ops.aten._flash_attention_forward(
            *tensors[index], offsets, offsets, longest, longest, 0.0, True, False, scale=case.d**-0.5)[0]
        return out.transpose(0, 1)
    return run, ""


def mask_mod(case, tensors):
    """The mask as FlexAttention writes it; None for all keys."""
    if case.mask == "full":
        return None
    ids = tensors["doc"]
    if case.window:
        return lambda b, h, i, j: (i >= j) & (i - j < case.window)
    if case.mask == "documents-causal" or case.is_packed:
        return lambda b, h, i, j: (i >= j) & (ids[b, i] == ids[b, j])
    return lambda b, h, i, j: i >= j


def score_mod(torch, case, tensors, fast_tanh):
    """The score region; `fast_tanh` spells tanh with one exponential, which compiles to less than torch.tanh."""
    slopes, table = tensors["slopes"], tensors["table"]
    tanh = (lambda x: 1 - 2 / (1 + torch.exp(2 * x))) if fast_tanh else torch.tanh
    return {
        "softcap": lambda s, b, h, i, j: 30 * tanh(s / 30),
        "alibi": lambda s, b, h, i, j: s + slopes[h] * ((j - i) / 64),
        "bias": lambda s, b, h, i, j: s + table[torch.clamp(j - i, -32, 32) + 32, h],
    }.get(case.score.removeprefix("sink-"))


def with_lse(flex_attention, *tensors, **options):
    """(out, lse), by the name that this PyTorch has for it."""
    from torch.nn.attention import flex_attention as module
    if not hasattr(module, "AuxRequest"):
        return flex_attention(*tensors, return_lse=True, **options)
    out, aux = flex_attention(*tensors, return_aux=module.AuxRequest(lse=True), **options)
    return out, aux.lse


def flex(torch, case, sets, is_compiled, fast_tanh=False):
    """FlexAttention with a block mask made before the clock starts. A sink is applied to its output, from its lse."""
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention
    shared = sets[0]
    mask = mask_mod(case, shared)
    device = shared["q"].device
    length, batch = shared["q"].shape[-2], shared["doc"].shape[0]
    blocks = mask and create_block_mask(mask, batch if "doc" in case.mask or case.is_packed else None, None, length, length,
                                        device=str(device))
    mod = score_mod(torch, case, shared, fast_tanh)
    options = dict(score_mod=mod, block_mask=blocks, enable_gqa=case.hq != case.hk)

    def attend(q, k, v):
        if "sink" not in case.score:
            return flex_attention(q, k, v, **options)
        out, lse = with_lse(flex_attention, q, k, v, **options)
        return out * torch.sigmoid(lse - shared["sink"][None, :, None]).to(out.dtype)[..., None]

    attend = torch.compile(attend, dynamic=False) if is_compiled else attend
    triples = [[s[n].reshape(-1, *s[n].shape[-3:]) for n in "qkv"] for s in sets]

    def run(index):
        out = attend(*triples[index])
        return out[0] if case.is_packed else out
    return run, ""


def first_line(problem):
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0][:200]


def for_case(torch, case, on_gpu):
    """{"cudnn": maker or reason, "flash": ..., "flex": ...}; a maker takes sets and returns (run, note)."""
    plain = case.score == "none" and case.mask in ("full", "causal")
    none = "SDPA has no such mask or score" if not case.is_packed else "SDPA's cuDNN back-end is not called on packed sequences"
    rivals = {"cudnn": none, "flash": none}
    if plain:
        rivals = {name: functools.partial(sdpa, torch, case, backend=backend)
                  for name, backend in (("cudnn", CUDNN), ("flash", FLASH))}
    elif case.is_packed:
        rivals["flash"] = functools.partial(flash_packed, torch, case)
    rivals["flex"] = functools.partial(flex, torch, case, is_compiled=on_gpu)
    if case.score == "softcap":
        rivals["flex_fast_tanh"] = functools.partial(flex, torch, case, is_compiled=on_gpu, fast_tanh=True)
    return rivals


def prepare(torch):
    """Settings of this process: every case compiles its own FlexAttention."""
    torch.set_grad_enabled(False)
    config = torch._dynamo.config
    setattr(config, "recompile_limit" if hasattr(config, "recompile_limit") else "cache_size_limit", 64)
