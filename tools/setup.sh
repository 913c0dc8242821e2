#!/usr/bin/env bash
# Installs what a Debian 12 machine lacks to build and test attn: packages by apt;
# NumPy, nanobind, ptxas and nvdisasm from PyPI in the build's own virtual environment
# (build/venv); an older ptxas beside it (build/ptxas-13.0), which the tests run too.
# Running it again costs nothing when all is there. A build of the runtime alone
# needs nothing from PyPI.
#
#   bash tools/setup.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# clang and lld build and link; the LLVM tools bring lit, FileCheck and tblgen, and
# psutil lets lit end a test that hangs; oneTBB, Boost.Context (device sim) and
# nlohmann/json belong to the runtime; Python's headers, zlib and zstd to the Python
# package; clang-format to the checks.
packages=(
  clang-22 lld-22 llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools
  clang-format-22 libtbb-dev libboost-context-dev nlohmann-json3-dev
  cmake ninja-build python3 python3-dev python3-psutil python3-venv zlib1g-dev libzstd-dev
)
# The wheels stay in build/venv/wheels: a test installs ours and NumPy from there, as a
# user would from an index, without a network.
python_packages=(numpy==2.4.6 nanobind==3.1.0)
venv=build/venv
# Both wheels of nvidia-cuda-nvcc hold the same file names, so the second has a folder
# of its own. 13.0.88 is the last version in the range that attnc warns of.
assemblers=(nvidia-cuda-nvcc==13.5.37 nvidia-cuda-nvdisasm==13.5.37)
old_assemblers=(nvidia-cuda-nvcc==13.0.88)
old_ptxas=build/ptxas-13.0

fail() {
  printf 'setup: error: %s\n' "$@" >&2
  exit 1
}

missing_packages() {
  local name
  for name in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

install_packages() {
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    fail "found no apt-get, expected Debian 12 or a system derived from it" \
         "elsewhere: install LLVM, MLIR, clang and lld 22, oneTBB, Boost.Context, nlohmann/json, zlib, zstd, CMake >= 3.23, Ninja and Python >= 3.11, and configure with CMake yourself"
  local missing
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  local root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      fail "these packages are missing: ${missing[*]}" \
           "installing them needs root: run this script as root, or install sudo, or ask whoever runs the machine for the packages"
    root=(sudo)
  fi
  echo "setup: installing ${missing[*]}"
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0)
  { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; } </dev/null ||
    fail "apt-get could not install: ${missing[*]}" \
         "without a network: install these packages from a mirror or from the installation media and run this again" \
         "'unable to locate package …-22' means that the security updates of Debian 12 (bookworm-security) are not among the package sources"
}

# python3 may be Debian's or one that stands before it on PATH; both will do.
make_environment() {
  local wanted="${python_packages[*]}"
  [ "$(cat "$venv/wheels/installed" 2>/dev/null)" = "$wanted" ] && "$venv/bin/python3" -c 'import numpy' && return 0
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "found $(python3 --version 2>&1), expected Python 3.11 or newer for the tests and the Python package"
  echo "setup: making the virtual environment $venv with $wanted"
  rm -rf "$venv"
  mkdir -p build
  python3 -m venv "$venv" || fail "python3 -m venv $venv failed: see above"
  local pip=("$venv/bin/python3" -m pip -q --disable-pip-version-check)
  { "${pip[@]}" download -d "$venv/wheels" "${python_packages[@]}" &&
    "${pip[@]}" install --no-index --find-links="$venv/wheels" "${python_packages[@]}"; } </dev/null ||
    fail "pip could not install $wanted into $venv" \
         "without a network: 'pip download $wanted' on a machine that has one, copy the wheels here, and run this again with PIP_NO_INDEX=1 PIP_FIND_LINKS=<their folder>"
  echo "$wanted" >"$venv/wheels/installed"
}

# has_wheels <folder> <name==version...>: whether the virtual environment, or with a
# folder that folder, holds them.
has_wheels() {
  "$venv/bin/python3" - "$@" 2>/dev/null <<'END'
import importlib.metadata as metadata, sys
folder, wheels = sys.argv[1], sys.argv[2:]
held = metadata.distributions(path=[folder]) if folder else metadata.distributions()
held = {f"{wheel.metadata['Name'].lower()}=={wheel.version}" for wheel in held}
sys.exit(not set(wheels) <= held)
END
}

# install_wheels <where> <options of pip> -- <name==version...>. No dependencies: those of
# nvidia-cuda-nvcc are a C++ compiler's.
install_wheels() {
  local where=$1 options=()
  shift
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  echo "setup: installing $* into $where"
  "$venv/bin/python3" -m pip install -q --disable-pip-version-check --no-deps "${options[@]}" "$@" </dev/null ||
    fail "pip could not install $* into $where" \
         "without a network: 'pip download --no-deps $*' on a machine that has one, copy the wheels here, and run this again with PIP_NO_INDEX=1 PIP_FIND_LINKS=<their folder>"
}

install_assemblers() {
  has_wheels '' "${assemblers[@]}" || install_wheels "$venv" -- "${assemblers[@]}"
  has_wheels "$old_ptxas" "${old_assemblers[@]}" && return 0
  rm -rf "$old_ptxas"
  install_wheels "$old_ptxas" --target "$old_ptxas" -- "${old_assemblers[@]}"
}

install_packages
make_environment
install_assemblers
