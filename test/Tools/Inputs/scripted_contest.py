"""Stands in for test/Performance/gpu/contest.py: what its caller must survive, with made-up times."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import case_grid  # noqa: E402


def say(**event):
    print(json.dumps(event), flush=True)


def act(case, without):
    """Makes one row, or does not live to."""
    say(begin=case.name)
    say(stage="attn")
    if case.score == "bias":
        os.abort()  # our kernel kills the process
    say(stage="flex")
    if case.score == "softcap" and "flex" not in without:
        time.sleep(600)  # a rival that hangs
    if case.score == "packed":
        say(lost="an illegal address")
        sys.exit(0)
    times = {"attn": [1.0, 2.0, 3.0], "attn_dense": [4.0, 4.0, 4.0], "cudnn": [1.1, 2.2, 3.6], "flex": [1.5, 3.0, 4.5]}
    if without:
        del times["flex"]
    say(row={**case.record(), "operations": 2e12, "pairs": 1, "tiles": 1, "dense_tiles": 2, "times_ms": times,
             "error_ratios": {"attn": 0.5}, "rivals_absent": dict(without), "began": 1.0, "ended": 2.0})


def main():
    job = json.load(sys.stdin)
    say(device="Made-up GPU (sm_90)", l2_bytes=1, multiprocessors=132, torch=None, no_torch="none here")
    for fields, without in job["work"]:
        case = case_grid.Case(**fields)
        if case.score == "sink-alibi":
            say(stop="the time was over")
            return
        act(case, without)


main()
