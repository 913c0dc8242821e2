"""Compares our kernels with PyTorch's on this machine's GPU. tools/gpu_bench.sh finds a Python and calls this.

usage: python3 .../gpu PACK/bench [--dry-run=sim|cpu] [--filter=REGEX] [--minutes=N] [--results=FILE]

The cases run in a process of their own, which is started again behind a case that killed it or took too long. When the time
is over, what was measured is written, and what was not is said. Exit code 1 if one of our results was wrong or missing.
"""
import argparse
import dataclasses
import datetime
import json
import pathlib
import queue
import re
import subprocess
import sys
import threading
import time

import card as gpu_card
import case_grid
import record

HERE = pathlib.Path(__file__).resolve().parent
GRACE_SECONDS = 10  # beyond the time, for the case that is being measured


class Child:
    """The process that measures, and its events as they come."""

    def __init__(self, job, patience):
        self.patience = patience
        self.process = subprocess.Popen([sys.executable, HERE / "contest.py"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.events = queue.Queue()
        self.process.stdin.write(json.dumps(job))
        self.process.stdin.close()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put(None)

    def next(self, seconds):
        """The next event; None if the process ended, or said nothing for `seconds` or its patience and was killed."""
        try:
            return self.events.get(timeout=max(min(seconds, self.patience), 0.1))
        except queue.Empty:
            self.process.kill()
            return None

    def why_ended(self):
        code = self.process.wait()
        return f"killed after {self.patience:g} s without an event" if code == -9 else f"the process ended with code {code}"


class Run:
    def __init__(self, args, cases):
        self.args, self.cases, self.rows, self.spans = args, cases, [], []
        self.work = [(case, {}) for case in cases]
        self.deadline = time.time() + args.minutes * 60
        self.card, self.device, self.stopped = gpu_card.Card(), {}, ""

    def finish_row(self, row):
        span = record.finish(row, self.card)
        self.spans += [span] if span[1] else []
        self.rows.append(row)
        self.work.pop(0)
        self.save()
        speed = f"{row['ours_ms']:.3f} ms, " if row["ours_ms"] else ""
        bounds = row["error_ratios"].get("attn")
        print(row["name"] + ": " + (row.get("problem") or f"{speed}{bounds:.2f} bounds"), flush=True)

    def head(self):
        pack = self.args.folder.parent / "pack.json"
        commit = json.loads(pack.read_text())["commit"] if pack.exists() else "unknown"
        head = {"device": self.device.get("device", "unknown"), **self.card.record(self.spans), "commit": commit,
                "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                "torch": self.device.get("torch") or self.device.get("no_torch"),
                "not_measured": [case.name for case, _ in self.work]}
        return {"dry_run": True, **head} if self.args.dry_run else head

    def save(self):
        head = self.head()
        self.args.results = self.args.results or results_path(self.args, head)
        record.write(self.args.results, head, self.rows)

    def child_died(self, child, stage, lost):
        """Goes on behind the case that did it, or with it but without the rival that did it."""
        why = lost or child.why_ended()
        case, without = self.work[0]
        if stage in (None, "attn", "timing", *without):
            self.finish_row({**case.record(), "problem": f"{why} (in {stage or 'the start'})"})
        else:
            self.work[0] = case, {**without, stage: why}

    def go(self):
        """Until the work is done or the time is over; False if the device could not be used at all."""
        while self.work and not self.stopped:
            job = {"folder": str(self.args.folder), "device": self.args.dry_run or "cuda", "deadline": self.deadline,
                   "dry_run": bool(self.args.dry_run), "work": [[dataclasses.asdict(c), w] for c, w in self.work]}
            if not self.follow(Child(job, self.args.patience)):
                return False
        return True

    def follow(self, child):
        """Events of one process; False if it did not come to begin a case."""
        stage = lost = begun = any_begun = None
        while True:
            event = child.next(self.deadline + GRACE_SECONDS - time.time())
            if event is None:
                break
            if "device" in event:
                self.device = event
                print(f"{event['device']}, PyTorch: {event['torch'] or event['no_torch']}", flush=True)
            elif "begin" in event:
                begun, any_begun, stage = True, True, None
            elif "row" in event:
                self.finish_row(event["row"])
                begun = None
            stage = event.get("stage", stage)
            lost = event.get("lost", lost)
            self.stopped = event.get("stop", self.stopped)
        if time.time() > self.deadline:
            self.stopped = self.stopped or "the time was over"
        elif begun:
            self.child_died(child, stage, lost)
        if not any_begun and not self.stopped:
            print(f"gpu_bench: error: nothing could be begun: {lost or child.why_ended()}", file=sys.stderr)
        return bool(any_begun or self.stopped)

    def mufu_per_score(self):
        """Counted in the machine code when the pack was made, if it could be."""
        path = self.args.folder / "mufu.json"
        counts = json.loads(path.read_text()) if path.exists() else {}
        return {case.name: counts[case.program] for case in self.cases if case.program in counts}

    def report(self):
        if self.args.dry_run:
            record.print_checks(self.rows)
        else:
            record.print_rates(self.rows)
        record.print_failures(self.rows)
        if not self.args.dry_run:
            record.print_goals(self.rows, {**self.device, "mufu_per_score": self.mufu_per_score()})
        for case, _ in self.work:
            print(f"not measured: {case.name}: {self.stopped or 'the device was lost'}")


def results_path(args, head):
    """<date>-<device>-<commit>.json, in the project's results if this is the project."""
    kept = HERE.parent / "results"
    device = "dry-run" if args.dry_run else re.sub(r"[^a-z0-9]+", "-", head["device"].split("(")[0].lower()).strip("-")
    name = f"{head['date'][:10]}-{device.removeprefix('nvidia-')}-{head['commit']}.json"
    return (kept if kept.exists() and not args.dry_run else pathlib.Path.cwd()) / name


def arguments():
    parser = argparse.ArgumentParser(prog="gpu_bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the folder bench of a pack")
    parser.add_argument("--dry-run", nargs="?", const="sim", choices=("sim", "cpu"), help="tiny sizes, checked and not timed")
    parser.add_argument("--filter", default="", type=re.compile, help="only cases whose name it matches")
    parser.add_argument("--minutes", type=float, default=8.5, help="after which it ends (default: 8.5)")
    parser.add_argument("--patience", type=float, default=120, help="seconds that a step of a case may take (default: 120)")
    parser.add_argument("--results", type=pathlib.Path, help="default: DATE-DEVICE-COMMIT.json")
    return parser.parse_args()


def main():
    args = arguments()
    cases = case_grid.read(args.folder / "bench.txt")
    if args.dry_run:
        cases = dict.fromkeys(case.tiny() for case in cases)
    cases = [case for case in cases if args.filter.search(case.name)]
    if not cases:
        sys.exit("gpu_bench: error: no case is chosen")
    run = Run(args, cases)
    good = run.go()
    run.card.stop()
    if not run.device:
        return 1
    run.report()
    run.save()
    print(f"results: {args.results}")
    return 0 if good and not any(row.get("problem") for row in run.rows) else 1


sys.exit(main())


