#!/usr/bin/env bash
# Builds a folder that checks and times our kernels on a machine with a GPU and
# nothing of ours: artifacts, the runtime's binaries, what every case should give, and a
# benchmark.
#
#   bash tools/gpu_pack.sh OUT [--target=sm_90a] [--cases=FILE] [--bench=FILE] [--build=DIR] [--keep-going] [--plants[=REGEX]]
#
# --target      sm_90a (default; also runs on device sim), cpu, or sm_90a,cpu
# --cases       the list of programs and sizes (default: tools/gpu/cases.txt)
# --bench       what the benchmark measures (default: tools/gpu/bench.txt if there is sm_90a
#               among the targets; empty: no benchmark)
# --build       a compiler build (default: build)
# --keep-going  leave out programs that do not compile; the pack names them
# --plants      add kernels with planted bugs, for OUT/sanitize.sh (tools/gpu_sanitize.sh); a
#               regex chooses
#
# Then, over there: bash OUT/check.sh (tools/gpu_check.sh says more), bash OUT/bench.sh
# (tools/gpu_bench.sh).
set -euo pipefail
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
  printf 'gpu_pack: error: %s\n' "$@" >&2
  exit 1
}

usage() {
  printf 'gpu_pack: error: %s\n' "$@" >&2
  exit 2
}

out='' target=sm_90a cases=$source_dir/tools/gpu/cases.txt build=$source_dir/build keep_going='' plants='' plant_names=''
bench=default
for argument in "$@"; do
  case $argument in
    --target=*) target=${argument#*=} ;;
    --cases=*) cases=${argument#*=} ;;
    --bench=*) bench=${argument#*=} ;;
    --build=*) build=${argument#*=} ;;
    --keep-going) keep_going=1 ;;
    --plants | --plants=*) plants=1 plant_names=${argument#--plants} plant_names=${plant_names#=} ;;
    --help) sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    -*) usage "unknown option '$argument'; see --help" ;;
    *) [ -z "$out" ] || usage "expected one OUT but found '$out' and '$argument'"; out=$argument ;;
  esac
done
[ -n "$out" ] || usage "expected a folder to make; see --help"
[ ! -e "$out" ] || fail "'$out' is there already; remove it or name another folder"
[ -r "$cases" ] || fail "cannot open '$cases'"
[ "$bench" != default ] || { [[ $target == *sm_90a* ]] && bench=$source_dir/tools/gpu/bench.txt || bench=''; }
[ -z "$bench" ] || [ -r "$bench" ] || fail "cannot open '$bench'"
[ -z "$bench" ] || [[ $target == *sm_90a* ]] || fail "found --bench with --target=$target, expected sm_90a among the targets"

tools=(attnc attn-pack attn-pack-check attn-inspect)
[ -z "$plants" ] || tools+=(attn-opt attn-run sim-lower gpu-lower)
build_tools() {
  [ -f "$build/build.ninja" ] || fail "found no build in '$build', expected one made with: cmake --preset release"
  cmake --build "$build" --target "${tools[@]}" attn-run-pack AttnRuntimeShared >&2
}
[ -n "${GPU_PACK_NO_BUILD:-}" ] || build_tools
for tool in "${tools[@]}"; do
  [ -x "$build/bin/$tool" ] || fail "found no '$build/bin/$tool', expected a compiler build"
done

# The pack grows under a temporary name: OUT is there or it is whole.
work=$out.tmp-$$
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/lib" "$work/programs"

echo "== programs"
"$build/bin/attn-pack" --programs "$cases" "$work" >/dev/null
[ -z "$bench" ] || "$build/bin/attn-pack" --programs "$bench" "$work/bench" >/dev/null

# One program; its output is shown only if it fails.
compile() {
  local base=${3%.mlir} log=${3%.mlir}.log
  if "$1" "$3" -o "$base.attn" --target="$2" >"$log" 2>&1; then
    mv "$log" "$base.warnings"
  else
    rm -rf "$base.attn"
    echo "gpu_pack: $(basename "$base") does not compile:"
    cat "$log"
  fi
}
export -f compile
find "$work" -name '*.mlir' -print0 |
  xargs -0 -P "$(nproc)" -I{} bash -c 'compile "$@"' _ "$build/bin/attnc" "$target" {}
