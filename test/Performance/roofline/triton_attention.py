#!/usr/bin/env python3
"""Compiles a fused attention kernel with Triton for sm_90a, without a GPU: the rival of the roofline that anybody can make.

usage: build/triton-venv/bin/python3 test/Performance/roofline/triton_attention.py FOLDER [HEAD_SIZE...]

Writes FOLDER/<form>.cubin for every form below, or those of the head sizes. README.md says how to make the environment. The kernel is the usual one: a
CTA folds 128 queries over tiles of keys, exp2 with the scale folded in, rows rescaled by how their maximum grew, TMA
descriptors; a causal one folds the full tiles first and then the diagonal.
"""
import pathlib
import sys

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

TARGET = GPUTarget("cuda", 90, 32)


@triton.jit
def fold(queries, keys, values, total, rows_max, rows_sum, first, last, start, query_rows, scale,
         KEYS: tl.constexpr, IS_MASKED: tl.constexpr, IS_SPECIALISED: tl.constexpr):
    for key in tl.range(first, last, KEYS, warp_specialize=IS_SPECIALISED):
        logits = tl.dot(queries, keys.load([start + key, 0]).T)
        if IS_MASKED:
            seen = query_rows[:, None] >= key + tl.arange(0, KEYS)[None, :]
            logits = tl.where(seen, logits, float("-inf"))
        now_max = tl.maximum(rows_max, tl.max(logits, 1) * scale)
        weights = tl.math.exp2(logits * scale - now_max[:, None])
        grown = tl.math.exp2(rows_max - now_max)
        rows_sum = rows_sum * grown + tl.sum(weights, 1)
        total = total * grown[:, None]
        total = tl.dot(weights.to(tl.bfloat16), values.load([start + key, 0]), total)
        rows_max = now_max
    return total, rows_max, rows_sum


@triton.jit
def attention(q, k, v, o, lse, length, scale, SIZE: tl.constexpr, QUERIES: tl.constexpr, KEYS: tl.constexpr,
              IS_CAUSAL: tl.constexpr, IS_SPECIALISED: tl.constexpr):
    tile, head = tl.program_id(0), tl.program_id(1)
    rows = tl.num_programs(1) * length
    start = head * length
    query_box: tl.constexpr = [QUERIES, SIZE]
    key_box: tl.constexpr = [KEYS, SIZE]
    of_q = tl.make_tensor_descriptor(q, shape=[rows, SIZE], strides=[SIZE, 1], block_shape=query_box)
    of_k = tl.make_tensor_descriptor(k, shape=[rows, SIZE], strides=[SIZE, 1], block_shape=key_box)
    of_v = tl.make_tensor_descriptor(v, shape=[rows, SIZE], strides=[SIZE, 1], block_shape=key_box)
    of_o = tl.make_tensor_descriptor(o, shape=[rows, SIZE], strides=[SIZE, 1], block_shape=query_box)
    query_rows = tile * QUERIES + tl.arange(0, QUERIES)
    queries = of_q.load([start + tile * QUERIES, 0])
    rows_max = tl.full([QUERIES], float("-inf"), tl.float32)
    rows_sum = tl.zeros([QUERIES], tl.float32)
    total = tl.zeros([QUERIES, SIZE], tl.float32)
    full = tile * QUERIES if IS_CAUSAL else length
    total, rows_max, rows_sum = fold(queries, of_k, of_v, total, rows_max, rows_sum, 0, full, start, query_rows, scale,
                                     KEYS, False, IS_SPECIALISED)
    if IS_CAUSAL:
        total, rows_max, rows_sum = fold(queries, of_k, of_v, total, rows_max, rows_sum, full, full + QUERIES, start,
                                         query_rows, scale, KEYS, True, IS_SPECIALISED)
    of_o.store([start + tile * QUERIES, 0], (total / rows_sum[:, None]).to(tl.bfloat16))
    tl.store(lse + start + query_rows, rows_max + tl.math.log2(rows_sum))


# (head size, keys in a tile, causal, specialised warps)
FORMS = {
    "d64 full": (64, 128, False, False),
    "d64 full ws": (64, 128, False, True),
    "d64 causal": (64, 128, True, False),
    "d128 full": (128, 128, False, False),
    "d128 full ws": (128, 128, False, True),
    "d128 causal": (128, 128, True, False),
    "d256 full": (256, 64, False, False),
}


def cubin(size, keys, is_causal, is_specialised):
    constants = {"SIZE": size, "QUERIES": 128, "KEYS": keys, "IS_CAUSAL": is_causal, "IS_SPECIALISED": is_specialised}
    signature = {**dict.fromkeys(("q", "k", "v", "o"), "*bf16"), "lse": "*fp32", "length": "i32", "scale": "fp32",
                 **dict.fromkeys(constants, "constexpr")}
    aligned = {(index,): [["tt.divisibility", 16]] for index in range(6)}  # pointers and the length
    source = ASTSource(attention, signature, constants, aligned)
    return triton.compile(source, target=TARGET,
                          options={"num_warps": 4 if is_specialised else 8, "num_stages": 2, "enable_fp_fusion": True})


def main():
    folder, sizes = pathlib.Path(sys.argv[1]), set(map(int, sys.argv[2:]))
    folder.mkdir(parents=True, exist_ok=True)
    for name, form in FORMS.items():
        if sizes and form[0] not in sizes:
            continue
        compiled = cubin(*form)
        (folder / f"{name.replace(' ', '-')}.cubin").write_bytes(compiled.asm["cubin"])
        print(f"triton {triton.__version__} {name}: {len(compiled.asm['cubin'])} bytes", flush=True)


main()
