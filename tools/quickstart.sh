#!/usr/bin/env bash
# From a clean clone to a checked run: installs what is missing, builds, compiles a
# causal program with grouped query heads for the CPU, runs it on 4096 tokens and
# compares the result with the float64 reference.
#
#   bash tools/quickstart.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=test/Systems/causal-gqa.mlir
out=build/quickstart
log=$out/log.txt
mkdir -p "$out"

# step <what> <command...>: runs it, keeps its output in $log, says how long it took.
step() {
  local what=$1 start=$EPOCHREALTIME rc=0
  shift
  printf '%-44s' "$what"
  { echo "\$ $*"; "$@"; } >"$out/step.txt" 2>&1 </dev/null || rc=$?
  cat "$out/step.txt" >>"$log"
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%8.1f s\n", b - a }'
  [ $rc = 0 ] && return 0
  echo "quickstart: error: this step failed (exit code $rc):" >&2
  tail -n 40 "$out/step.txt" >&2
  exit 1
}

configure_once() {
  [ -f build/build.ninja ] || cmake --preset release
}

: >"$log"
step "install what is missing (tools/setup.sh)" bash tools/setup.sh
step "configure (cmake --preset release)" configure_once
step "build (ninja)" cmake --build --preset release
step "compile $program" build/bin/attnc "$program" -o $out/causal-gqa.attn --target=cpu
step "run on 4096 tokens, compare with float64" \
  build/bin/attn-run $out/causal-gqa.attn --device=cpu --random --seed=1 --set=B=1 --set=L=4096 \
  --out=o=$out/o.npy --out=lse=$out/lse.npy --time --against=reference

echo
grep -v '^\$' $out/step.txt | sed 's/^/  /'
awk '/^time:/ { for (i = 1; i <= NF; i++) if ($i ~ /^gflops=/) { sub("gflops=", "", $i); print "\nspeed: " $i " GFLOP/s (32 heads, head size 128, visible pairs only)" } }' $out/step.txt
cat <<END
program:   $program
artifact:  $out/causal-gqa.attn (manifest.json, cpu.so, input.mlirbc)
results:   $out/o.npy, $out/lse.npy
log:       $log
END
