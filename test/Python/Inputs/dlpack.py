"""Tensors of other libraries through DLPack: an exporter in ctypes that counts what is released."""
import ctypes
import gc

import attn
import numpy as np

from expected import bf16, draw, program, shapes


class Managed(ctypes.Structure):
    """DLManagedTensor of dlpack.h, version 0."""
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
                ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16),
                ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
                ("byte_offset", ctypes.c_uint64), ("manager_ctx", ctypes.c_void_p), ("deleter", ctypes.c_void_p)]


Deleter = ctypes.CFUNCTYPE(None, ctypes.POINTER(Managed))
make_capsule = ctypes.pythonapi.PyCapsule_New
make_capsule.restype, make_capsule.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
CPU, CUDA, FLOAT, BFLOAT, COMPLEX = 1, 2, 2, 4, 5


class Foreign:
    """A tensor that NumPy knows nothing of. `requires_grad` as PyTorch's."""
    requires_grad = False

    def __init__(self, array, code=FLOAT, device=CPU, dense_strides=True):
        self.array, self.code, self.device, self.dense_strides = array, code, device, dense_strides
        self.exports, self.releases = 0, 0

    def __dlpack_device__(self):
        return self.device, 0

    def __dlpack__(self, stream=None):
        array, size = self.array, self.array.itemsize
        self.shape = (ctypes.c_int64 * array.ndim)(*array.shape)
        self.strides = (ctypes.c_int64 * array.ndim)(*[step // size for step in array.strides])
        self.deleter = Deleter(self.release)
        self.managed = Managed(array.ctypes.data - 64, self.device, 0, array.ndim, self.code, size * 8, 1, self.shape,
                               self.strides if self.dense_strides else None, 64, None,
                               ctypes.cast(self.deleter, ctypes.c_void_p))
        self.exports += 1
        return make_capsule(ctypes.addressof(self.managed), b"dltensor", None)

    def release(self, _):
        self.releases += 1


def refused(text, call, **operands):
    try:
        call(**operands)
    except attn.LaunchError as error:
        assert text in str(error), str(error)
        return
    raise AssertionError(f"no error; expected one that says: {text}")


def test_values(run, q, k, v, wanted):
    strided = np.ascontiguousarray(k.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)
    foreign = [Foreign(q), Foreign(strided), Foreign(v, dense_strides=False)]
    results = run(q=foreign[0], k=foreign[1], v=foreign[2])
    assert all(type(r) is np.ndarray and (r == w).all() for r, w in zip(results, wanted))
    gc.collect()
    assert all(f.exports == f.releases == 1 for f in foreign), [(f.exports, f.releases) for f in foreign]
    assert (run(q=foreign[0], k=k, v=v)[0] == wanted[0]).all()  # beside NumPy's


def test_bf16(q, k, v):
    run = attn.compile(program("bf16"))
    bits = [(x.view(np.uint32) >> 16).astype(np.uint16) for x in (q, k, v)]
    as_float = [(x.astype(np.uint32) << 16).view(np.float32) for x in bits]
    wanted = run(**dict(zip("qkv", as_float)))
    results = run(**dict(zip("qkv", (Foreign(x, BFLOAT) for x in bits))))
    assert all((r == w).all() for r, w in zip(results, wanted)) and (results[0] == bf16(results[0])).all()


def test_refusals(run, q, k, v):
    grad = Foreign(q)
    grad.requires_grad = True
    refused("'q': requires grad, and attn is forward only so far; pass q.detach()", run, q=grad, k=k, v=v)
    assert grad.exports == 0
    refused("'q': found a tensor in the GPU's memory", run, q=Foreign(q, device=CUDA), k=k, v=v)
    refused("'q': found elements of a type that no program takes; expected f32", run,
            q=Foreign(q.view(np.complex64), COMPLEX), k=k, v=v)
    refused("f64", run, q=Foreign(q.astype(np.float64)), k=k, v=v)
    refused("'q': found __main__.Broken that is no array of numbers", run, q=Broken(), k=k, v=v)


class Broken:
    def __dlpack_device__(self):
        return CPU, 0

    def __dlpack__(self, **_):
        raise BufferError("not today")


run = attn.compile(program())
q, k, v = draw(1, *shapes(2, 33, 70))
test_values(run, q, k, v, run(q=q, k=k, v=v))
test_bf16(q, k, v)
test_refusals(run, q, k, v)
print("DLPack good")
