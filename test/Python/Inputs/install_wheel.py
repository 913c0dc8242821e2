"""Installs the wheel as a user does, in a fresh environment without a network.

usage: install_wheel.py WHEEL-FOLDER WHEELS-OF-OTHERS PACKAGE-OF-THE-BUILD WORK SCRIPT
"""
import filecmp
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig

wheels, others, built, work = map(pathlib.Path, sys.argv[1:5])
shutil.rmtree(work, ignore_errors=True)
wheel, = wheels.glob("attn-*.whl")
subprocess.run([sys.executable, "-m", "venv", work], check=True)
python = work / "bin" / "python3"
subprocess.run([python, "-m", "pip", "-q", "--disable-pip-version-check", "install", "--no-index",
                f"--find-links={others}", wheel], check=True)
installed = pathlib.Path(sysconfig.get_path("platlib", vars={"base": str(work), "platbase": str(work)})) / "attn"
names = sorted(str(path.relative_to(built)) for path in built.rglob("*") if path.is_file() and path.suffix != ".pyc")
_, different, missing = filecmp.cmpfiles(built, installed, names, shallow=False)
assert names and not different and not missing, (different, missing)
print(len(names), "files as in the build", flush=True)

module, = installed.glob("_native.*.so")
needed = subprocess.run(["ldd", module], check=True, capture_output=True, text=True).stdout
assert "not found" not in needed and "LLVM" not in needed and "MLIR" not in needed, needed
assert str(installed / "libtbb.so.12") in needed, needed

environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
environment["PYTHONPATH"] = str(pathlib.Path(sys.argv[5]).parent)  # the script's own imports
where = subprocess.run([python, "-c", "import attn; print(attn.__file__)"], check=True, capture_output=True, text=True,
                       env=environment, cwd=work).stdout
assert where.startswith(str(work)), where
subprocess.run([python, sys.argv[5]], check=True, env=environment, cwd=work)
subprocess.run([python, "-m", "pip", "-q", "--disable-pip-version-check", "uninstall", "-y", "attn"], check=True)
assert not module.exists()
print("installed, run and removed")
shutil.rmtree(work)
