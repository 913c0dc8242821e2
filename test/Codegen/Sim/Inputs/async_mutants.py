"""Bugs of asynchronous operations, planted in a good forward kernel: each must be found.

    python3 async_mutants.py FOLDER

Every mutant runs with several seeds of the scheduler and must fail with all of them, or
one of them for bugs that only lateness shows, with a message that names it. The good
kernel runs with 20 seeds and must not fail.
"""
import pathlib
import re
import sys

from mutate import Program, has_place, run_artifact

SIZES = ["--set=B=2", "--set=Lq=260", "--set=Lk=600"]  # Rings go round several times, CTAs have two query tiles.
SEEDS = 3
TENSOR = "tensor<?x1x?x64xbf16>"
SOURCE = f"""
func.func @main(
    %q: {TENSOR} {{attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]}},
    %k: {TENSOR} {{attn.name = "k", attn.shape = ["B", "H", "Lk", "D"]}},
    %v: {TENSOR} {{attn.name = "v", attn.shape = ["B", "H", "Lk", "D"]}}) -> ({TENSOR} {{attn.name = "o"}}) {{
  %keys = attn.stream %k, %v : {TENSOR}, {TENSOR}
  %o = attn.attend %q over %keys : {TENSOR} -> {TENSOR}
  return %o : {TENSOR}
}}
"""
TRY_WAIT, WAIT = "nvvm.mbarrier.try_wait", "attn_nvvm.wgmma_wait"
INIT, ARRIVE = "nvvm.mbarrier.init", "nvvm.mbarrier.arrive"
LOAD = "nvvm.cp.async.bulk.tensor.shared.cluster.global"
EXPECT = "nvvm.mbarrier.arrive.expect_tx"


def parity_of(mutant, line):
    """The value that a wait for an mbarrier takes as parity."""
    return re.search(r"try_wait (%\S+), (%\w+)", mutant.lines[line]).group(2)


def waits(mutant, role):
    """Waits for mbarriers before and behind the place where consumers begin."""
    consumers = mutant.find("nvvm.setmaxregister  increase")[0]
    return [i for i in mutant.find(TRY_WAIT) if (i > consumers) == (role == "consumer")]


def arrive_only(mutant):
    return [i for i in mutant.find(ARRIVE) if "expect_tx" not in mutant.lines[i]]


def swap_first_parity(mutant, role, index):
    """The parity of a wait, inverted where it stands."""
    line = waits(mutant, role)[index]
    value = parity_of(mutant, line)
    mutant.lines.insert(line, "%swap_one = llvm.mlir.constant(1 : i32) : i32")
    mutant.lines.insert(line + 1, f"%swapped = llvm.xor {value}, %swap_one : i32")
    mutant.replace(line + 2, f", {value} ", ", %swapped ")


def commits(mutant):
    return mutant.find("nvvm.wgmma.commit.group.sync.aligned")


def change_wait(mutant, index, old, new):
    mutant.replace(mutant.find(WAIT)[index], f"wgmma_wait {old} ", f"wgmma_wait {new} ")


def drop_kept(mutant, index):
    line = [i for i in mutant.find(WAIT) if "kept(" in mutant.lines[i]][index]
    mutant.lines[line] = re.sub(r"kept\([^)]*\) ", "", mutant.lines[line])


def change_init(mutant, index, count):
    """The count of an mbarrier; the value may be used by others."""
    line = mutant.find(INIT)[index]
    value = re.search(r", (%\w+) :", mutant.lines[line]).group(1)
    mutant.lines.insert(line, f"%other_count = llvm.mlir.constant({count} : i32) : i32")
    mutant.replace(line + 1, f", {value} ", ", %other_count ")


def expect(mutant, index, bytes):
    line = mutant.find(EXPECT)[index]
    value = re.search(r"expect_tx %\w+, (%\w+)", mutant.lines[line]).group(1)
    mutant.lines.insert(line, f"%others = llvm.mlir.constant({bytes} : i32) : i32")
    mutant.replace(line + 1, f", {value} ", ", %others ")


def barrier_for(mutant, threads):
    line = mutant.find("nvvm.barrier0")[0]
    mutant.lines[line:line + 1] = ["%bar_id = llvm.mlir.constant(0 : i32) : i32",
                                   f"%bar_threads = llvm.mlir.constant({threads} : i32) : i32",
                                   "nvvm.barrier id = %bar_id number_of_threads = %bar_threads"]


def change_registers(mutant, action, old, new):
    mutant.replace(mutant.find("nvvm.setmaxregister")[0 if action == "decrease" else 1], f"{action} {old}",
                   f"{action} {new}")


IN_FLIGHT = r"(uses|gives) the accumulator of (nvvm\.wgmma\.mma_async|attn_nvvm\.wgmma_ra) at \S+, which is in flight"
RACE = r"race at shared offset \d+"
NOT_FILLED = r"reads shared offset \d+, which nvvm\.cp\.async\.bulk\.tensor\S* at \S+ of thread \d+ has not filled|" + RACE
NOT_KEPT = r"the A registers of attn_nvvm\.wgmma_ra at \S+ may have changed"
DEADLOCK = r"deadlock in kernel .* wait for parity [01] of the mbarrier at shared offset \d+, which is in phase \d+"

