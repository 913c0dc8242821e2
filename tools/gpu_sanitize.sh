#!/usr/bin/env bash
# Runs the planted bugs of a pack (tools/gpu_pack.sh --plants) on a GPU, alone and under
# each tool of NVIDIA's compute-sanitizer, and writes a table of what they and strict sim
# say. Needs bash, coreutils and NVIDIA's driver; what is not there stands in the table as
# "unmeasured", and the exit code is 1.
#
#   bash tools/gpu_sanitize.sh PACK [options]      here
#   bash sanitize.sh [options]                     inside a pack
#
# --filter=<regex>   only plants whose name it matches
# --timeout=<s>      seconds a run may take (default 60): a planted deadlock hangs
# --results=<file>   default: gpu-sanitize.md in the current folder
#
# found: the tool reported an error. clean: it did not. hangs: ended by the timeout.
# fails: the process ended with another exit code and no report.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkers=(memcheck racecheck synccheck initcheck)
found_code=97

stop() {
  echo "gpu_sanitize: error: $2" >&2
  exit "$1"
}

pack='' filter='' timeout=60 results=gpu-sanitize.md
for argument in "$@"; do
  case $argument in
    --help) sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    --filter=*) filter=${argument#*=} ;;
    --timeout=*) timeout=${argument#*=} ;;
    --results=*) results=${argument#*=} ;;
    --*) stop 2 "unknown option '$argument'; see --help" ;;
    *) [ -z "$pack" ] || stop 2 "expected one PACK but found '$pack' and '$argument'"; pack=$argument ;;
  esac
done
[[ $timeout =~ ^[1-9][0-9]*$ ]] || stop 2 "--timeout: expected seconds but found '$timeout'"
[ -n "$pack" ] || [ ! -d "$here/plants" ] || pack=$here
[ -n "$pack" ] || stop 2 "expected a PACK; see --help"
[ -r "$pack/plants/plants.tsv" ] || stop 1 "found no '$pack/plants/plants.tsv', expected a pack made with: tools/gpu_pack.sh --plants"
export LD_LIBRARY_PATH=$pack/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# The tool of the CUDA toolkit; empty without one.
sanitizer=$(command -v compute-sanitizer || true)
[ -n "$sanitizer" ] || [ ! -x "${CUDA_HOME:-/usr/local/cuda}/bin/compute-sanitizer" ] ||
  sanitizer=${CUDA_HOME:-/usr/local/cuda}/bin/compute-sanitizer

# One run, with what stands before it; its output is in $log.
launch() {
  local name=$1 arguments=$2
  shift 2
  # shellcheck disable=SC2086 # several arguments
  timeout -k 5 "$timeout" "$@" "$pack/bin/attn-run" "$pack/plants/$name.attn" --device=cuda --random $arguments \
    >"$log" 2>&1 </dev/null
}

# Of an exit code and $log. compute-sanitizer ends racecheck's warnings with code 0.
judge() {
  if [ "$1" = 124 ] || [ "$1" = 137 ]; then echo hangs
  elif [ "$1" = "$found_code" ] || grep -qE '^=+ (ERROR SUMMARY: [1-9]|RACECHECK SUMMARY: [1-9])' "$log"; then echo found
  elif [ "$1" = 0 ]; then echo clean
  else echo fails; fi
}

# Why nothing can run at all, if so: the good kernels must.
missing=''
good=$(grep -m1 '^good-' "$pack/plants/plants.tsv" | cut -f1,2)
[ -n "$good" ] || stop 1 "the pack has no good kernel to compare with"
launch "${good%%$'\t'*}" "${good#*$'\t'}" || missing="the good kernel does not run: $(tail -1 "$log")"
[ -z "$missing" ] || echo "gpu_sanitize: $missing" >&2
[ -n "$sanitizer" ] || echo "gpu_sanitize: found no compute-sanitizer in PATH or \$CUDA_HOME/bin" >&2

card=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null | head -1)
version=${sanitizer:+$("$sanitizer" --version 2>/dev/null | grep -o 'Version.*\|[0-9]\{4\}\.[0-9.]*' | head -1)}
commit=$(sed -n 's/.*"commit": *"\([^"]*\)".*/\1/p' "$pack/pack.json" 2>/dev/null | head -1)
{
  echo "# Planted bugs: strict sim and compute-sanitizer"
  echo
  echo "Commit ${commit:-unknown}, $(date -u +%F). GPU and driver: ${card:-unmeasured}. compute-sanitizer: ${version:-unmeasured}."
  echo "*Alone* is the GPU without a checker, for at most $timeout s. Written by \`tools/gpu_sanitize.sh\`, whose head says what the words mean."
  [ -z "$missing" ] || { echo; echo "**Unmeasured**: $missing."; }
  echo
  printf '| %s ' plant rules 'strict sim' alone "${checkers[@]}" 'strict sim says'
  printf '|\n|---|---|---|---%s|---|\n' "$(printf -- '|---%.0s' "${checkers[@]}")"
} >"$results" || stop 1 "cannot write '$results'"

rows=0
while IFS=$'\t' read -r name arguments rules sim; do
  [[ $name =~ $filter ]] || continue
  cells=()
  for checker in alone "${checkers[@]}"; do
    before=()
    [ "$checker" = alone ] || before=("$sanitizer" --tool "$checker" --error-exitcode "$found_code")
    if [ -n "$missing" ] || { [ "$checker" != alone ] && [ -z "$sanitizer" ]; }; then
      cells+=(unmeasured)
    else
      launch "$name" "$arguments" ${before[@]+"${before[@]}"}
      cells+=("$(judge $?)")
    fi
  done
  [ "$rules" = - ] && rules=clean || rules=found
  [ "$sim" = - ] && short=clean || short=found
  printf '| %s ' "$name" "$rules" "$short" "${cells[@]}" "$sim" >>"$results"
  echo '|' >>"$results"
  echo "$name: rules $rules, strict sim $short, alone ${cells[0]}, compute-sanitizer ${cells[*]:1}"
  rows=$((rows + 1))
done <"$pack/plants/plants.tsv"
[ "$rows" -gt 0 ] || stop 1 "no plant matches '$filter'"
echo "results: $results"
[ -z "$missing" ] && [ -n "$sanitizer" ]
