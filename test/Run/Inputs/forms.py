#!/usr/bin/env python3
"""Runs the entries of forms.mlir against the reference, with NaN in every token of nobody.

usage: forms.py ARTIFACT DEVICE ELEMENT FOLDER

Besides the check of attn-run: chunks resumed one after the other and merged attends agree with one
attend over all keys, and the number of threads changes no bit. Prints one line per failure and a
count; exit code 1 if there was a failure.
"""
import itertools
import os
import sys

import numpy as np

import against_reference

NAN = np.float32("nan")
ROUNDING = {"f32": 2.0**-21, "f16": 2.0**-9, "bf16": 2.0**-6}


def i32(*numbers):
    return np.array(numbers, np.int32)


class Draw:
    """Arguments of one run; `spread` is the standard deviation of q and keys."""

    def __init__(self, spread):
        self.random, self.spread = np.random.default_rng(7), spread

    def __call__(self, *shape):
        return self.random.standard_normal(shape, np.float32) * np.float32(self.spread)

    def keys(self, heads, tokens, head_size, value_size, batch=()):
        return self(*batch, heads, tokens, head_size), self(*batch, heads, tokens, value_size)


def streams(draw, batch, lq, lk, lm):
    k, v = draw.keys(2, lk, 64, 128, (batch,))
    k2, v2 = draw.keys(2, lm, 64, 128, (batch,))
    return dict(q=draw(batch, 4, lq, 64), k=k, v=v, k2=k2, v2=v2, sink=draw(4))


def chunks(draw, batch, lq, head_size, lengths):
    arguments = dict(q=draw(batch, 4, lq, head_size))
    for n, length in enumerate(lengths):
        arguments[f"k{n}"], arguments[f"v{n}"] = draw.keys(2, length, head_size, head_size, (batch,))
    return arguments


def resume(draw, batch, lq, *lengths):
    arguments = chunks(draw, batch, lq, 128, lengths)
    for name in "kv":
        arguments[name] = np.concatenate([arguments[f"{name}{n}"] for n in range(3)], axis=2)
    return arguments


def merge(draw, batch, lq, *lengths):
    return chunks(draw, batch, lq, 7, lengths)


def disown(array, offsets):
    """NaN in the tokens of packed `array` that are in no sequence."""
    array[:, :offsets[0]] = NAN
    array[:, offsets[-1]:] = NAN


def packed(draw, tokens, offsets, others, other_offsets):
    q = draw(8, tokens, 128)
    k, v = draw.keys(2, tokens, 128, 128)
    k2, v2 = draw.keys(2, others, 128, 128)
    for array in (q, k, v):
        disown(array, offsets)
    for array in (k2, v2):
        disown(array, other_offsets)
    return dict(q=q, k=k, v=v, offsets=i32(*offsets), k2=k2, v2=v2, offsets2=i32(*other_offsets), sink=draw(8))


def padded(draw, lq, lk, query_lengths, key_lengths):
    batch = len(query_lengths)
    q = draw(batch, 4, lq, 7)
    k, v = draw.keys(2, lk, 7, 7, (batch,))
    for b in range(batch):
        q[b, :, query_lengths[b]:] = NAN
        k[b, :, key_lengths[b]:] = NAN
        v[b, :, key_lengths[b]:] = NAN
    return dict(q=q, k=k, v=v, qlen=i32(*query_lengths), klen=i32(*key_lengths))


# Standard deviations whose products give logits of about 1 and of 1e4.
CASES = [(entry, numbers, spread) for (entry, numbers), spread in itertools.product([
    (streams, (2, 37, 45, 70)), (streams, (1, 130, 20, 0)), (streams, (1, 1, 0, 33)),
    (resume, (1, 50, 45, 1, 70)), (resume, (2, 49, 0, 33, 0)),
    (merge, (2, 50, 45, 40, 70)), (merge, (1, 7, 0, 3, 0)),
    (packed, (300, (5, 5, 100, 297), 200, (0, 40, 40, 190))), (packed, (64, (0, 1, 1, 64), 10, (2, 2, 10, 10))),
    (padded, (100, 70, (100, 0, 37, 64), (70, 33, 0, 1))),
], (1, 60))]
RESULTS = {streams: ["o", "lse", "near", "far"], resume: ["o", "lse", "whole", "whole_lse", "m", "l", "acc"],
           merge: ["o", "lse", "whole", "whole_lse"], packed: ["o", "lse", "near", "far"],
           padded: ["o", "lse", "o2", "lse2"]}


class Runner:
    def __init__(self, artifact, device, element, folder):
        self.artifact, self.device, self.element, self.folder = artifact, device, element, folder

    def run(self, entry, arguments, threads):
        path = lambda name: os.path.join(self.folder, f"{name}.npy")
        options = [f"--out={name}={path('out_' + name)}" for name in RESULTS[entry]]
        for name, array in arguments.items():
            narrow = self.element == "f16" and array.ndim > 2
            np.save(path(name), array.astype(np.float16) if narrow else array)
            options.append(f"--in={name}={path(name)}")
        good, text = against_reference.run(self.artifact, self.device, entry.__name__, options, len(RESULTS[entry]),
                                           dict(os.environ, ATTN_THREADS=str(threads)))
        if not good:
            raise AssertionError(text)
        return {name: np.load(path("out_" + name)) for name in RESULTS[entry]}

    def check(self, entry, numbers, spread):
        arguments = entry(Draw(spread), *numbers)
        found = self.run(entry, arguments, 1)
        again = self.run(entry, arguments, 3) if spread == 1 else found
        for name, array in found.items():
            if array.tobytes() != again[name].tobytes():
                raise AssertionError(f"{name} depends on the number of threads")
        if "whole" not in found:
            return
        # Rounding of the parts, and of logits of the size of lse.
        rounding = ROUNDING[self.element]
        lse = found["whole_lse"]
        scale = np.where(np.isfinite(lse), np.abs(lse), 0)
        with np.errstate(invalid="ignore"):
            gap = np.where(lse == found["lse"], 0, np.abs(lse - found["lse"]))
        logits = 2.0**-20 * (1 + scale) * (1 if spread == 1 else spread)
        if not (gap <= logits).all():
            raise AssertionError(f"lse of the parts differs by {gap.max()}")
        difference = np.abs(found["o"].astype(np.float32) - found["whole"].astype(np.float32))
        allowed = 4 * spread * (rounding + 2 * logits)[..., None]
        if not (difference <= allowed).all():
            raise AssertionError(f"the parts differ from the whole by {difference.max()}")


def main():
    runner = Runner(*sys.argv[1:])
    failures = 0
    for entry, numbers, spread in CASES:
        try:
            runner.check(entry, numbers, spread)
        except AssertionError as error:
            failures += 1
            print(f"{entry.__name__} {numbers} {spread}: {error}")
    print(f"{len(CASES)} cases, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
