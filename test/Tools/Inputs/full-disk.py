#!/usr/bin/env python3
"""Runs a command again and again while the disk is full at another place each time.

Every run may write files of at most so many bytes (RLIMIT_FSIZE, which the kernel
enforces for root, too); with --tmpfs the folder is instead a file system of so many
bytes. A run must either make what an unlimited run makes, or exit with 1, name a file
and the reason, and leave the folder as it was: nothing half-written, no temporary name,
what stood there before still there.

usage: full-disk.py [--tmpfs] FOLDER command...     (@ in the command is FOLDER/out)
"""
import os
import resource
import shutil
import signal
import subprocess
import sys

REASONS = ("File too large", "No space left on device")
LIMITS = (0, 1, 1000, 5000, 8192, 20480, 1 << 20)


def snapshot(folder):
    """Every file below `folder` with its bytes; folders end with a slash."""
    found = {}
    for path, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(path, name), folder) + "/"] = b""
        for name in files:
            with open(os.path.join(path, name), "rb") as file:
                found[os.path.relpath(os.path.join(path, name), folder)] = file.read()
    return found


def restore(folder, files):
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    for name in sorted(files):
        path = os.path.join(folder, name)
        if name.endswith("/"):
            os.makedirs(path, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(files[name])


def run(command, limit=None):
    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # write fails instead
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    result = subprocess.run(command, preexec_fn=limited, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return result.returncode, result.stdout.decode(errors="replace")


def judge(what, code, text, folder, before, complete):
    after = snapshot(folder)
    if code == 0:
        assert after == complete, f"{what}: exit code 0, but {sorted(after)} is not {sorted(complete)}"
        return "good"
    assert code == 1, f"{what}: exit code {code}:\n{text}"
    assert after == before, f"{what}: left {sorted(after)} where {sorted(before)} was:\n{text}"
    assert "error:" in text and any(reason in text for reason in REASONS), f"{what}: no reason:\n{text}"
    line = next(line for line in text.splitlines() if any(reason in line for reason in REASONS))
    assert "/" in line, f"{what}: no file is named: {line}"
    return line.replace(folder, "FOLDER")


def main(arguments):
    tmpfs = arguments[0] == "--tmpfs"
    folder, command = os.path.abspath(arguments[tmpfs]), arguments[tmpfs + 1:]
    os.makedirs(folder, exist_ok=True)
    before = snapshot(folder)
    command = [word.replace("@", os.path.join(folder, "out")) for word in command]
    code, text = run(command)
    assert code == 0, text
    complete = snapshot(folder)
    messages = set()
    for limit in LIMITS:
        if tmpfs:
            size = max(limit + sum(map(len, before.values())), 4096)
            subprocess.run(["mount", "-t", "tmpfs", f"-osize={size}", "none", folder], check=True)
        restore(folder, before)
        code, text = run(command, None if tmpfs else limit)
        messages.add(judge(f"limit {limit}", code, text, folder, before, complete))
        if tmpfs:
            subprocess.run(["umount", folder], check=True)
    restore(folder, before)
    print("\n".join(sorted(messages)))
    assert len(messages) > 1, "every limit was met, or none"


main(sys.argv[1:])