# The same warning of many programs is said once.
find "$work" -name '*.warnings' -exec cat {} + | sed 's/^[^ ]*: warning: /gpu_pack: warning: /' | sort | uniq -c |
  sed 's/^ *\([0-9]*\) \(.*\)/\2 (\1 programs)/' >&2
left_out=$(find "$work" -name '*.log' | wc -l)
compiled=$(find "$work" -name '*.attn' | wc -l)
[ "$compiled" -gt 0 ] || fail "no program compiles for --target=$target"
[ "$left_out" = 0 ] || [ -n "$keep_going" ] ||
  fail "$left_out programs do not compile; with --keep-going the pack is made without them"
find "$work" \( -name '*.log' -o -name '*.warnings' \) -delete
without_image=$(grep -rl --include=manifest.json '"image": null' "$work" | wc -l || true)
[ "$without_image" = 0 ] ||
  echo "gpu_pack: warning: $without_image programs have PTX only (no ptxas was found); the driver will compile it" >&2

echo "== expected rows"
commit=$(git -C "$source_dir" rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
[ -z "$(git -C "$source_dir" status --porcelain 2>/dev/null)" ] || commit=$commit-modified
"$build/bin/attn-pack" --rows "$cases" "$work" "$commit" >"$work/rows.log" || fail "$(tail -3 "$work/rows.log")"
rm "$work/rows.log"

if [ -n "$plants" ]; then
  echo "== plants"
  mkdir "$work/plants"
  PATH=$(realpath "$build/bin"):$PATH python3 "$source_dir/tools/gpu/plants.py" "$work/plants" "$plant_names"
  cp "$source_dir/tools/gpu_sanitize.sh" "$work/sanitize.sh"
fi

echo "== binaries"
cp "$build/bin/attn-pack-check" "$build/bin/attn-inspect" "$work/bin/"
cp "$build/pack-bin/attn-run" "$work/bin/"
cp -L "$build/lib/libattn_runtime.so.0" "$work/lib/"
# Libraries that a bare machine may lack or have older; never the C library.
for binary in "$work"/bin/* "$work"/lib/*; do
  ldd "$binary" | awk '$3 ~ /^\// && $1 !~ /^(libc|libm|libdl|libpthread|librt)\.so/ {print $3}'
done | sort -u | while read -r library; do
  cp -nL "$library" "$work/lib/"
done
strip --strip-unneeded "$work"/bin/* 2>/dev/null || true
cp "$source_dir/tools/gpu_check.sh" "$work/check.sh"
if [ -n "$bench" ]; then
  cp "$source_dir/tools/gpu_bench.sh" "$work/bench.sh"
  cp "$bench" "$work/bench/bench.txt"
  cp "$source_dir/test/Performance/attn_ctypes.py" "$work/bench/"
  mkdir "$work/bench/gpu"
  cp "$source_dir"/test/Performance/gpu/*.py "$work/bench/gpu/"
  python=$source_dir/build/venv/bin/python3
  "$([ -x "$python" ] && echo "$python" || echo python3)" "$source_dir/test/Performance/gpu/count_mufu.py" "$work/bench" >&2 ||
    echo "gpu_pack: warning: MUFU instructions are not counted (no nvdisasm?); one goal will not be judged" >&2
fi
cp "$source_dir/tools/gpu/PACK.txt" "$work/README.txt"

echo "== limits"
if find "$work/lib" "$work/bin" | grep -E 'LLVM|MLIR'; then fail "a binary of the pack needs LLVM"; fi
newest=$(objdump -T "$work"/bin/* "$work"/lib/* 2>/dev/null | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
printf '%s\n' "$newest" GLIBC_2.36 | sort -VC || fail "a binary of the pack needs $newest, expected at most GLIBC_2.36"
kib=$(du -sk --apparent-size "$work" | cut -f1)
[ "$kib" -le $((40 * 1024)) ] || fail "the pack has $kib KiB, expected at most $((40 * 1024))"
mv "$work" "$out"
trap - EXIT
echo "$out: $compiled programs, $left_out left out, $(find "$out/rows" -type f | wc -l) cases, $kib KiB, needs $newest, commit $commit"
