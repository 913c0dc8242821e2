"""Mutants of forward_mutants.py that are as good as the kernel, and why nobody can see a difference.

By form: op, which of its kind from 1, what is done to it.
"""
BUDGET = ("the consumers keep the registers of the launch: ptxas spills, which "
          "test/Codegen/NVVM/gates-d128.test finds, and the results are the same")
LAST = ("the last release of V: the producer has no more tiles; kept because a plan releases what it awaits")
PLACE = ("the first V of a query tile: the place of Q, for which the producer waits before, is given back behind the last V")
MET = ("who has put O into the place of Q met behind it; without that, `rounds` sees that nobody meets before Q is given back")
VISIBLE = ("it shows mbarriers to copies of the asynchronous proxy and to other CTAs; this kernel has neither")
OWN = ("Q of a query tile that sees no keys: in packed sequences rows see themselves")
QUERIES = ("all threads that copy Q then copy K, fence, and arrive at its mbarrier, for which the consumers wait too")
KEYS = ("all threads that copy the first K then copy Q, fence, and arrive at its mbarrier, for which the consumers wait too")
UNUSED = ("Q of a query tile that sees no keys, which nobody multiplies; kept because a plan loads all alike")
VALUES = ("in the loop the K tile waited for before was stored and fenced by the same threads behind this V tile")
PUT = ("a warp puts O where its own 16 rows of Q were, and device sim gives a wgmma of a warp nothing else to read; PTX does "
       "not say whose rows the wait of another warp covers")

INCREASE = ("nvvm.setmaxregister", 2, "left out")
RELEASE = "nvvm.mbarrier.arrive"
EXPECT = "nvvm.mbarrier.arrive.expect_tx"
WAIT = "nvvm.mbarrier.try_wait"
BARRIER = "nvvm.barrier"

SAME = {
    "tma": {INCREASE: BUDGET, (WAIT, 3, "left out"): PLACE, (BARRIER, 3, "left out"): PUT, (BARRIER, 5, "left out"): MET},
    "streams": {INCREASE: BUDGET, (RELEASE, 2, "left out"): LAST},
    "packed": {
        INCREASE: BUDGET,
        (WAIT, 3, "left out"): PLACE,
        (WAIT, 6, "left out"): OWN,
        (EXPECT, 6, "left out"): OWN,
        (BARRIER, 4, "left out"): PUT,
        (BARRIER, 4, "another barrier"): PUT,
        (BARRIER, 6, "left out"): MET,
    },
    "rounds": {
        INCREASE: BUDGET,
        (WAIT, 3, "left out"): PLACE,
        (WAIT, 8, "left out"): KEYS,
        (WAIT, 11, "left out"): VALUES,
        ("nvvm.fence.proxy", 1, "left out"): KEYS,
        ("nvvm.fence.proxy", 6, "left out"): UNUSED,
        ("nvvm.fence.mbarrier.init", 1, "left out"): VISIBLE,
    },
    "copy": {
        INCREASE: BUDGET,
        (RELEASE, 5, "left out"): LAST,
        (WAIT, 3, "left out"): QUERIES,
        (WAIT, 7, "left out"): VALUES,
        ("nvvm.fence.proxy", 1, "left out"): QUERIES,
        ("nvvm.fence.mbarrier.init", 1, "left out"): VISIBLE,
    },
}
