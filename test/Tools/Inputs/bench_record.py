"""Checks a record of tools/gpu_bench.sh: bench_record.py FILE dry|untimed|times."""
import json
import sys

HEAD = {"device", "driver", "clocks", "power", "commit", "date", "rows"}
ROW = {"pass", "mask", "score", "dtype", "B", "Hq", "Hk", "Lq", "Lk", "D", "Dv", "ours_ms", "rivals_ms"}

record = json.load(open(sys.argv[1]))
assert HEAD <= set(record), record
assert record.get("dry_run", False) == (sys.argv[2] == "dry"), record
for row in record["rows"]:
    assert ROW <= set(row), row
    if sys.argv[2] != "times":
        assert row["ours_ms"] is None and not row["rivals_ms"] and "times_ms" not in row, row
if sys.argv[2] == "dry":
    assert not any(row.get("problem") for row in record["rows"]), record
if sys.argv[2] == "times":
    rows = {row["name"]: row for row in record["rows"]}
    good = rows["full-bf16-h2-1-d64-b1-l256"]
    assert good["ours_ms"] == 2 and good["rivals_ms"] == {"cudnn": 2.2, "flex": 3.0} and good["dense_ms"] == 4, good
    assert rows["causal-bias-bf16-h2-1-d64-b1-l300"]["ours_ms"] is None, rows
    hung = rows["documents-causal-softcap-bf16-h2-1-d64-b2-l300"]
    assert hung["rivals_ms"] == {"cudnn": 2.2} and "killed" in hung["rivals_absent"]["flex"], hung
    assert len(record["not_measured"]) == 3, record
