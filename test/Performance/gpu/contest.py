"""Measures cases and prints one line of JSON per event. Started by __main__.py, which survives what happens here.

The work comes as JSON on standard input: {"folder", "device", "dry_run", "deadline", "work": [[case, {rival: why not}],
...]}. Lines: {"begin": case}, {"stage": contestant}, {"row": ...}, {"lost": why} before it gives up the device, {"stop":
why} when the time is over. Every contestant's result is checked before the first timed round, and ours again after the last.
"""
import json
import math
import os
import pathlib
import sys
import time

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent))
import numpy as np  # noqa: E402

import attn_ctypes  # noqa: E402
import case_grid  # noqa: E402
import devices  # noqa: E402
import meaning  # noqa: E402
import tensors  # noqa: E402
import timing  # noqa: E402
import torch_rivals  # noqa: E402

NAN = 0x7FFF  # bf16
MOST_RIVAL_BOUNDS = 4  # a rival above our bound is its own business, one above this computes something else
LEAST_ROUNDS, MOST_ROUNDS, SECONDS = 10, 30, 3
SECONDS_TO_END = 15  # a case is not begun later than this before the deadline


class Lost(Exception):
    """The device does not work any more; another process may."""


class Contest:
    def __init__(self, job, say):
        self.folder, self.say, self.is_dry = pathlib.Path(job["folder"]), say, job["dry_run"]
        self.torch, self.no_torch = find_torch(job["device"])
        library = self.folder.parent / "lib" / "libattn_runtime.so.0"
        self.runtime = attn_ctypes.Runtime(library)
        self.device = devices.open_device(self.runtime, job["device"], self.torch)
        self.pool, self.programs = tensors.Pool("small" if self.is_dry else "large"), {}
        if self.torch is not None:
            torch_rivals.prepare(self.torch)

    def program(self, name):
        """(program, names of its arguments), prepared once."""
        if name not in self.programs:
            folder = self.folder / "programs" / f"{name}.attn"
            manifest = json.loads((folder / "manifest.json").read_text())
            arguments = [argument["name"] for argument in manifest["entries"][0]["arguments"]]
            self.programs[name] = self.runtime.load(folder).prepare(self.device.name), arguments
        return self.programs[name]

    def guarded(self, what):
        """what(), or the text of its failure; Lost if the device went with it."""
        try:
            return what(), ""
        except Exception as problem:
            text = f"{type(problem).__name__}: {torch_rivals.first_line(problem)}"
            try:
                self.device.synchronize()
            except Exception as more:
                raise Lost(f"{text}; then {torch_rivals.first_line(more)}") from None
            return None, text

    def sets(self, case):
        """Sets of placed inputs, more than the L2 cache holds, and the first one on the host."""
        first = tensors.make(case, self.pool)
        shared = {name: self.device.place(array) for name, array in tensors.small_arguments(case).items() if array is not None}
        size = sum(first[name].nbytes for name in "qkv")
        count = 2 if self.is_dry else max(2, math.ceil(2 * self.device.l2_bytes / size))
        placed = []
        for index in range(count):
            arrays = first if index == 0 else tensors.make(case, self.pool)
            placed.append({**shared, **{name: self.device.place(arrays[name]) for name in "qkv"}})
        return first, placed

    def ours(self, case, placed):
        """(run, results): launches of our program on every set."""
        program, arguments = self.program(case.program)
        shape = tensors.shapes(case)["q"]
        results = [self.device.place(np.full(shape, NAN, np.uint16)),
                   self.device.place(np.full(shape[:-1], np.nan, np.float32))]
        launches = [program.bind([one[name] for name in arguments], results, self.device.memory) for one in placed]
        return lambda index: launches[index](), results

    def check_ours(self, case, placed, expected):
        run, results = self.ours(case, placed)
        run(0)
        self.device.wait()
        out, lse = map(self.device.fetch, results)
        ratio = expected.ratio(out, lse)
        if not ratio <= 1:
            raise RuntimeError(f"wrong result: an error of {ratio:.3g} bounds, expected at most 1")
        return run, results, out.copy(), ratio

    def check_dense(self, case, placed, first):
        """Our own program without mask and score on the same inputs, checked as well."""
        dense, given = case.dense, dict(first)
        if case.is_packed:  # the same memory as one batch
            given |= {name: as_batch(first[name]) for name in "qkv"}
            placed = [{name: as_batch(one[name]) for name in "qkv"} for one in placed]
        return self.check_ours(dense, placed, meaning.Expectation(dense, given))[0]

    def rivals(self, case, placed, expected, without, row):
        """Runs of every rival that there is and that computes the same."""
        if self.torch is None:
            row["rivals_absent"] = dict.fromkeys(("cudnn", "flash", "flex"), self.no_torch)
            return {}
        made, runs = torch_rivals.for_case(self.torch, case, self.device.name == "cuda"), {}
        torch_sets = [{name: self.device.for_torch(value) for name, value in one.items()} for one in placed]
        for name, maker in made.items():
            reason = without.get(name) or (maker if isinstance(maker, str) else "")
            if not reason:
                self.say(stage=name)
                run, reason = self.guarded(lambda: self.check_rival(name, maker, torch_sets, expected, row))
                if run:
                    runs[name] = run
                    continue
            row["rivals_absent"][name] = reason
        return runs

    def check_rival(self, name, maker, torch_sets, expected, row):
        run, note = maker(torch_sets)
        ratio = expected.ratio(self.device.fetch(run(0)))
        if not ratio <= MOST_RIVAL_BOUNDS:
            raise RuntimeError(f"another result: {ratio:.3g} bounds from the reference")
        row["error_ratios"][name] = ratio
        if note:
            row["notes"].append(f"{name}: {note}")
        return run

    def time(self, runs, placed, row):
        rounds = (1, 1, 0) if self.is_dry else (LEAST_ROUNDS, MOST_ROUNDS, SECONDS)
        row["began"] = time.time()
        times = timing.measure(self.device, runs, len(placed), *rounds)
        row["ended"] = time.time()
        if not self.is_dry:
            row["times_ms"] = {name: [round(value, 5) for value in values] for name, values in times.items()}

    def compete(self, case, without, row):
        """Fills `row`; raises where ours fails."""
        self.say(stage="attn")
        first, placed = self.sets(case)
        expected = meaning.Expectation(case, first)
        run, results, before, ratio = self.check_ours(case, placed, expected)
        row["error_ratios"]["attn"] = ratio
        if warning := self.program(case.program)[0].warning():
            row["notes"].append(f"attn: {warning}")
        runs = {"attn": run}
        if case.dense:
            dense, problem = self.guarded(lambda: self.check_dense(case, placed, first))
            if dense:
                runs["attn_dense"] = dense
            else:
                row["notes"].append(f"attn_dense: {problem}")
        runs |= self.rivals(case, placed, expected, without, row)
        self.say(stage="timing")
        self.time(runs, placed, row)
        run(0)
        self.device.wait()
        if (self.device.fetch(results[0]) != before).any():
            row.pop("times_ms", None)
            raise RuntimeError("wrong result: other bits after the timed runs than before")

    def case(self, case, without):
        row = new_row(case)
        _, problem = self.guarded(lambda: self.compete(case, without, row))
        if problem:
            row["problem"] = problem
        self.device.release()
        return row


