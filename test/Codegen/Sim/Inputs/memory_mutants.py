#!/usr/bin/env python3
"""Bugs in accesses to memory, planted one at a time in good kernels: each must be found.

    python3 memory_mutants.py FOLDER PROGRAM

A bug is an edit of the text of the kernels. The good ones run clean with SEEDS seeds; with
a bug every one of BUG_SEEDS seeds ends with exit code 1 and a message that matches. Prints
one line per bug and a count.
"""
import pathlib
import re
import sys

from mutate import Program, has_place, run_artifact

SEEDS, BUG_SEEDS = range(20), (0, 11)

ATTEND = """
func.func @main(
    %q: tensor<?x2x?xDxf16> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]},
    %k: tensor<?x2x?xDxf16> {attn.name = "k", attn.shape = ["B", "H", "L", "D"]},
    %v: tensor<?x2x?xDxf16> {attn.name = "v", attn.shape = ["B", "H", "L", "D"]}IDS)
    -> (tensor<?x2x?xDxf16> {attn.name = "o"}, tensor<?x2x?xf32> {attn.name = "lse"}) {
  %m = MASK
  %s = attn.stream %k, %v mask %m : tensor<?x2x?xDxf16>, tensor<?x2x?xDxf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?xDxf16> -> tensor<?x2x?xDxf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?xDxf16>, tensor<?x2x?xf32>
}
"""
IDS = ', %ids: tensor<?x?xi32> {attn.name = "ids", attn.shape = ["B", "L"], attn.random = "segments"}'


def program(size, mask="attn.mask.causal", ids=""):
    return ATTEND.replace("xDx", f"x{size}x").replace("IDS", ids).replace("MASK", mask)


PROGRAMS = {
    "tma": program(64),
    "copy": program(37),
    "documents": program(64, "attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>", IDS),
}


def replace(pattern, text, which=0):
    """Replaces match number `which` of a pattern."""
    def edit(source):
        place = list(re.finditer(pattern, source))[which]
        return source[:place.start()] + place.expand(text) + source[place.end():]
    return edit


def drop(pattern, which=0):
    """Leaves out a line that begins with the pattern."""
    return replace(rf" *{pattern}.*\n", "", which)


def everywhere(pattern, text):
    return lambda source: re.sub(pattern, text, source)


def swap(first, second, which=0):
    """Moves a line behind the next one that begins with `second`."""
    return replace(rf"( *{first}.*\n)((?:.*\n)*? *{second}.*\n)", r"\2\1", which)


def shift(pattern, which=0, by=1, width=32):
    """Adds a number to the value that group 2 of the pattern names."""
    lines = rf"%n = llvm.mlir.constant({by} : i{width}) : i{width}\n%m = llvm.add \2, %n : i{width}\n"
    return replace(pattern, lines + r"\1%m\3", which)


def move(pattern, by, which=0):
    """Moves the pointer that group 2 of the pattern names by bytes."""
    lines = rf"%m = llvm.getelementptr \2[{by}] : (!llvm.ptr<1>) -> !llvm.ptr<1>, i8\n"
    return replace(pattern, lines + r"\1%m\3", which)


# Operands are group 2. Waits of the TMA kernel in order: the producer for the place of the first K, Q and the first V of a
# query tile, for those of the next K and V, for that of Q where there is no K; the consumers for Q, for the first K.
WAIT = r"(%\d+ = nvvm\.mbarrier\.try_wait %\d+, )(%\d+)( :)"
NO_WAIT = r"(%\d+) = nvvm\.mbarrier\.try_wait .*\n", r"\1 = llvm.mlir.constant(true) : i1\n"
ROW_OF_K = r"( *nvvm\.cp\.async\.bulk\.tensor\S+ %\d+, %arg7, .*box\[%\d+, )(%\d+)(, .*)"
HEAD_OF_K = r"( *nvvm\.cp\.async\.bulk\.tensor\S+ %\d+, %arg7, .*box\[%\d+, %\d+, )(%\d+)(, .*)"
ROW_OF_O = r"( *nvvm\.cp\.async\.bulk\.tensor\.global\S+ %\w+, %\d+, box\[%\d+, )(%\d+)(, .*)"
HEAD_OF_O = r"( *nvvm\.cp\.async\.bulk\.tensor\.global\S+ %\w+, %\d+, box\[%\d+, %\d+, )(%\d+)(, .*)"
STORE = r"( *llvm\.store %\d+, )(%\d+)( \{{alignment = {0} : i64\}} : {1}, !llvm\.ptr<1>)"
LOAD = r"( *%\d+ = llvm\.load )(%\d+)( .*-> {0})"
FENCE = r"nvvm\.fence\.proxy"

