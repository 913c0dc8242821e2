"""Planted bugs for a GPU's own checkers: kernels that device sim, strict, says something about.

    python3 plants.py OUT [REGEX]

Takes the good kernels and the bugs of test/Codegen/Sim/Inputs whose name matches, makes an
artifact of each for sm_90a and device sim, and writes OUT/<name>.attn and OUT/plants.tsv:
name, arguments of attn-run, what attn-verify-lowlevel says, what strict sim says, both "-"
if nothing. Needs attnc, attn-opt, attn-run, sim-lower and gpu-lower in PATH.
"""
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "test/Codegen/Sim/Inputs"))
import async_mutants  # noqa: E402
import memory_mutants  # noqa: E402
from mutate import Program, run_artifact  # noqa: E402

SEEDS = range(20)  # The first that finds it speaks; some bugs show only where something is late.
MEMORY_SIZES = ["--set=B=1", "--set=L=400"]


def plants():
    """Source text, arguments, name, edit of a mutant; no edit for a good kernel."""
    asynchronous = (async_mutants.SOURCE, async_mutants.SIZES)
    yield *asynchronous, "good async", None
    for kind, name, edit, _ in async_mutants.MUTANTS:
        yield *asynchronous, f"async {kind}: {name}", edit
    for program, source in memory_mutants.PROGRAMS.items():
        yield source, MEMORY_SIZES, f"good {program}", None
        for owner, name, edit, _ in memory_mutants.BUGS:
            if owner == program:
                yield source, MEMORY_SIZES, f"{program}: {name}", by_text(edit)


def by_text(edit):
    def apply(mutant):
        mutant.lines = edit("\n".join(mutant.lines) + "\n").splitlines()
    return apply


def first_line(text):
    """Of a message, without the name of the tool; places without the file."""
    line = next((line for line in text.splitlines() if "error: " in line), "-").split("error: ", 1)[-1]
    return re.sub(r"\S+\.mlir:", "", line).replace("\t", " ").replace("|", "/")[:160]


def verdict_of_sim(artifact, arguments):
    for seed in SEEDS:
        code, text = run_artifact(artifact, [*arguments, f"--sim-seed={seed}"])
        if code:
            return first_line(text)
    return "-"


def verdict_of_rules(text):
    done = subprocess.run(["attn-opt", "--attn-verify-lowlevel", "-o", "/dev/null", text], capture_output=True, text=True)
    return first_line(done.stderr) if done.returncode else "-"


def main():
    out, pattern = pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    work = out / "work"
    programs, rows = {}, []
    for source, arguments, name, edit in plants():
        if not re.search(pattern, name):
            continue
        if source not in programs:
            folder = work / str(len(programs))
            folder.mkdir(parents=True)
            (folder / "program.mlir").write_text(source)
            programs[source] = Program(folder / "program.mlir", folder, for_gpu=True)
        program = programs[source]
        stem = re.sub(r"\W+", "-", name)
        mutant = program.mutant(stem)
        if edit:
            edit(mutant)
        made = mutant.artifact()
        shutil.move(made, out / f"{stem}.attn")
        rows.append([stem, " ".join(arguments), verdict_of_rules(program.folder / f"{stem}.mlir"),
                     verdict_of_sim(out / f"{stem}.attn", arguments)])
    shutil.rmtree(work, ignore_errors=True)
    if not rows:
        sys.exit(f"plants: error: no plant matches '{pattern}'")
    (out / "plants.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    print(f"plants: {len(rows)}, {sum(row[3] != '-' for row in rows)} with a finding of strict sim")


if __name__ == "__main__":
    main()
