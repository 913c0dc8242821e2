"""The runtime's C API from Python, by ctypes: load an artifact, prepare it, launch it.

Nothing here is measured or checked; benchmarks and tests do that. Tensors are NumPy
arrays, PyTorch tensors or a Buffer in the device's own memory; NumPy has no bf16, so
uint16 stands for it.
The structs follow runtime/include/attn-c/AttnRuntime.h.

    runtime = Runtime("build/lib/libattn_runtime.so", threads=2)
    program = runtime.load("causal.attn").prepare("cpu")
    launch = program.bind([q, k, v], [o, lse])     # checks nothing, copies nothing
    launch()                                       # raises Error with the runtime's text
    launch.turns()                                 # launches, too: {(kernel, turn): seconds}
"""
import ctypes
import math
import pathlib
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint64, c_void_p

MAX_RANK = 8
SIM_FAST = 1  # AttnSimMode: results alone
DTYPES = {"float16": 0, "bfloat16": 1, "uint16": 1, "float32": 2, "float64": 3,
          "int8": 4, "int32": 5, "int64": 6, "bool": 7}


class Error(RuntimeError):
    pass


class Message(Structure):
    _fields_ = [("structSize", c_size_t), ("text", c_char * 2040)]


class RuntimeOptions(Structure):
    _fields_ = [("structSize", c_size_t), ("threads", c_int64), ("parallelFor", c_void_p),
                ("pool", c_void_p), ("progress", c_void_p), ("progressContext", c_void_p)]


class Tensor(Structure):
    _fields_ = [("data", c_void_p), ("sizes", POINTER(c_int64)), ("strides", POINTER(c_int64)),
                ("rank", c_int32), ("dtype", c_int)]


class Launch(Structure):
    _fields_ = [("structSize", c_size_t), ("tensorSize", c_size_t),
                ("arguments", POINTER(Tensor)), ("argumentCount", c_size_t),
                ("results", POINTER(Tensor)), ("resultCount", c_size_t),
                ("workspace", c_void_p), ("workspaceBytes", c_size_t), ("stream", c_void_p),
                ("scheduleSeed", c_uint64), ("simMode", c_int), ("simReport", c_void_p), ("simReportContext", c_void_p),
                ("turnReport", c_void_p), ("turnReportContext", c_void_p)]


TurnReport = ctypes.CFUNCTYPE(None, c_void_p, c_char_p, c_char_p, c_int64, ctypes.c_double)


# Functions that return a status and take a message last.
CHECKED = {
    "attnRuntimeCreate": [POINTER(RuntimeOptions), POINTER(c_void_p)],
    "attnArtifactLoadFolder": [c_void_p, c_char_p, POINTER(c_void_p)],
    "attnArtifactFindEntry": [c_void_p, c_char_p, POINTER(c_size_t)],
    "attnArtifactBindLetters": [c_void_p, c_size_t, POINTER(Tensor), c_size_t, POINTER(c_int64)],
    "attnDeviceOpen": [c_void_p, c_char_p, POINTER(c_void_p)],
    "attnProgramPrepare": [c_void_p, c_void_p, c_size_t, POINTER(c_void_p)],
    "attnProgramWorkspaceBytes": [c_void_p, POINTER(c_int64), POINTER(c_size_t)],
    "attnProgramLaunch": [c_void_p, POINTER(Launch)],
    "attnDeviceAllocate": [c_void_p, c_size_t, POINTER(c_void_p)],
    "attnDeviceUpload": [c_void_p, c_void_p, c_void_p, c_size_t],
    "attnDeviceDownload": [c_void_p, c_void_p, c_void_p, c_size_t],
    "attnDeviceSynchronize": [c_void_p, c_void_p],
}
TEXTS = {"attnProgramDescription", "attnProgramWarning", "attnDeviceDescription"}  # of a handle