# Which it is depends on what has happened already; that something is said does not.
UNORDERED = "uninitialised: .* shared offset|race at shared offset|has not filled"
UNSENT = r"ends without a cp\.async\.bulk\.wait_group|race at shared offset \d+: the loads .*, and the bulk stores"

RELEASE = (r" *%\d+ = llvm\.getelementptr %0\[(\d+)\].*\n(?: *%\d+ = llvm\.(?:mlir\.constant|shl|getelementptr).*\n)*"
           r" *nvvm\.mbarrier\.arrive %\d+ :.*\n")
EARLY = """%e127 = llvm.mlir.constant(127 : i32) : i32
%e0 = llvm.mlir.constant(0 : i32) : i32
%eid = nvvm.read.ptx.sreg.tid.x : i32
%elane = llvm.and %eid, %e127 : i32
%efirst = llvm.icmp "eq" %elane, %e0 : i32
llvm.cond_br %efirst, ^early, ^late
^early:
%eat = llvm.getelementptr %0[OFFSET] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
nvvm.mbarrier.arrive %eat : !llvm.ptr<3>
llvm.br ^late
^late:
"""


def release_early(source):
    """The first release of K, of stage 0, comes before the product that reads it."""
    offset = re.search(RELEASE, source).group(1)
    source = drop(r"nvvm\.mbarrier\.arrive %\d+ :")(source)
    return replace(r"( *nvvm\.wgmma\.fence\.aligned\n)", EARLY.replace("OFFSET", offset) + r"\1")(source)


def release_queries_early(source):
    """The place of Q is given back when O is there, before its box has left."""
    offset = re.search(r"getelementptr %0\[(\d+)\].*\n(?: *nvvm\.mbarrier\.arrive %\d+ :.*\n)(?!(?:.*\n)*? *nvvm\.mbarrier\.arrive)",
                       source).group(1)
    source = drop(r"nvvm\.mbarrier\.arrive %\d+ :", -1)(source)
    return replace(r"( *nvvm\.fence\.proxy.*\n)", r"\1" + EARLY.replace("OFFSET", offset))(source)


def shrink(base, layout):
    """The stages of a ring share the memory of one, for the producer, who adds them to `base`, and the consumers,
    whose descriptors have `layout`; the barriers are those of two."""
    def edit(source):
        producer = everywhere(rf"(getelementptr %\d+\[{base}\].*\n.*constant\()16384 ", r"\g<1>0 ")(source)
        both = everywhere(rf"(constant\({layout} :.*\n.*llvm\.add.*\n.*constant\()1024( :.*\n.*llvm\.mul)", r"\g<1>0\2")(producer)
        if source == producer or producer == both:
            sys.exit(f"no ring at {base} with descriptors of {layout}")
        return both
    return edit