def as_batch(packed):
    """[H, T, D] as [1, H, T, D]."""
    if isinstance(packed, attn_ctypes.Buffer):
        return attn_ctypes.View(packed, (1, *packed.shape))
    return packed.reshape(1, *packed.shape)


def new_row(case):
    pairs, tiles = meaning.count(case)
    return {**case.record(), "operations": meaning.operations(case), "pairs": pairs, "tiles": tiles,
            "dense_tiles": meaning.count(case.dense)[1] if case.dense else tiles}


def find_torch(device):
    """(module or None, why not)"""
    try:
        import torch
    except Exception as problem:
        return None, f"this Python has no PyTorch: {torch_rivals.first_line(problem)}"
    if device == "cuda" and not torch.cuda.is_available():
        return None, f"PyTorch {torch.__version__} sees no GPU"
    return torch, ""


def report_to(stream):
    def say(**event):
        stream.write(json.dumps(event) + "\n")
        stream.flush()
    return say


def main():
    say = report_to(os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)  # what libraries print is no event
    job = json.load(sys.stdin)
    contest = Contest(job, say)
    say(device=contest.device.describe(), l2_bytes=contest.device.l2_bytes,
        multiprocessors=contest.device.multiprocessors,
        torch=contest.torch.__version__ if contest.torch else None, no_torch=contest.no_torch)
    for fields, without in job["work"]:
        case = case_grid.Case(**fields)
        if time.time() > job["deadline"] - SECONDS_TO_END:
            say(stop="the time was over")
            break
        say(begin=case.name)
        try:
            say(row=contest.case(case, without))
        except Lost as problem:
            say(lost=str(problem))
            break
    sys.stdout.flush()
    os._exit(0)  # nothing of a GPU that may hang is waited for


main()
