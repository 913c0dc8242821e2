#!/usr/bin/env python3
"""Adds up the results files of several lit runs and prints "passed failed skipped".

A suite whose file is missing, unreadable, or in which no test ran counts as one
failure: a check that checked nothing must not be green.

usage: count_results.py FILE.json...
"""
import json
import sys

PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "EXCLUDED"}


def count(path):
    try:
        with open(path) as file:
            codes = [test["code"] for test in json.load(file)["tests"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"count_results: {path}: no results: {error}", file=sys.stderr)
        return 0, 1, 0
    passed = sum(code in PASSED for code in codes)
    skipped = sum(code in SKIPPED for code in codes)
    failed = len(codes) - passed - skipped
    if passed + failed == 0:
        print(f"count_results: {path}: no test ran", file=sys.stderr)
        failed = 1
    return passed, failed, skipped


print(*map(sum, zip(*map(count, sys.argv[1:]))))
