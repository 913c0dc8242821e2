"""The few functions of NVIDIA's driver that the benchmark calls itself: events on the default stream, what the GPU is."""
import ctypes
from ctypes import byref, c_char, c_float, c_int, c_void_p

MULTIPROCESSORS, L2_BYTES = 16, 38  # CUdevice_attribute


class Driver:
    """The first GPU, its primary context current on the calling thread (as PyTorch and our runtime use it)."""

    def __init__(self):
        self.lib = ctypes.CDLL("libcuda.so.1")
        self.lib.cuEventElapsedTime.argtypes = [c_void_p] * 3
        self.device = c_int()
        context = c_void_p()
        self.call("cuInit", 0)
        self.call("cuDeviceGet", byref(self.device), 0)
        self.call("cuDevicePrimaryCtxRetain", byref(context), self.device)
        self.call("cuCtxPushCurrent_v2", context)

    def call(self, name, *arguments):
        if code := getattr(self.lib, name)(*arguments):
            text = ctypes.c_char_p()
            self.lib.cuGetErrorString(code, byref(text))
            raise RuntimeError(f"{name}: {(text.value or b'').decode()} (error {code})")

    def name(self):
        text = (c_char * 100)()
        self.call("cuDeviceGetName", text, len(text), self.device)
        return text.value.decode()

    def attribute(self, which):
        value = c_int()
        self.call("cuDeviceGetAttribute", byref(value), which, self.device)
        return value.value


class Events:
    """Marks on the default stream; (start, end) pairs around launches."""

    def __init__(self, driver):
        self.driver, self.free, self.used = driver, [], []

    def mark(self):
        event = self.free.pop() if self.free else c_void_p()
        if not event:
            self.driver.call("cuEventCreate", byref(event), 0)
        self.used.append(event)
        self.driver.call("cuEventRecord", event, None)
        return event

    def milliseconds(self, start, end):
        elapsed = c_float()
        self.driver.call("cuEventElapsedTime", byref(elapsed), start, end)
        return elapsed.value

    def wait(self):
        self.driver.call("cuStreamSynchronize", None)

    def recycle(self):
        self.free += self.used
        self.used = []
