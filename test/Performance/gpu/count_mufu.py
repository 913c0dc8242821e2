"""Counts the MUFU instructions per score element of programs with a softcap, for the goal that refers to them.

usage: count_mufu.py FOLDER       reads FOLDER/programs, writes FOLDER/mufu.json; needs nvdisasm

Run when a pack is made, in the project: test/Performance/roofline reads the machine code.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "roofline"))
from loops import analyse_cubin  # noqa: E402
from sass import find_nvdisasm  # noqa: E402


def main():
    folder, counts = pathlib.Path(sys.argv[1]), {}
    nvdisasm = find_nvdisasm(None)
    for artifact in sorted((folder / "programs").glob("*softcap*.attn")):
        loops = [loop for cubin in artifact.glob("*.cubin") for loop in analyse_cubin(nvdisasm, str(cubin))]
        if len(loops) == 1:
            per_score = loops[0]["per_score"]
            counts[artifact.stem] = per_score.get("mufu_ex2", 0) + per_score.get("mufu_other", 0)
    (folder / "mufu.json").write_text(json.dumps(counts, indent=1) + "\n")


main()
