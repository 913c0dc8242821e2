#!/bin/bash
# Stands in for NVIDIA's compute-sanitizer: prints what it prints, by tool and name of the plant.
# usage: compute-sanitizer --tool TOOL --error-exitcode N PROGRAM ARGUMENTS... | --version
[ "$1" = --version ] && { echo "NVIDIA (R) Compute Sanitizer"; echo "Version 2099.1.0"; exit 0; }
[ "$1" = --tool ] && [ "$3" = --error-exitcode ] || exit 64
tool=$2 code=$4
shift 4
echo "========= COMPUTE-SANITIZER"
"$@" || exit $?
case $tool-$* in
  *deadlock*) sleep 1000 ;;
  memcheck-*not-fenced*) echo "========= ERROR SUMMARY: 3 errors"; exit "$code" ;;
  racecheck-*not-fenced*) echo "========= RACECHECK SUMMARY: 1 hazard displayed (0 errors, 1 warning)" ;;
  synccheck-*not-fenced*) exit 11 ;;
  *) echo "========= ERROR SUMMARY: 0 errors" ;;
esac
