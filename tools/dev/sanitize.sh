#!/usr/bin/env bash
# Builds with sanitizers and runs the tests; minutes to an hour, so not part of check.sh.
#
#   bash tools/dev/sanitize.sh asan [lit paths below test/]   # AddressSanitizer, UBSan: all tests
#   bash tools/dev/sanitize.sh tsan [lit paths below test/]   # ThreadSanitizer: runtime and command lines
#
# LLVM is not instrumented: vptr and function checks, which need its RTTI, are off.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

preset=${1:-}
case $preset in
asan | tsan) shift ;;
*)
  echo "sanitize: error: expected asan or tsan but found '$preset'" >&2
  exit 2
  ;;
esac
[ $# -gt 0 ] || set -- .

cmake --preset "$preset"
cmake --build --preset "$preset"
exec /usr/lib/llvm-22/bin/lit -sv --timeout=1800 "${@/#/build/$preset/test/}"
