"""Eight threads call one program at once, with different sizes; others compile meanwhile.

A result must be, bit by bit, what one thread alone gets: a shared workspace, a shared
result or a lost reference would show. The GIL is released while a kernel runs and while
the compiler works: a Python thread counts meanwhile.
"""
import gc
import sys
import threading
import time

import attn
import numpy as np

from expected import draw, program, shapes

# Tables per tile make a workspace that differs with the sizes.
DOCUMENTS = program().replace("[\"B\", \"Hk\", \"Lk\", \"D\"]})\n    ->", """["B", "Hk", "Lk", "D"]},
    %a: tensor<?x?xi32> {attn.name = "a", attn.shape = ["B", "Lq"]},
    %b: tensor<?x?xi32> {attn.name = "b", attn.shape = ["B", "Lk"]})
    ->""").replace("attn.mask.causal", "attn.mask.document %a, %b : tensor<?x?xi32>, tensor<?x?xi32>")


def problem(seed):
    lq, lk = 64 + 37 * seed, 128 + 51 * seed
    q, k, v = draw(seed, *shapes(1, lq, lk))
    ids = [np.sort(np.random.default_rng(seed).integers(0, 5, (1, length)).astype(np.int32)) for length in (lq, lk)]
    return dict(q=q, k=k, v=v, a=ids[0], b=ids[1])


def call_from_threads(run, problems, wanted, failures):
    start = threading.Barrier(len(problems))

    def work(mine):
        start.wait()
        for round in range(20):
            index = (mine + round) % len(problems)
            out, lse = run(**problems[index])
            if not ((out == wanted[index][0]).all() and (lse == wanted[index][1]).all()):
                failures.append(f"thread {mine}, round {round}: another result than alone")
            if round % 7 == mine % 7:
                try:
                    run(**{**problems[index], "k": problems[index]["v"][:, :1]})
                    failures.append("no error")
                except attn.LaunchError:
                    pass

    threads = [threading.Thread(target=work, args=[i]) for i in range(len(problems))]
    threads += [threading.Thread(target=lambda: attn.compile(program(d=24))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def turns_of_others(work):
    """How often a Python thread that only sleeps gets its turn while `work` runs, and how long that took."""
    stop, turns = threading.Event(), [0]

    def tick():
        while not stop.wait(0.001):
            turns[0] += 1

    thread = threading.Thread(target=tick)
    thread.start()
    begin = time.perf_counter()
    work()
    took = time.perf_counter() - begin
    stop.set()
    thread.join()
    return turns[0], took


run = attn.compile(DOCUMENTS)
problems = [problem(seed) for seed in range(8)]
wanted = [run(**problem) for problem in problems]
failures = []
call_from_threads(run, problems, wanted, failures)
assert not failures, failures
print("8 threads agree")

large = dict(zip("qkv", draw(9, *shapes(1, 1500, 1500))), a=np.zeros((1, 1500), np.int32), b=np.zeros((1, 1500), np.int32))
for name, work in (("compile", lambda: attn.compile(program())), ("launch", lambda: run(**large, device="reference"))):
    work()  # prepares the device, too
    turns, took = turns_of_others(work)
    assert took > 0.05, (name, took)
    assert turns > 5, (name, turns, took)  # with the lock held there would be none or one
    print(name, "lets other threads run")

before = sys.getrefcount(problems[0]["q"])
for _ in range(50):
    run(**problems[0])
gc.collect()
assert sys.getrefcount(problems[0]["q"]) == before
print("no reference is kept")
