"""Where a case runs: the GPU, with PyTorch's memory if there is PyTorch; or, for a dry run, the host (sim, cpu).

A device places arrays, fetches results, and marks the time around launches. All work is on the default stream.
"""
import time

import numpy as np

import attn_ctypes
import driver


def bits_of(tensor):
    """A PyTorch tensor as an array; bf16 as uint16."""
    import torch
    tensor = tensor.detach().contiguous().cpu()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(np.uint16)
    return tensor.numpy()


class Host:
    """Device sim or cpu. Marks are readings of the clock, which a dry run throws away."""

    l2_bytes = 0

    def __init__(self, runtime, name):
        self.runtime, self.name = runtime, name
        self.multiprocessors = 0
        self.memory = attn_ctypes.host_memory
        self.mark = time.perf_counter
        self.wait = self.recycle = self.synchronize = self.release = lambda: None

    def milliseconds(self, start, end):
        return (end - start) * 1e3

    def place(self, array):
        return array

    def fetch(self, placed):
        return placed if isinstance(placed, np.ndarray) else bits_of(placed)

    def describe(self):
        return f"device {self.name}"

    def for_torch(self, placed):
        import torch
        tensor = torch.from_numpy(placed.view(np.int16) if placed.dtype == np.uint16 else placed)
        return tensor.view(torch.bfloat16) if placed.dtype == np.uint16 else tensor


class Cuda:
    """The first GPU. Arrays are PyTorch tensors if `torch` is given, else buffers of our runtime."""

    def __init__(self, runtime, torch):
        self.torch, self.driver = torch, driver.Driver()
        if torch is not None:
            torch.cuda.init()
        self.name = "cuda"
        self.device = runtime.device("cuda")
        self.events = driver.Events(self.driver)
        self.mark, self.milliseconds = self.events.mark, self.events.milliseconds
        self.wait, self.recycle = self.events.wait, self.events.recycle
        self.l2_bytes = self.driver.attribute(driver.L2_BYTES)
        self.multiprocessors = self.driver.attribute(driver.MULTIPROCESSORS)

    def describe(self):
        return self.device.description()

    def place(self, array):
        array = np.ascontiguousarray(array)
        if self.torch is None:
            return attn_ctypes.Buffer(self.device, array)
        if array.dtype == np.uint16:
            return self.torch.from_numpy(array.view(np.int16)).cuda().view(self.torch.bfloat16)
        return self.torch.from_numpy(array).cuda()

    def fetch(self, placed):
        if self.torch is None:
            array = np.empty(placed.shape, placed.dtype)
            placed.download(array)
            return array
        return bits_of(placed)

    def memory(self, size):
        """A workspace, as bind() wants it."""
        workspace = self.place(np.zeros(max(size, 1), np.int8))
        return workspace.data_ptr(), workspace

    def for_torch(self, placed):
        return placed

    def synchronize(self):
        """Raises if the context is lost."""
        self.wait()

    def release(self):
        """Gives memory of finished cases back."""
        if self.torch is not None:
            self.torch.cuda.empty_cache()


def open_device(runtime, name, torch):
    return Cuda(runtime, torch) if name == "cuda" else Host(runtime, name)
