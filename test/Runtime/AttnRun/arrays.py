"""Makes the .npy files of the attn-run tests and looks at what came out.

    arrays.py make DIR        inputs of the conformance artifact, good and bad
    arrays.py attention DIR   o.npy and lse.npy are the attention of q, k, v
    arrays.py drawn DIR SEED B LQ LK    the same, inputs redrawn from philox.py
    arrays.py copied DIR      x2, h2, ids2 are x rounded to bf16, h, ids
    arrays.py drawn-copy DIR SEED N     the same with redrawn inputs
"""
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import philox  # noqa: E402


def round_to_bf16(values):
    """float32 values rounded to bf16, ties to even, as float32."""
    bits = np.asarray(values, np.float32).view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) << 16
    result = rounded.astype(np.uint32).view(np.float32)
    return np.where(np.isnan(values), np.float32(np.nan), result)


def attention(q, k, v):
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    k, v = (np.repeat(x, q.shape[1] // k.shape[1], axis=1) for x in (k, v))
    s = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    m = s.max(-1, keepdims=True)
    p = np.exp(s - m)
    return p @ v / p.sum(-1, keepdims=True), (m + np.log(p.sum(-1, keepdims=True)))[..., 0]


def expect(condition, text):
    if not condition:
        sys.exit("FAIL: " + text)


def load(folder, name):
    return np.load(os.path.join(folder, name + ".npy"))


def compare_attention(folder, q, k, v):
    o, lse = attention(q, k, v)
    found_o, found_lse = load(folder, "o"), load(folder, "lse")
    expect(found_o.dtype == np.float32 and found_o.shape == o.shape, "o")
    expect(np.abs(found_o - o).max() < 1e-5, "o differs")
    expect(np.abs(found_lse - lse).max() < 1e-5, "lse differs")
    print("attention: equal")


def compare_copy(folder, x, h, ids):
    x2, h2, ids2 = load(folder, "x2"), load(folder, "h2"), load(folder, "ids2")
    expect(x2.dtype == np.float32, "bf16 results are f32")
    expect(np.array_equal(x2, round_to_bf16(x), equal_nan=True), "x2")
    expect(h2.dtype == np.float16 and np.array_equal(h2, h, equal_nan=True), "h2")
    expect(ids2.dtype == np.int32 and np.array_equal(ids2, ids), "ids2")
    print("copy: equal")


def make_bad(save):
    good = np.zeros((2, 2, 5, 8), np.float32)
    save("f64", good.astype(np.float64))
    save("big-endian", good.astype(">f4"))
    save("complex", good.astype(np.complex64))
    save("fortran", np.asfortranarray(good))
    save("rank3", good[0])
    save("five-heads", np.zeros((2, 5, 5, 8), np.float32))
    save("batch3", np.zeros((3, 1, 7, 4), np.float32))


def make(folder):
    os.makedirs(folder, exist_ok=True)

    def save(name, array):
        np.save(os.path.join(folder, name + ".npy"), array)

    random = np.random.default_rng(1)
    save("q", random.standard_normal((2, 2, 5, 8), np.float32))
    save("k", random.standard_normal((2, 1, 7, 8), np.float32))
    save("v", random.standard_normal((2, 1, 7, 4), np.float32))
    make_bad(save)
    specials = np.array([0, -0.0, 1, np.inf, -np.inf, np.nan, 1 + 2**-8, 1 + 3 * 2**-8, 3.4e38,
                         1e-40, 2.0**-133, 65520, -1e-45], np.float32)
    x = np.concatenate([specials, random.standard_normal(1000).astype(np.float32)])
    save("x", x)
    with np.errstate(over="ignore"):
        save("h", x.astype(np.float16))
    save("ids", np.arange(len(x), dtype=np.int32))
    with open(os.path.join(folder, "q.npy"), "rb") as file:
        bytes_ = file.read()
    for name, content in [("truncated", bytes_[:-4]), ("header", bytes_[:60]), ("text", b"1 2 3\n"),
                          ("empty", b""), ("longer", bytes_ + b"\0"),
                          ("huge", bytes_.replace(b"(2, 2, 5, 8)", b"(2, 2, 9999999999999999999, 8)")),
                          ("wrap", bytes_.replace(b"(2, 2, 5, 8)", b"(4294967296, 4294967296, 5, 8)")),
                          ("keys", bytes_.replace(b"'descr'", b"'dtype'"))]:
        with open(os.path.join(folder, name + ".npy"), "wb") as file:
            file.write(content)


def main(command, folder, *numbers):
    numbers = [int(n) for n in numbers]
    if command == "make":
        make(folder)
    elif command == "attention":
        compare_attention(folder, load(folder, "q"), load(folder, "k"), load(folder, "v"))
    elif command == "drawn":
        seed, b, lq, lk = numbers
        q, k, v = (philox.normal(seed, name, int(np.prod(shape))).reshape(shape) for name, shape in
                   [("q", (b, 2, lq, 8)), ("k", (b, 1, lk, 8)), ("v", (b, 1, lk, 4))])
        compare_attention(folder, q, k, v)
    elif command == "copied":
        compare_copy(folder, load(folder, "x"), load(folder, "h"), load(folder, "ids"))
    elif command == "drawn-copy":
        seed, n = numbers
        compare_copy(folder, philox.normal(seed, "x", n),
                     philox.normal(seed, "h", n).astype(np.float16),
                     philox.segments(seed, "ids", (n,)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
