#!/usr/bin/env bash
# Times the kernels of a pack of tools/gpu_pack.sh beside PyTorch's on this machine's GPU: one
# table, the goals met and missed, a results file. Under 9 minutes; needs Python with NumPy.
#
#   bash tools/gpu_bench.sh PACK [options]      here
#   bash bench.sh [options]                     inside a pack
#
# --python=<path>      default: the first of python3, python and virtual environments in /opt that
#                      has PyTorch, else the first that has NumPy, and ours are timed alone
# --filter=<regex>     only cases whose name it matches
# --minutes=<n>        after which it ends and says what is not measured (default 8.5)
# --patience=<s>       seconds that a step of a case may take (default 120)
# --results=<file>     default: <date>-<device>-<commit>.json in test/Performance/results, in a
#                      pack in the current folder
# --dry-run[=sim|cpu]  without a GPU: tiny sizes, results checked, nothing timed
#
# What is measured, and how: test/Performance/gpu/README.md. Exit code 1 if one of our results
# was wrong or could not be had. Reads the card's clocks and power with nvidia-smi; sets nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

pack='' python='' options=()
for argument in "$@"; do
  case $argument in
    --help) sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    --python=*) python=${argument#*=} ;;
    --*) options+=("$argument") ;;
    *) if [ -n "$pack" ]; then
         echo "gpu_bench: error: expected one PACK but found '$pack' and '$argument'" >&2
         exit 2
       fi
       pack=$argument ;;
  esac
done
[ -n "$pack" ] || [ ! -d "$here/bench" ] || pack=$here
if [ -z "$pack" ]; then
  echo "gpu_bench: error: expected a PACK; see --help" >&2
  exit 2
fi
if [ ! -f "$pack/bench/bench.txt" ]; then
  echo "gpu_bench: error: found no '$pack/bench/bench.txt', expected a folder made by tools/gpu_pack.sh for sm_90a" >&2
  exit 1
fi

# The first Python of the list that has a module, without importing it.
having() {
  local candidate
  for candidate in python3 python /opt/*/bin/python3 /opt/*/.venv/bin/python3 /opt/*/*/bin/python3; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c "import sys, importlib.util as u; sys.exit(sys.version_info < (3, 9) or not u.find_spec('$1') or not u.find_spec('numpy'))" 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}
[ -n "$python" ] || python=$(having torch)
[ -n "$python" ] || python=$(having numpy)
if [ -z "$python" ]; then
  echo "gpu_bench: error: found no Python from 3.9 on with NumPy; name one with --python=PATH" >&2
  exit 1
fi

export PYTHONDONTWRITEBYTECODE=1
exec "$python" "$pack/bench/gpu" "$pack/bench" ${options[@]+"${options[@]}"}
