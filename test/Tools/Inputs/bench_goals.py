"""Goals of test/Performance/gpu/goals.py on made-up rows: met, missed, not measured."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test" / "Performance" / "gpu"))
import case_grid  # noqa: E402
import goals  # noqa: E402


def judged(rows, card):
    return {what: value for what, value, _ in goals.all_goals(rows, card)}


cases = {case.name: case for case in case_grid.read(ROOT / "tools" / "gpu" / "bench.txt")}
empty = judged({}, {})
assert len(empty) == 25 and all(value is None for value in empty.values()), empty

row = {"operations": 1e12, "tiles": 1000, "dense_tiles": 2000, "Hq": 64, "sm_mhz": 1000.0,
       "times_ms": {"attn": [1.0, 2.0, 2.0], "attn_dense": [2.0, 4.0, 4.4], "cudnn": [1.1, 2.4, 1.8],
                    "flex": [3.0, 4.0, 5.0], "flex_fast_tanh": [1.5, 3.0, 3.0]}}
every = judged(dict.fromkeys(cases, row), {"multiprocessors": 100, "mufu_per_score": dict.fromkeys(cases, 2)})
missing = [what for what, value in every.items() if value is None]
assert not missing, missing  # every goal is about a case of the grid
value = lambda part: next(v for what, v in every.items() if part in what)
assert value("full D 128 16k: speed over cudnn") == 1.1  # of 1.1, 1.2, 0.9
assert round(value("first progress"), 6) == 500  # 1e12 operations in 2 ms
assert value("window1024-bf16-h64-8-d128-b1-l16384: speed over flex") == 2.5  # of 3, 2, 2.5
assert value("full-softcap-bf16-h64-8-d64-b1-l16384: speed over flex") == 1.5  # the faster spelling of tanh
assert value("window128") == 1.0  # half the tiles in half the time
bound = 1000 * 128 * 128 * 64 * 2 / (16 * 100 * 1e9)  # seconds
assert abs(value("MUFU") - bound * 1e3 / 2.0) < 1e-9, (value("MUFU"), bound)
print("goals good")
