#!/usr/bin/env bash
# The whole check, the same for a person and for CI: set-up, build, build of the
# runtime without LLVM, and every test of both. Last line: N passed, N failed, N skipped.
#
#   bash tools/check.sh
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

# counts <passed> <failed> <skipped>: the closing line; the exit code follows from it.
counts() {
  echo "$1 passed, $2 failed, $3 skipped"
  [ "$2" = 0 ] && [ "$1" != 0 ]
  exit
}

step() {
  local what=$1 start=$SECONDS
  shift
  echo "== $what"
  if ! "$@"; then
    echo "== $what: failed: $*"
    counts 0 1 0
  fi
  echo "== $what: $((SECONDS - start)) s"
}

# One suite; lit's exit code is not used: the counts come from its results file.
suite() {
  local what=$1 dir=$2
  rm -f "$dir/results.json"
  echo "== tests: $what"
  /usr/lib/llvm-22/bin/lit -v --timeout=600 --output "$dir/results.json" "$dir/test"
}

# Where PyTorch can not be had, tests that need it are skipped, and the reason is printed.
pytorch() {
  bash tools/dev/torch_env.sh || true
}

step "set-up" bash tools/setup.sh
step "PyTorch" pytorch
step "configure" cmake --preset release
step "build" cmake --build --preset release
step "configure runtime only" cmake --preset runtime-only
step "build runtime only" cmake --build --preset runtime-only
suite "all" build
suite "runtime only" build/runtime-only

read -r passed failed skipped < <(build/venv/bin/python3 tools/dev/count_results.py build/results.json build/runtime-only/results.json)
counts "$passed" "$failed" "$skipped"
