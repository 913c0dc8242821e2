#!/usr/bin/env bash
# Runs a pack of tools/gpu_pack.sh: one line per case, a results file, exit code 1 if
# a case misses. Needs bash, glibc >= 2.36 and, for --device=cuda, NVIDIA's driver.
#
#   bash tools/gpu_check.sh PACK [--device=cuda] [options]      here
#   bash check.sh [--device=cuda] [options]                     inside a pack
#
# --device=<name>     cuda (default), cuda:N, sim, cpu
# --filter=<regex>    only cases whose name it matches
# --most-pairs=<n>    leave out cases with more visible pairs (sim)
# --time[=<n>]        time every case over n runs: ms and TFLOP/s
# --timeout=<s>       seconds a case may take (default 300)
# --results=<file>    default: gpu-results.json in the current folder
#
# Reads the card's clocks and power with nvidia-smi where it is there; sets nothing.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

pack='' device=cuda results=gpu-results.json options=()
for argument in "$@"; do
  case $argument in
    --help) sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    --device=*) device=${argument#*=} ;;
    --results=*) results=${argument#*=} ;;
    --*) options+=("$argument") ;;
    *) if [ -n "$pack" ]; then
         echo "gpu_check: error: expected one PACK but found '$pack' and '$argument'" >&2
         exit 2
       fi
       pack=$argument ;;
  esac
done
[ -n "$pack" ] || [ ! -f "$here/pack.json" ] || pack=$here
if [ -z "$pack" ]; then
  echo "gpu_check: error: expected a PACK; see --help" >&2
  exit 2
fi
if [ ! -x "$pack/bin/attn-pack-check" ]; then
  echo "gpu_check: error: found no '$pack/bin/attn-pack-check', expected a folder made by tools/gpu_pack.sh" >&2
  exit 1
fi

# One property of the GPU; empty without nvidia-smi.
card() {
  command -v nvidia-smi >/dev/null || return 0
  nvidia-smi --query-gpu="$1" --format=csv,noheader -i "${device#cuda:}" 2>/dev/null ||
    nvidia-smi --query-gpu="$1" --format=csv,noheader -i 0 2>/dev/null | head -1
}
notes=()
if [[ $device == cuda* ]]; then
  notes+=("--note=driver=$(card driver_version)")
  notes+=("--note=clocks=SM $(card clocks.sm) of $(card clocks.max.sm), memory $(card clocks.mem), before the run")
  notes+=("--note=power=limit $(card power.limit), $(card power.draw) before the run, $(card temperature.gpu) C")
else
  notes+=("--note=driver=none" "--note=clocks=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) threads" "--note=power=unknown")
fi

export LD_LIBRARY_PATH=$pack/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
"$pack/bin/attn-pack-check" "$pack" --device="$device" --results="$results" \
  "${notes[@]}" ${options[@]+"${options[@]}"}
