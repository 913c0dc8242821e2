"""The order of turns in test/Performance/gpu/timing.py, on a device whose clock is a count of launches."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Performance" / "gpu"))
import timing  # noqa: E402


class Device:
    """Every launch of contestant i takes i + 1; `log` holds (contestant, set of inputs)."""

    def __init__(self):
        self.clock, self.log = 0, []
        self.wait = self.recycle = lambda: None

    def mark(self):
        return self.clock

    def milliseconds(self, start, end):
        return end - start

    def contestant(self, index):
        def run(inputs):
            self.clock += index + 1
            self.log.append((index, inputs))
        return run


device = Device()
runs = {name: device.contestant(index) for index, name in enumerate("abc")}
times = timing.measure(device, runs, 2, least=7, most=7, seconds=0)
assert times == {"a": [1] * 7, "b": [2] * 7, "c": [3] * 7}, times
order = [index for index, _ in device.log]
assert order[:3] == [0, 1, 2] and len(order) == 3 * (1 + 5 + 1 + 2), order  # two batches, each with a round not counted
assert order[3:12] == [0, 1, 2, 1, 2, 0, 2, 0, 1], order
inputs = [which for _, which in device.log]
assert all(a != b for a, b in zip(inputs, inputs[1:])), inputs
for index in range(3):
    assert {which for who, which in device.log if who == index} == {0, 1}, device.log
print("turns good")
