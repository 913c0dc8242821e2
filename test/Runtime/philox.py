"""The inputs of `attn-run --random`, redrawn with NumPy.

The definition is runtime/include/attn-c/AttnRandom.h: Philox4x32-10 with a key made
from the seed and the argument's name. Import `normal` and `words`, or run

    python3 philox.py --compare-with PATH/TO/philox-dump
"""
import subprocess
import sys

import numpy as np

MASK64 = (1 << 64) - 1


def key(seed, name):
    """FNV-1a 64 of the name's bytes, then of the seed's eight, little endian."""
    value = 0xCBF29CE484222325
    for byte in name.encode() + int(seed).to_bytes(8, "little"):
        value = ((value ^ byte) * 0x100000001B3) & MASK64
    return value


def blocks(key_value, first_block, count):
    """`count` blocks of four 32-bit words, as an array [count, 4]."""
    block = np.arange(first_block, first_block + count, dtype=np.uint64)
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    c = [block & low, block >> shift, np.zeros_like(block), np.zeros_like(block)]
    k0, k1 = key_value & 0xFFFFFFFF, key_value >> 32
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * c[0]
        p1 = np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> shift) ^ c[1] ^ np.uint64(k0), p1 & low,
             (p0 >> shift) ^ c[3] ^ np.uint64(k1), p0 & low]
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=1)


def _elements(key_value, first, count, convert):
    start = first // 4
    stop = (first + count + 3) // 4
    values = convert(blocks(key_value, start, stop - start)).reshape(-1)
    return values[first - 4 * start:][:count]


def words(seed, name, count, first=0):
    """Elements first .. first + count - 1 of the 32-bit words, as uint32."""
    return _elements(key(seed, name), first, count, lambda w: w.astype(np.uint32))


def normal(seed, name, count, first=0):
    """Elements first .. first + count - 1 of N(0,1), as float32."""
    def convert(w):
        radius = np.sqrt(-2.0 * np.log((w[:, 0::2] + 1.0) / 2.0**32))
        angle = 2.0 * np.pi * (w[:, 1::2] / 2.0**32)
        pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
        return pairs.reshape(len(w), 4).astype(np.float32)
    return _elements(key(seed, name), first, count, convert)


def segments(seed, name, shape):
    """Document ids as attn.random = "segments" draws them, as int32."""
    last = shape[-1]
    n = np.uint64(max(1, last // 8))
    count = int(np.prod(shape))
    starts = ((words(seed, name, count).astype(np.uint64) * n) >> np.uint64(32)) == 0
    starts = starts.reshape(shape)
    starts[..., 0] = False
    return np.cumsum(starts, axis=-1).astype(np.int32)


def compare_with(program):
    cases = [(0, "q", 0, 4096), (1, "q", 0, 4096), (1, "k", 3, 1001),
             (2**40 + 7, "attn.value", 123456789, 64), (5, "", 4 * 2**32 + 2, 17)]
    equal_words = close_normals = 0
    for seed, name, first, count in cases:
        output = subprocess.run([program, str(seed), name, str(first), str(count)],
                                check=True, capture_output=True, text=True).stdout
        table = np.array([[int(x, 16) for x in line.split()] for line in output.splitlines()],
                         dtype=np.uint32)
        equal_words += np.array_equal(table[:, 0], words(seed, name, count, first))
        ours = normal(seed, name, count, first)
        theirs = np.ascontiguousarray(table[:, 1]).view(np.float32)
        close_normals += bool(np.all(np.abs(ours - theirs) <= np.spacing(np.abs(ours))))
    print(f"words: {equal_words} of {len(cases)} sequences equal")
    print(f"normal: {close_normals} of {len(cases)} sequences within 1 ulp")
    return equal_words == close_normals == len(cases)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "--compare-with":
        sys.exit(__doc__)
    sys.exit(not compare_with(sys.argv[2]))
