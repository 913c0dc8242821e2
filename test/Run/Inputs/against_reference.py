"""attn-run with --against=reference, for the scripts of this folder."""
import pathlib
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2]))

from each_cpu import environments  # noqa: E402  (after its folder is known)


def run(artifact, device, entry, options, results, env=None):
    """Whether `entry` came back with all its `results` inside of the bound, and what there is to say."""
    command = ["attn-run", str(artifact), f"--entry={entry}", f"--device={device}", "--against=reference", *options]
    result = subprocess.run(command, text=True, capture_output=True, env=env)
    good = result.returncode == 0 and result.stdout.count("max error/bound") == results
    return good, f"{' '.join(command)}\n{result.stdout}{result.stderr}"


def run_each(artifact, device, entry, options, results, env={}):
    """`run` on every variant of device cpu that the artifact holds and this machine has; good if all are."""
    texts, good = [], True
    for name, environment in environments(artifact, device):
        is_good, text = run(artifact, device, entry, options, results, environment | env)
        good &= is_good
        texts.append(f"{name}: {text}")
    return good, "\n".join(texts)


class Runs:
    """Entries with two results on random data of batch 2, counted."""

    def __init__(self, device):
        self.device, self.runs, self.failures = device, 0, 0

    def run(self, artifact, entry, lq, lk, tables={}):
        options = ["--random", f"--seed={lq + 7 * lk}", "--set=B=2", f"--set=Lq={lq}", f"--set=Lk={lk}"]
        options += [f"--in={name}={path}" for name, path in tables.items()]
        good, text = run(artifact, self.device, entry, options, results=2)
        self.runs += 1
        if not good:
            self.failures += 1
            print(text)

    def finish(self):
        """Prints the count; the exit code."""
        print(f"{self.runs} runs, {self.failures} failures")
        return self.failures != 0
