#!/usr/bin/env bash
# Checks (or with --fix makes) the format of all C and C++ sources by clang-format-22,
# and that every shell script parses. Run by test/Docs/format.test.
#
#   tools/dev/check_format.sh [--fix]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

mapfile -t sources < <(git ls-files -co --exclude-standard -- '*.cpp' '*.h' '*.c')
mapfile -t scripts < <(git ls-files -co --exclude-standard -- '*.sh')
if [ "${1-}" = --fix ]; then
  clang-format-22 -i "${sources[@]}"
else
  clang-format-22 --dry-run --Werror --ferror-limit=1 "${sources[@]}" ||
    { echo "check_format: run tools/dev/check_format.sh --fix" >&2; exit 1; }
fi
for script in "${scripts[@]}"; do bash -n "$script"; done
