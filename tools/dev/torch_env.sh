#!/usr/bin/env bash
# Makes build/torch-venv: PyTorch from PyPI, for the tests that need it (lit feature
# `torch`), and attention-gym, whose masks and mods are among them. Running it again
# costs nothing when all is there.
#
#   bash tools/dev/torch_env.sh
#
# 5.5 GB: PyPI's wheels for Linux on x86-64 are built for CUDA and need its libraries
# even where there is no GPU. What cannot be had is no error for the build: the file
# build/torch-venv.missing then says why, the tests that need PyTorch are unsupported,
# and this script ends with 1.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

packages=(torch==2.15.0 attn-gym==0.0.17 numpy==2.4.6)
venv=build/torch-venv
reason=build/torch-venv.missing
gigabytes=7 # of disk: the wheels while they are installed, and what they hold
seconds=330 # after which a network counts as too slow

missing() {
  echo "$1" >"$reason"
  echo "torch_env: no PyTorch: $1" >&2
  exit 1
}

mkdir -p build
[ "$(cat "$venv/installed" 2>/dev/null)" = "${packages[*]}" ] && exit 0
rm -rf "$venv" "$reason"
[ "$(uname -sm)" = "Linux x86_64" ] || missing "found $(uname -sm), expected Linux x86_64"
free=$(df --output=avail -BG build | tail -1 | tr -dc 0-9)
[ "$free" -ge "$gigabytes" ] || missing "found $free GB of free disk, expected $gigabytes"
echo "torch_env: making the virtual environment $venv with ${packages[*]}"
python3 -m venv "$venv" || missing "python3 -m venv failed"
timeout "$seconds" "$venv/bin/python3" -m pip install -q --disable-pip-version-check --no-cache-dir \
  --only-binary=:all: "${packages[@]}" </dev/null >build/torch-venv.log 2>&1
case $? in
  0) ;;
  124) rm -rf "$venv"; missing "pip was not done after $seconds s" ;;
  *) rm -rf "$venv"; missing "pip could not install ${packages[*]}: $(grep -m1 ERROR build/torch-venv.log || tail -1 build/torch-venv.log)" ;;
esac
"$venv/bin/python3" -c 'import torch, attn_gym' 2>build/torch-venv.log ||
  { rm -rf "$venv"; missing "import torch: $(tail -1 build/torch-venv.log)"; }
echo "${packages[*]}" >"$venv/installed"
