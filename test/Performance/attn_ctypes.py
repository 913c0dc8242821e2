"""The runtime's C API from Python, by ctypes: load an artifact, prepare it, launch it.

Nothing here is measured or checked; benchmarks and tests do that. Tensors are NumPy
arrays or PyTorch tensors; NumPy has no bf16, so a uint16 array stands for one.
The structs follow runtime/include/attn-c/AttnRuntime.h.

    runtime = Runtime("build/lib/libattn_runtime.so", threads=2)
    program = runtime.load("causal.attn").prepare("cpu")
    launch = program.bind([q, k, v], [o, lse])     # checks nothing, copies nothing
    launch()                                       # raises Error with the runtime's text
"""
import ctypes
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_int, c_int32, c_int64, c_size_t, c_void_p

MAX_RANK = 8
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
                ("workspace", c_void_p), ("workspaceBytes", c_size_t), ("stream", c_void_p)]


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
}


def tensor(array):
    """Describes an array; returns the struct and what must live as long as it."""
    sizes = (c_int64 * MAX_RANK)(*array.shape)
    if hasattr(array, "data_ptr"):
        data, steps, dtype = array.data_ptr(), array.stride(), str(array.dtype)[len("torch."):]
    else:
        data, dtype = array.ctypes.data, array.dtype.name
        steps = [step // array.itemsize for step in array.strides]
    strides = (c_int64 * MAX_RANK)(*steps)
    keep = (array, sizes, strides)
    return Tensor(data, sizes, strides, len(array.shape), DTYPES[dtype]), keep


class Runtime:
    def __init__(self, library, threads=0):
        self.lib = ctypes.CDLL(str(library))
        for name, arguments in CHECKED.items():
            getattr(self.lib, name).argtypes = [*arguments, POINTER(Message)]
        self.lib.attnArtifactLetterCount.argtypes = [c_void_p, c_size_t]
        self.lib.attnArtifactLetterCount.restype = c_size_t
        self.lib.attnProgramDescription.argtypes = [c_void_p]
        self.lib.attnProgramDescription.restype = c_char_p
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
            self.devices[name] = self.create("attnDeviceOpen", self.handle, name.encode())
        return self.devices[name]


class Artifact:
    def __init__(self, runtime, handle):
        self.runtime, self.handle = runtime, handle

    def prepare(self, device, entry="main"):
        index = c_size_t()
        self.runtime.call("attnArtifactFindEntry", self.handle, entry.encode(), byref(index))
        handle = self.runtime.create("attnProgramPrepare", self.runtime.device(device), self.handle, index)
        return Program(self, index, handle)


class Program:
    def __init__(self, artifact, entry, handle):
        self.artifact, self.entry, self.handle, self.runtime = artifact, entry, handle, artifact.runtime

    def description(self):
        return self.runtime.lib.attnProgramDescription(self.handle).decode()

    def bind(self, arguments, results):
        """A launch over these tensors with its own workspace; call it any number of times."""
        ins, keep_ins = zip(*map(tensor, arguments))
        outs, keep_outs = zip(*map(tensor, results))
        ins, outs = (Tensor * len(ins))(*ins), (Tensor * len(outs))(*outs)
        letters = (c_int64 * max(1, self.runtime.lib.attnArtifactLetterCount(self.artifact.handle, self.entry)))()
        self.runtime.call("attnArtifactBindLetters", self.artifact.handle, self.entry, ins, len(ins), letters)
        size = c_size_t()
        self.runtime.call("attnProgramWorkspaceBytes", self.handle, letters, byref(size))
        memory = (c_char * (size.value + 64))()
        aligned = (ctypes.addressof(memory) + 63) & ~63
        launch = Launch(ctypes.sizeof(Launch), ctypes.sizeof(Tensor), ins, len(ins), outs, len(outs),
                        aligned, size.value, None)

        def run(keep=(keep_ins, keep_outs, memory)):
            self.runtime.call("attnProgramLaunch", self.handle, byref(launch))
        return run
