#!/usr/bin/env python3
"""Runs a command and fails unless it ends with the expected exit code.

lit's `not` accepts any code but 0; our command lines promise 1 or 2. Output and
errors of the command both go to standard output.

usage: exits.py CODE command...
"""
import subprocess
import sys

expected, command = int(sys.argv[1]), sys.argv[2:]
result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
sys.stdout.buffer.write(result.stdout)
sys.stdout.flush()
if result.returncode != expected:
    sys.exit(f"exits.py: found exit code {result.returncode}, expected {expected}: {' '.join(command)}")
