"""Device cuda of the benchmark on the fake driver, whose kernels do nothing: memory, launches, events.

usage: bench_fake_device.py PACK       with FAKE_CUDA_LOG
"""
import json
import os
import pathlib
import sys

pack = pathlib.Path(sys.argv[1])
sys.path[1:1] = [str(pack / "bench" / "gpu"), str(pack / "bench")]
import numpy as np  # noqa: E402

import attn_ctypes  # noqa: E402
import devices  # noqa: E402
import timing  # noqa: E402

device = devices.open_device(attn_ctypes.Runtime(pack / "lib" / "libattn_runtime.so.0"), "cuda", None)
array = np.arange(24, dtype=np.uint16).reshape(1, 2, 12)
placed = device.place(array)
assert (device.fetch(placed) == array).all() and placed.stride() == [24, 12, 1], placed.stride()
assert device.l2_bytes == 1 << 16 and device.multiprocessors == 132

program = device.device.runtime.load(pack / "bench/programs/full-bf16-h2-1-d64.attn").prepare("cuda")
tensor = lambda *shape: device.place(np.zeros(shape, np.uint16))
arguments = [tensor(1, 2, 130, 64), tensor(1, 1, 130, 64), tensor(1, 1, 130, 64)]
results = [tensor(1, 2, 130, 64), device.place(np.zeros((1, 2, 130), np.float32))]
launch = program.bind(arguments, results, device.memory)
times = timing.measure(device, {"attn": lambda inputs: launch()}, 2, least=3, most=3, seconds=0)
assert len(times["attn"]) == 3 and all(0 < value < 1e6 for value in times["attn"]), times

calls = [json.loads(line) for line in open(os.environ["FAKE_CUDA_LOG"])]
names = [call["call"] for call in calls if call["call"] in ("cuEventRecord", "cuLaunchKernel", "cuEventElapsedTime")]
assert names == ["cuLaunchKernel"] + ["cuEventRecord", "cuLaunchKernel", "cuEventRecord"] * 3 + ["cuEventElapsedTime"] * 3, names
print("fake device good")
