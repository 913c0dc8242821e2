"""Mutants of forward_mutants.py that are as good as the kernel, and why nobody can see a difference.

By form: op, which of its kind from 1, what is done to it.
"""
BUDGET = ("the consumers keep the registers of the launch: ptxas spills, which "
          "test/Codegen/NVVM/gates-d128.test finds, and the results are the same")
LAST = ("the last release of V: the producer has no more tiles; kept because a plan releases what it awaits")
QUERIES = ("all threads that copy Q then copy K, fence, and arrive at its mbarrier, for which the consumers wait too")
VALUES = ("in the loop the K tile waited for before was stored and fenced by the same threads behind this V tile")
PUT = ("a warp puts O where its own 16 rows of Q were, and device sim gives a wgmma of a warp nothing else to read; PTX does "
       "not say whose rows the wait of another warp covers")

INCREASE = ("nvvm.setmaxregister", 2, "left out")
RELEASE = "nvvm.mbarrier.arrive"
BARRIER = "nvvm.barrier"

SAME = {
    "tma": {INCREASE: BUDGET, (RELEASE, 2, "left out"): LAST, (BARRIER, 2, "left out"): PUT, (BARRIER, 2, "another barrier"): PUT},
    "streams": {INCREASE: BUDGET, (RELEASE, 2, "left out"): LAST},
    "packed": {INCREASE: BUDGET, (RELEASE, 2, "left out"): LAST, (BARRIER, 3, "left out"): PUT},
    "copy": {
        INCREASE: BUDGET,
        (RELEASE, 5, "left out"): LAST,
        ("nvvm.mbarrier.try_wait", 3, "left out"): QUERIES,
        ("nvvm.mbarrier.try_wait", 7, "left out"): VALUES,
        ("nvvm.fence.proxy", 1, "left out"): QUERIES,
        ("nvvm.fence.mbarrier.init", 1, "left out"):
            "it shows mbarriers to copies of the asynchronous proxy and to other CTAs; this kernel has neither",
    },
}
