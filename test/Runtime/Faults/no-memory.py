#!/usr/bin/env python3
"""Runs a command again and again while another allocation finds no memory.

A run must do what it does otherwise, or exit with 1, say that it is out of memory, and
leave the folder as it was: no file, no temporary name.

usage: no-memory.py LIBRARY POINTS once|all|late BYTES FOLDER command...
    POINTS places, evenly spread over the run's allocations of BYTES or more; there one
    of them fails, or all from there on, or, of the last 100 only, all from there on
    (@ in the command is FOLDER/out)
"""
import os
import re
import shutil
import subprocess
import sys

# Ours, the system's, the dynamic linker's.
REASONS = "out of memory|[Cc]annot allocate|cannot create shared object descriptor"


def snapshot(folder):
    return sorted(os.path.join(path, name) for path, _, files in os.walk(folder) for name in files)


library, points, mode, size, folder, *command = sys.argv[1:]
shutil.rmtree(folder, ignore_errors=True)
folder = os.path.abspath(folder)
command = [word.replace("@", os.path.join(folder, "out")) for word in command]


def run(**settings):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return subprocess.run(command, env={**os.environ, "LD_PRELOAD": library, "ATTN_FAIL_BYTES": size, "TMPDIR": folder,
                                        **settings},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


plain = run()
assert plain.returncode == 0, plain.stdout
complete = snapshot(folder)
total = int(re.findall(r"allocations: (\d+)", plain.stdout)[-1])
assert total > 0, "no such allocation"
first = max(total - 100, 0) if mode == "late" else 0
chosen = sorted({first + (total - first) * (2 * n + 1) // (2 * int(points)) for n in range(int(points))})
good = bad = 0
for number in chosen:
    result = run(ATTN_FAIL_FROM=str(number), **({"ATTN_FAIL_COUNT": "1"} if mode == "once" else {}))
    what = f"allocation {number} of {total}: exit code {result.returncode}:\n{result.stdout}"
    after = snapshot(folder)
    assert result.returncode in (0, 1), what
    if result.returncode == 0:
        assert after == complete, f"{what}\nleft {after}"
        good += 1
    else:
        assert re.search(rf"error: .*({REASONS})", result.stdout), what
        assert not after, f"{what}\nleft {after}"
        bad += 1
shutil.rmtree(folder)
print(f"{len(chosen)} of {total}: {bad} out of memory, {good} went on")
assert bad, "no failure was seen"