# Class, name, edit, what must be said. Classes that are "late" show only where the seed
# makes something late enough.
MUTANTS = [
    ("wait", "no wait for S", lambda m: m.drop(m.find(WAIT)[0]), IN_FLIGHT),
    ("wait", "no wait for O", lambda m: m.drop(m.find(WAIT)[-1]), IN_FLIGHT),
    ("wait", "wait for S leaves one", lambda m: change_wait(m, 0, 0, 1), IN_FLIGHT),
    ("wait", "wait for S behind O leaves two", lambda m: change_wait(m, 2, 1, 2), IN_FLIGHT),
    ("group", "no commit of S", lambda m: m.drop(commits(m)[0]), r"which nothing has committed to a group"),
    ("group", "no commit of O", lambda m: m.drop(commits(m)[-1]), r"which nothing has committed to a group|in flight"),
    ("operands", "A registers not kept at the end", lambda m: drop_kept(m, 0), NOT_KEPT),
    ("operands", "A registers not kept in the loop", lambda m: drop_kept(m, 1), NOT_KEPT),
    ("fence", "no fence before S", lambda m: m.drop(m.find("nvvm.wgmma.fence.aligned")[0]),
     r"nvvm\.wgmma\.mma_async: expected wgmma\.fence between"),
    ("fence", "no fence before O", lambda m: m.drop(m.find("attn_nvvm.wgmma_fence")[0]),
     r"attn_nvvm\.wgmma_ra: expected wgmma\.fence between"),
    ("late copy", "no wait for Q", lambda m: m.drop(waits(m, "consumer")[0]), NOT_FILLED),
    ("late copy", "no wait for the first K", lambda m: m.drop(waits(m, "consumer")[1]), NOT_FILLED),
    ("copy", "fewer bytes expected", lambda m: expect(m, 1, 4096), DEADLOCK),
    ("copy", "more bytes expected", lambda m: expect(m, 2, 32768), DEADLOCK),
    ("late parity", "wait for Q", lambda m: swap_first_parity(m, "consumer", 0), NOT_FILLED + "|" + DEADLOCK),
    ("parity", "wait for K", lambda m: swap_first_parity(m, "consumer", 1), NOT_FILLED + "|" + DEADLOCK),
    ("parity", "wait for a free stage", lambda m: swap_first_parity(m, "producer", 0), DEADLOCK),
    ("parity", "wait for the place of Q", lambda m: swap_first_parity(m, "producer", 1), DEADLOCK),
    ("count", "fewer threads at a barrier", lambda m: barrier_for(m, 256), r"at barrier 0"),
    ("count", "more threads at a barrier", lambda m: barrier_for(m, 416), r"wait at barrier 0, where 384 of 416"),
    ("arrival", "K released twice", lambda m: m.repeat(arrive_only(m)[0]),
     r"arrivals at the mbarrier|overwrites shared offset|" + NOT_FILLED + "|" + DEADLOCK),
    ("arrival", "stage armed twice", lambda m: m.repeat(m.find(EXPECT)[1]),
     r"1 arrivals at the mbarrier at shared offset \d+, which expects 0 more of 1 in this phase"),
    ("deadlock", "K never released", lambda m: m.drop(arrive_only(m)[0]), DEADLOCK),
    ("deadlock", "one arrival too many expected", lambda m: change_init(m, 3, 3), DEADLOCK),
    ("ring", "no wait for a free stage", lambda m: m.drop(waits(m, "producer")[3]),
     r"overwrites shared offset|arrivals at the mbarrier|" + RACE + "|" + DEADLOCK),
    ("registers", "producers keep too many", lambda m: change_registers(m, "decrease", 24, 40),
     r"wait for 240 registers per thread of warp \d+, which has 168"),
    ("registers", "consumers want too many", lambda m: change_registers(m, "increase", 240, 248),
     r"wait for 248 registers per thread of warp \d+, which has 168"),
]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "forward.mlir").write_text(SOURCE)
    program = Program(folder / "forward.mlir", folder)
    failures = 0
    good = program.mutant("unchanged")
    made = good.artifact()
    for seed in range(20):
        code, text = run_artifact(made, [*SIZES, f"--sim-seed={seed}", "--against=reference"])
        if code:
            failures += 1
            print(f"FAIL unchanged, seed {seed}: {text}")
    for kind, name, edit, message in MUTANTS:
        mutant = program.mutant(re.sub(r"\W+", "-", f"{kind} {name}"))
        edit(mutant)
        made = mutant.artifact()
        is_late = kind.startswith("late")
        missed = []
        for seed in range(20 if is_late else SEEDS):
            code, text = run_artifact(made, [*SIZES, f"--sim-seed={seed}"])
            if code != 1 or not re.search(message, text) or not has_place(text):
                missed.append(f"FAIL {kind}: {name}, seed {seed}: exit code {code}: {text[:700]}")
            elif is_late:
                missed.clear()
                break
        failures += bool(missed)
        print("".join(line + "\n" for line in missed), end="")
    print(f"{len(MUTANTS)} mutants, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