# Program, what is wrong, the edit, what the message says.
BUGS = [
    ("tma", "the initialisation is not fenced", drop(r"nvvm\.fence\.mbarrier\.init"), "is not visible to the copy"),
    ("tma", "no barrier behind the initialisation", drop(r"nvvm\.barrier0"),
     "race: uses the mbarrier at shared offset|no initialised mbarrier"),
    ("tma", "K is released before its product", release_early, UNORDERED),
    ("tma", "the rings of K and V overlap", everywhere(r"(llvm\.getelementptr %\d+)\[49152\]", r"\1[32768]"), UNORDERED),
    ("tma", "K begins within Q", everywhere(r"(getelementptr %\d+)\[16384\]", r"\1[15360]"), "shared offset"),
    ("tma", "the ring of K has memory for one stage", shrink(16384, 65536), UNORDERED),
    ("tma", "the ring of V has memory for one stage", shrink(49152, 67108864), UNORDERED),
    ("tma", "the producer's rings of K and V have one stage", everywhere(r"constant\(2 (: i32\) : i32\n.*llvm\.urem)", r"constant(1 \1"),
     UNORDERED + "|deadlock"),
    ("tma", "the producer begins its rings anew for every query tile",
     replace(r"(%\d+) = llvm\.add (%\d+), (%\d+) : i32\n( *llvm\.br \^bb\d+\()\1 :",
             r"%f0 = llvm.add \2, \3 : i32\n%f1 = llvm.mlir.constant(-32 : i32) : i32\n%f2 = llvm.and %f0, %f1 : i32\n"
             r"%f3 = llvm.mlir.constant(21 : i32) : i32\n\1 = llvm.or %f2, %f3 : i32\n\4\1 :"),
     UNORDERED + "|arrivals at the mbarrier|deadlock"),
    ("tma", "the producer does not wait for an empty stage", replace(*NO_WAIT, 3), "race at shared offset|arrivals at the mbarrier"),
    ("tma", "the producer does not wait for the place of Q", replace(*NO_WAIT, 1), "race at shared offset|arrivals at the mbarrier"),
    # Where O has an address for ordinary stores only, Q is never given back then.
    ("tma", "Q is given back before O has left", release_queries_early, "race at shared offset|deadlock"),
    ("tma", "consumers do not wait for Q", replace(*NO_WAIT, 6), UNORDERED),
    ("tma", "consumers do not wait for K", replace(*NO_WAIT, 7), UNORDERED),
    ("tma", "consumers wait for Q with the wrong parity", shift(WAIT, 6), UNORDERED + "|deadlock"),
    ("tma", "the producer waits with the wrong parity", shift(WAIT, 0), UNORDERED + "|deadlock"),
    ("tma", "K of the next head", shift(HEAD_OF_K), "leaves the tensor on axis 2: 1 elements from 2 on, of 2; the kernel does not"),
    ("tma", "K one row too early", shift(ROW_OF_K, by=-1), "leaves the tensor on axis 1: 128 elements from -1 on, of 400"),
    ("tma", "O is not fenced", drop(FENCE), "missing proxy fence"),
    ("tma", "no barrier between O and its box", drop(r"nvvm\.barrier id", 3), "race at shared offset|missing proxy fence"),
    ("tma", "a box of O of the next head", shift(HEAD_OF_O), "leaves the tensor on axis 2: 1 elements from 2 on, of 2"),
    ("tma", "a box of O one row too early", shift(ROW_OF_O, by=-1), "leaves the tensor on axis 1: 64 elements from -1 on, of 400"),
    ("tma", "a box of O that nobody commits", drop(r"nvvm\.cp\.async\.bulk\.commit\.group"), UNSENT),
    ("tma", "a box of O that nobody waits for", drop(r"nvvm\.cp\.async\.bulk\.wait_group"), UNSENT),
    ("tma", "lse of the next head", move(STORE.format(4, "f32"), 1600, -1), "out of bounds: writes 4 bytes at byte .* of 'lse'"),
    # The results are right: two CTAs write the same to some rows.
    ("tma", "tiles of queries overlap", everywhere(r"(shfl\.sync .*\n.*constant\()128( : i32\) : i32\n.*llvm\.mul)", r"\g<1>112\2"),
     r"race in global memory: writes \d bytes at byte \d+ of '(o|lse)', which CTA \(\d, \d, 0\)"),
    ("tma", "all tiles have the same head",
     everywhere(r"llvm\.sub (%\d+), %\d+( : i32\n(?:.*constant.*\n){3}.*shfl)", r"llvm.sub \1, \1\2"),
     r"race in global memory: writes \d bytes at byte \d+ of '(o|lse)', which CTA \(\d, \d, 0\)"),
    ("tma", "all CTAs have the same query tiles", everywhere(r"nvvm\.read\.ptx\.sreg\.ctaid\.x : i32", "llvm.mlir.constant(0 : i32) : i32"),
     r"race in global memory: writes \d bytes at byte \d+ of '(o|lse)', which CTA \(\d, \d, 0\)"),
    # That of the first K may go: the same threads fence Q before anybody multiplies.
    ("copy", "Q is not fenced", drop(FENCE, 1), "missing proxy fence: the tensor core"),
    ("copy", "V is not fenced", drop(FENCE, 2), "missing proxy fence: the tensor core"),
    ("copy", "K is not fenced", drop(FENCE, 3), "missing proxy fence: the tensor core"),
    ("copy", "K is fenced behind the arrival", swap(FENCE, r"nvvm\.mbarrier\.arrive", 3), "missing proxy fence: the tensor core"),
    ("copy", "the last rows of Q are not filled", replace(r"constant\(1024 :", "constant(1008 :", 1), "uninitialised: the tensor core"),
    ("copy", "the last rows of V are not filled", replace(r"constant\(1024 :", "constant(1008 :", 2), "uninitialised: the tensor core"),
    ("copy", "a chunk too far", replace(r"( *llvm\.store %\d+, )(%\d+)( .*vector<4xi32>)",
     r"%m = llvm.getelementptr \2[16] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8\n\1%m\3"), r"race at shared offset \d+: thread \d+ writes it, and thread"),
    ("copy", "rows behind Q are read", replace(r'"slt" (%\d+, %\d+ : i32\n.*constant\(3 :)', r'"sle" \1', 1), "out of bounds: reads 2 bytes at byte .* of 'q'"),
    ("copy", "a column too many", everywhere(r"constant\(37 :", "constant(38 :"), "out of bounds: reads 2 bytes at byte .* of '[qkv]'"),
    ("copy", "o a byte too far", move(STORE.format(2, "i16"), 1, -1), "misaligned: 2 bytes at .*, expected a multiple of 2"),
    ("copy", "stores of 16 bytes one chunk half too far", replace(r"( *llvm\.store %\d+, )(%\d+)( .*vector<4xi32>)",
     r"%m = llvm.getelementptr \2[8] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8\n\1%m\3"), "is not a multiple of 16"),
    ("documents", "no minima", drop(r"llvm\.store", 0), "uninitialised: reads 4 bytes at byte .* of"),
    ("documents", "maxima one tile too far", move(STORE.format(4, "i32"), 4, 1), "uninitialised: reads|out of bounds: writes"),
    ("documents", "ids two bytes too far", move(LOAD.format("i32"), 2, 0), "misaligned: 4 bytes"),
]


