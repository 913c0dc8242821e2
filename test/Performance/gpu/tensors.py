"""What a case reads: arrays by the names of the program's arguments; 16-bit floats are their bits, as uint16.

Random values come from one pool of N(0, 1), read on and on. Its size is a prime, so no two rows and no two heads of a
tensor are alike however often the pool is read through.
"""
import numpy as np

POOL = {"small": 1_000_003, "large": 33_554_467}  # primes


def to_bf16(values):
    """Bits of the nearest bf16 of finite f32 values, ties to even."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def to_f32(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def has_nan(bits):
    return bool(((bits & 0x7FFF) > 0x7F80).any())


class Pool:
    def __init__(self, kind, seed=1):
        self.values = to_bf16(np.random.default_rng(seed).standard_normal(POOL[kind], np.float32))
        self.at = 0

    def draw(self, shape):
        out = np.empty(int(np.prod(shape)), np.uint16)
        done = 0
        while done < out.size:
            part = self.values[self.at:self.at + out.size - done]
            out[done:done + part.size] = part
            done += part.size
            self.at = (self.at + part.size) % self.values.size
        return out.reshape(shape)


def cuts(case, documents=8, seed=8):
    """Where documents or packed sequences begin and end: 0 ... l, lengths drawn from a fixed seed."""
    count = case.b if case.is_packed else min(documents, case.l)
    inner = np.random.default_rng(seed).choice(np.arange(1, case.l), count - 1, replace=False)
    return np.concatenate([[0], np.sort(inner), [case.l]]).astype(np.int32)


def document_ids(case):
    """The document of every token: i32[l]."""
    return np.searchsorted(cuts(case)[1:-1], np.arange(case.l), side="right").astype(np.int32)


def small_arguments(case):
    """Everything but q, k, v: the same in all sets of inputs."""
    heads = np.arange(1, case.hq + 1)
    random = np.random.default_rng(2)
    return {
        "doc": np.tile(document_ids(case), (1 if case.is_packed else case.b, 1)),
        "offsets": cuts(case) if case.is_packed else None,
        "slopes": (64 * 2.0 ** (-8 * heads / case.hq)).astype(np.float32),  # ALiBi's, as the program has a step of 1/64
        "sink": random.standard_normal(case.hq, np.float32),
        "table": random.standard_normal((65, case.hq), np.float32),
    }


def shapes(case):
    """Of q, k and v."""
    batch = () if case.is_packed else (case.b,)
    query, key = (batch + (heads, case.l, case.d) for heads in (case.hq, case.hk))
    return {"q": query, "k": key, "v": key}


def make(case, pool):
    """One set of inputs."""
    if case.dtype != "bf16":
        raise ValueError(f"found dtype {case.dtype}, expected bf16")
    return {**small_arguments(case), **{name: pool.draw(shape) for name, shape in shapes(case).items()}}
