"""exit_code.py N COMMAND...: runs the command and fails unless it exits with N."""
import subprocess
import sys

code = subprocess.run(sys.argv[2:]).returncode
if code != int(sys.argv[1]):
    sys.exit(f"expected exit code {sys.argv[1]} but found {code}")