def launch(artifact, seed):
    return run_artifact(artifact, ["--set=B=1", "--set=L=400", f"--sim-seed={seed}"])


def check(name, what, broken, expected):
    for seed in BUG_SEEDS:
        code, text = launch(broken, seed)
        if code != 1 or not re.search(expected, text) or not has_place(text):
            print(f"NOT FOUND {name}: {what}, seed {seed}: expected '{expected}', exit code {code}\n{text[:700]}")
            return False
    print(f"found {name}: {what}: {text.strip()}")
    return True


def main():
    folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "program.mlir").write_text(PROGRAMS[name])
    program = Program(folder / "program.mlir", folder)
    text = "\n".join(program.lines) + "\n"
    failures = 0
    for seed in SEEDS:
        code, message = launch(program.artifact, seed)
        if code:
            failures += 1
            print(f"the good kernel, seed {seed}:\n{message}")
    bugs = [bug for bug in BUGS if bug[0] == name]
    for _, what, edit, expected in bugs:
        mutant = program.mutant("broken")
        edited = edit(text)
        if edited == text:
            sys.exit(f"{name}: {what}: the edit changes nothing")
        mutant.lines = edited.splitlines()
        failures += not check(name, what, mutant.artifact(), expected)
    print(f"{len(bugs)} bugs, {failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
