"""Times of contestants that run in turns on one stream.

Every launch reads the next set of inputs, so that nobody finds his own in the cache. A batch begins with a round that is
not timed: while it runs, the launches behind it are queued, so the time between two marks is that of the kernel alone.
"""
import time

ROUNDS_PER_BATCH = 5


class Turns:
    def __init__(self, device, runs, sets):
        self.device, self.runs, self.sets, self.launches = device, runs, sets, 0
        self.times = {name: [] for name in runs}

    def launch(self, name):
        self.runs[name](self.launches % self.sets)
        self.launches += 1

    def batch(self, rounds):
        names, marks = list(self.runs), []
        for name in names:
            self.launch(name)
        for turn in range(rounds):
            first = (len(self.times[names[0]]) + turn) % len(names)
            for name in names[first:] + names[:first]:
                start = self.device.mark()
                self.launch(name)
                marks.append((name, start, self.device.mark()))
        self.device.wait()
        for name, start, end in marks:
            self.times[name].append(self.device.milliseconds(start, end))
        self.device.recycle()


def measure(device, runs, sets, least, most, seconds):
    """{name: milliseconds of every round}: at least `least` rounds, at most `most` or `seconds`."""
    turns, start = Turns(device, runs, sets), time.monotonic()
    done = 0
    while done < least or (done < most and time.monotonic() - start < seconds):
        turns.batch(min(ROUNDS_PER_BATCH, most - done))
        done += min(ROUNDS_PER_BATCH, most - done)
    return turns.times
