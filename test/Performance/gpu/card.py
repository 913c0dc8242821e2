"""What nvidia-smi says of the card, all through the run; nothing is set. Without nvidia-smi everything is unknown."""
import statistics
import subprocess
import threading
import time

FIELDS = "driver_version", "clocks.sm", "clocks.mem", "clocks.max.sm", "power.draw", "power.limit", "temperature.gpu"
PERIOD_MS = 200


class Card:
    def __init__(self):
        self.samples, self.process = [], None
        try:
            self.process = subprocess.Popen(
                ["nvidia-smi", f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader,nounits", "-i", "0",
                 f"--loop-ms={PERIOD_MS}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        except OSError:
            return
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            values = [value.strip() for value in line.split(",")]
            if len(values) == len(FIELDS):
                self.samples.append((time.time(), dict(zip(FIELDS, values))))

    def stop(self):
        if self.process:
            self.process.terminate()

    def numbers(self, field, began=0.0, ended=float("inf")):
        found = []
        for when, sample in list(self.samples):
            try:
                found += [float(sample[field])] if began <= when <= ended else []
            except ValueError:
                pass  # "[N/A]"
        return found

    def median(self, field, *span):
        found = self.numbers(field, *span)
        return statistics.median(found) if found else None

    def record(self, spans):
        """driver, clocks and power while the timed runs of `spans` went on."""
        if not self.samples:
            return {"driver": "unknown: no nvidia-smi", "clocks": "unknown", "power": "unknown"}
        timed = lambda field: [value for span in spans for value in self.numbers(field, *span)]
        last = self.samples[-1][1]
        return {"driver": last["driver_version"],
                "clocks": f"SM {spread(timed('clocks.sm'))} MHz while timing, at most {last['clocks.max.sm']}; memory "
                          f"{last['clocks.mem']} MHz",
                "power": f"{spread(timed('power.draw'))} W while timing, limit {last['power.limit']} W; at most "
                         f"{max(self.numbers('temperature.gpu'), default=0):g} C"}


def spread(values):
    return f"{min(values):g} to {max(values):g}, median {statistics.median(values):g}" if values else "unknown"