def tensor(array):
    """Describes an array; returns the struct and what must live as long as it."""
    sizes = (c_int64 * MAX_RANK)(*array.shape)
    if hasattr(array, "data_ptr"):
        data, steps, dtype = array.data_ptr(), array.stride(), str(array.dtype).removeprefix("torch.")
    else:
        data, dtype = array.ctypes.data, array.dtype.name
        steps = [step // array.itemsize for step in array.strides]
    strides = (c_int64 * MAX_RANK)(*steps)
    keep = (array, sizes, strides)
    return Tensor(data, sizes, strides, len(array.shape), DTYPES[dtype]), keep


def dense_strides(shape):
    return [math.prod(shape[axis + 1:]) for axis in range(len(shape))]


class Buffer:
    """A dense tensor in memory of a device with its own, freed with it; `array` on the host gives it its contents."""

    def __init__(self, device, array):
        self.device, self.shape, self.dtype, self.bytes = device, array.shape, array.dtype, array.nbytes
        self.runtime, self.address = device.runtime, None
        self.address = self.runtime.create("attnDeviceAllocate", device.handle, self.bytes)
        self.upload(array)

    def __del__(self):
        if self.address:
            self.runtime.lib.attnDeviceFree(self.device.handle, self.address)

    def upload(self, array):
        self.runtime.call("attnDeviceUpload", self.device.handle, self.address, array.ctypes.data, self.bytes)

    def download(self, array):
        self.runtime.call("attnDeviceDownload", self.device.handle, array.ctypes.data, self.address, self.bytes)

    def data_ptr(self):
        return self.address.value

    def stride(self):
        return dense_strides(self.shape)


class View:
    """A buffer's memory in another dense shape."""

    def __init__(self, buffer, shape):
        self.buffer, self.shape, self.dtype = buffer, shape, buffer.dtype
        self.data_ptr = buffer.data_ptr

    def stride(self):
        return dense_strides(self.shape)


def host_memory(size):
    """(address at a multiple of 64, what must live as long)"""
    memory = (c_char * (size + 64))()
    return (ctypes.addressof(memory) + 63) & ~63, memory


class Device:
    def __init__(self, runtime, name):
        self.runtime, self.handle = runtime, runtime.create("attnDeviceOpen", runtime.handle, name.encode())

    def description(self):
        return self.runtime.lib.attnDeviceDescription(self.handle).decode()

    def synchronize(self):
        self.runtime.call("attnDeviceSynchronize", self.handle, None)


def load_library(library):
    """The runtime. What it needs and the system lacks is taken from the folder it lies in, nothing else: a pack's C++
    library must not come before a newer one that PyTorch needs."""
    try:
        return ctypes.CDLL(str(library))
    except OSError:
        for path in sorted(library.parent.glob("*.so*")):
            try:
                ctypes.CDLL(path.name)
            except OSError:
                if path != library:
                    ctypes.CDLL(str(path), ctypes.RTLD_GLOBAL)
        return ctypes.CDLL(str(library))


class Runtime:
    def __init__(self, library, threads=0):
        self.lib = load_library(pathlib.Path(library))
        for name, arguments in CHECKED.items():
            getattr(self.lib, name).argtypes = [*arguments, POINTER(Message)]
        self.lib.attnArtifactLetterCount.argtypes = [c_void_p, c_size_t]
        self.lib.attnArtifactLetterCount.restype = c_size_t
        for name in TEXTS:
            getattr(self.lib, name).argtypes = [c_void_p]
            getattr(self.lib, name).restype = c_char_p
        self.lib.attnDeviceFree.argtypes = [c_void_p, c_void_p]
        self.lib.attnDeviceFree.restype = None
        options = RuntimeOptions(ctypes.sizeof(RuntimeOptions), threads)
        self.handle = self.create("attnRuntimeCreate", byref(options))
        self.devices = {}

    def call(self, name, *arguments):
        message = Message(ctypes.sizeof(Message))
        if getattr(self.lib, name)(*arguments, byref(message)):
            raise Error(message.text.decode(errors="replace"))

    def create(self, name, *arguments):
        handle = c_void_p()
        self.call(name, *arguments, byref(handle))
        return handle

    def load(self, folder):
        return Artifact(self, self.create("attnArtifactLoadFolder", self.handle, str(folder).encode()))

    def device(self, name):
        if name not in self.devices:
            self.devices[name] = Device(self, name)
        return self.devices[name]


class Artifact:
    def __init__(self, runtime, handle):
        self.runtime, self.handle = runtime, handle

    def prepare(self, device, entry="main"):
        index = c_size_t()
        self.runtime.call("attnArtifactFindEntry", self.handle, entry.encode(), byref(index))
        handle = self.runtime.create("attnProgramPrepare", self.runtime.device(device).handle, self.handle, index)
        return Program(self, index, handle)


class Program:
    def __init__(self, artifact, entry, handle):
        self.artifact, self.entry, self.handle, self.runtime = artifact, entry, handle, artifact.runtime

    def description(self):
        return self.runtime.lib.attnProgramDescription(self.handle).decode()

    def warning(self):
        return self.runtime.lib.attnProgramWarning(self.handle).decode()

    def bind(self, arguments, results, memory=host_memory):
        """A launch over these tensors with its own workspace; call it any number of times.

        On a device with its own memory `memory` gives the workspace there; launches go to the default stream.
        Device sim runs in its fast mode.
        """
        ins, keep_ins = zip(*map(tensor, arguments))
        outs, keep_outs = zip(*map(tensor, results))
        ins, outs = (Tensor * len(ins))(*ins), (Tensor * len(outs))(*outs)
        letters = (c_int64 * max(1, self.runtime.lib.attnArtifactLetterCount(self.artifact.handle, self.entry)))()
        self.runtime.call("attnArtifactBindLetters", self.artifact.handle, self.entry, ins, len(ins), letters)
        size = c_size_t()
        self.runtime.call("attnProgramWorkspaceBytes", self.handle, letters, byref(size))
        workspace, keep_workspace = memory(size.value)
        launch = Launch(ctypes.sizeof(Launch), ctypes.sizeof(Tensor), ins, len(ins), outs, len(outs),
                        workspace, size.value, None, 0, SIM_FAST)

        def run(keep=(keep_ins, keep_outs, keep_workspace)):
            self.runtime.call("attnProgramLaunch", self.handle, byref(launch))

        def turns():
            seconds = {}

            def report(_, kernel, turn, tasks, milliseconds):
                key = kernel.decode(), turn.decode()
                seconds[key] = seconds.get(key, 0) + milliseconds / 1e3
            keep = TurnReport(report)
            launch.turnReport = ctypes.cast(keep, c_void_p)
            try:
                run()
            finally:
                launch.turnReport = None
            return seconds
        run.turns = turns
        return run
