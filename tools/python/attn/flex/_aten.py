"""Which operations of a region an aten op becomes.

Values are arrays (NumPy's, of objects) of scalars: almost always of rank 0. A mod that
compares a row of a table, or takes the product of two, is unrolled.
"""
from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch._decomp import get_decompositions

from attn.flex._region import Region, Scalar

if TYPE_CHECKING:
    from attn.flex._trace import Trace

aten = torch.ops.aten
ELEMENTS = 1024  # of one value, unrolled
Array = np.ndarray

CREATIONS = {aten.new_ones.default, aten.new_zeros.default, aten.new_full.default, aten.ones_like.default,
             aten.zeros_like.default, aten.full_like.default, aten.new_empty.default}
LITERAL_COPIES = {aten.lift_fresh_copy.default, aten.lift_fresh.default}


@functools.cache
def decompositions() -> dict:
    """Ops that PyTorch itself says in terms of others."""
    return get_decompositions([
        aten.addcdiv, aten.addcmul, aten.elu, aten.hardsigmoid, aten.hardswish, aten.hardtanh, aten.heaviside,
        aten.leaky_relu, aten.lerp, aten.log_sigmoid_forward, aten.logit, aten.mish, aten.relu6, aten.rsub, aten.silu,
        aten.softplus, aten.softshrink, aten.threshold, aten.xlogy])


def name_of(node: torch.fx.Node) -> str:
    if isinstance(node.target, torch._ops.OpOverload):
        return str(node.target).removesuffix(".default")
    return getattr(node.target, "__name__", str(node.target))


def box(value: Scalar) -> Array:
    array = np.empty((), object)
    array[()] = value
    return array


def as_array(trace: Trace, node: torch.fx.Node, value: Any) -> Array:
    """Scalars of the region for any operand; small captured tensors are read whole."""
    region = trace.region
    if isinstance(value, Array):
        return value
    if isinstance(value, (bool, int, float)):
        return box(region.constant(value))
    if isinstance(value, torch.Tensor):
        return elementwise(region.constant, np.array(value.tolist(), object))
    size = value.tensor.numel()
    if size > ELEMENTS:
        raise trace.error(node, f"uses all {size} elements of a captured tensor, expected at most {ELEMENTS}; index it")
    return read_elements(trace, node, value, [None] * value.tensor.dim())


def elementwise(function: Callable, *arrays: Array) -> Array:
    arrays = np.broadcast_arrays(*arrays)
    result = np.empty(arrays[0].shape, object)
    for at in np.ndindex(result.shape):
        result[at] = function(*(array[at] for array in arrays))
    return result


def kind_of(dtype: torch.dtype) -> str:
    if dtype == torch.bool:
        return "bool"
    return "float" if dtype.is_floating_point else "int"


# Reads


def read_elements(trace: Trace, node: torch.fx.Node, captured: Any, indices: list[Array | None]) -> Array:
    """captured[indices], None for a whole axis, as PyTorch's advanced indexing."""
    table, shape = trace.table(captured), captured.tensor.shape
    if not table.takes(captured.tensor.dtype):
        raise trace.error(node, f"reads a tensor of {captured.tensor.dtype}, expected a float, an integer of at most 64 "
                          "bits, or bool")
    indices = indices + [None] * (len(shape) - len(indices))
    given = [axis for axis, index in enumerate(indices) if index is not None]
    common = np.broadcast_shapes(*(indices[axis].shape for axis in given)) if given else ()
    first = given[0] if given and given == list(range(given[0], given[-1] + 1)) else 0
    whole = [axis for axis in range(len(shape)) if axis not in given]
    before = [axis for axis in whole if axis < first]
    after = [axis for axis in whole if axis >= first]
    sizes = [shape[axis] for axis in before] + list(common) + [shape[axis] for axis in after]
    if math.prod(sizes) > ELEMENTS:
        raise trace.error(node, f"reads {math.prod(sizes)} elements at once, expected at most {ELEMENTS}")
    result = np.empty(sizes, object)
    for at in np.ndindex(*sizes):
        middle = at[len(before):len(before) + len(common)]
        free = dict(zip(before + after, at[:len(before)] + at[len(before) + len(common):]))
        element = [trace.region.constant(free[axis]) if axis in free else np.broadcast_to(indices[axis], common)[middle]
                   for axis in range(len(shape))]
        result[at] = table.read(trace.region, element)
    return result


def index(trace: Trace, node: torch.fx.Node, value: Any, indices: list) -> Array:
    region = trace.region
    arrays = [None if one is None else elementwise(region.to_int, as_array(trace, node, one)) for one in indices]
    dtypes = [argument.meta["val"].dtype for argument in node.args[1] if argument is not None]
    if torch.bool in dtypes:
        raise trace.error(node, "found a bool tensor as an index, expected integers; use torch.where")
    if not isinstance(value, (Array, torch.Tensor)):
        return read_elements(trace, node, value, arrays)
    numbers = [None if one is None else elementwise(lambda s: s.constant, one) for one in arrays]
    if any(number is not None and None in number.ravel().tolist() for number in numbers):
        raise trace.error(node, "indexes a tensor that the function computes; index a captured tensor, or use torch.where")
    where = tuple(slice(None) if number is None else number.astype(int) for number in numbers)
    picked = as_array(trace, node, value)[where]
    return picked if isinstance(picked, Array) else box(picked)


# Element by element


def gelu(r: Region, x: Scalar, approximate: str = "none") -> Scalar:
    half, one = r.constant(0.5), r.constant(1.0)
    if approximate == "tanh":
        cube = r.float_op("arith.mulf", r.float_op("arith.mulf", x, x), x)
        sum_ = r.float_op("arith.addf", x, r.float_op("arith.mulf", r.constant(0.044715), cube))
        inner = r.float_op("math.tanh", r.float_op("arith.mulf", r.constant(math.sqrt(2 / math.pi)), sum_))
    else:
        inner = r.float_op("math.erf", r.float_op("arith.mulf", x, r.constant(math.sqrt(0.5))))
    return r.float_op("arith.mulf", r.float_op("arith.mulf", half, x), r.float_op("arith.addf", one, inner))


def sigmoid(r: Region, x: Scalar) -> Scalar:
    one = r.constant(1.0)
    return r.float_op("arith.divf", one, r.float_op("arith.addf", one, r.float_op("math.exp", r.float_op("arith.negf", x))))


def power(r: Region, x: Scalar, y: Scalar) -> Scalar:
    """x ** y where one of them is a number."""
    if y.constant is not None and y.constant == int(y.constant) and 0 <= y.constant <= 16:
        result = r.constant(1.0) if x.kind == "float" else r.constant(1)
        for _ in range(int(y.constant)):
            result = r.float_op("arith.mulf", result, x) if x.kind == "float" else r.mul(result, x)
        return result
    if x.kind == "int" or (x.constant is None and y.constant is None) or (x.constant is not None and x.constant <= 0):
        raise NotImplementedError("expected an exponent from 0 to 16, or floats and one of them a positive number")
    if y.constant == 0.5:
        return r.float_op("math.sqrt", x)
    if y.constant is not None and y.constant < 0:
        return r.float_op("arith.divf", r.constant(1.0), power(r, x, r.constant(-float(y.constant))))
    log = r.constant(math.log2(x.constant)) if x.constant is not None else r.float_op("math.log2", x)
    return r.float_op("math.exp2", r.float_op("arith.mulf", y, log))


def float_remainder(r: Region, x: Scalar, y: Scalar) -> Scalar:
    quotient = r.float_op("math.floor", r.float_op("arith.divf", x, y))
    return r.float_op("arith.subf", x, r.float_op("arith.mulf", quotient, y))


def float_fmod(r: Region, x: Scalar, y: Scalar) -> Scalar:
    quotient = r.float_op("math.trunc", r.float_op("arith.divf", x, y))
    return r.float_op("arith.subf", x, r.float_op("arith.mulf", quotient, y))


def divide(r: Region, x: Scalar, y: Scalar, rounding_mode: str | None = None) -> Scalar:
    if x.kind == "int":
        return r.floor_div(x, y) if rounding_mode == "floor" else r.truncated_div(x, y)
    quotient = r.float_op("arith.divf", x, y)
    rounding = {None: None, "floor": "math.floor", "trunc": "math.trunc"}[rounding_mode]
    return r.float_op(rounding, quotient) if rounding else quotient


def absolute(r: Region, x: Scalar) -> Scalar:
    if x.kind == "float":
        return r.float_op("math.absf", x)
    return x if x.low >= 0 else r.emit(f"math.absi {x.name} : index", "int", 0, max(-x.low, x.high))


def sign(r: Region, x: Scalar) -> Scalar:
    zero = r.constant(0.0 if x.kind == "float" else 0)
    positive, negative = r.compare("gt", x, zero), r.compare("lt", x, zero)
    one, minus = (r.constant(1.0), r.constant(-1.0)) if x.kind == "float" else (r.constant(1), r.constant(-1))
    return r.select(positive, one, r.select(negative, minus, zero if x.kind == "int" else x))


def bitwise(op: str) -> Callable:
    def write_(r: Region, x: Scalar, y: Scalar) -> Scalar:
        if x.kind == "bool":
            return r.logical(op, x, y)
        if op == "andi":  # not longer than the shortest operand that is not negative
            tops = [s.high for s in (x, y) if s.low >= 0]
            return r.int_op("arith.andi", x, y, 0, min(tops), False) if tops else r.int_op("arith.andi", x, y, *_wide, False)
        if x.low >= 0 and y.low >= 0:
            return r.int_op(f"arith.{op}", x, y, 0, (1 << max(x.high, y.high).bit_length()) - 1, False)
        return r.int_op(f"arith.{op}", x, y, *_wide, False)

    return write_


_wide = (-(2**63), 2**63 - 1)


def shift_left(r: Region, x: Scalar, y: Scalar) -> Scalar:
    if y.constant is not None and 0 <= y.constant < 63:
        return r.int_op("arith.shli", x, y, x.low << y.constant, x.high << y.constant, False)
    return r.int_op("arith.shli", x, y, *_wide, False)


def shift_right(r: Region, x: Scalar, y: Scalar) -> Scalar:
    if y.constant is not None and 0 <= y.constant < 63:
        return r.int_op("arith.shrsi", x, y, x.low >> y.constant, x.high >> y.constant, False)
    return r.int_op("arith.shrsi", x, y, *_wide, False)


def choose(float_op: str | Callable, int_op: Callable) -> Callable:
    """One way for floats, one for integers."""
    def write_(r: Region, *operands: Scalar, **options: Any) -> Scalar:
        if operands[0].kind != "float":
            return int_op(r, *operands, **options)
        return float_op(r, *operands, **options) if callable(float_op) else r.float_op(float_op, *operands)

    return write_


def floats(op: str) -> Callable:
    return lambda r, *operands: r.float_op(op, *operands)


def negate(r: Region, x: Scalar) -> Scalar:
    return r.float_op("arith.negf", x) if x.kind == "float" else r.sub(r.constant(0), x)


def invert(r: Region, x: Scalar) -> Scalar:
    return r.invert(x) if x.kind == "bool" else r.sub(r.constant(-1), x)


def clamp(r: Region, x: Scalar, low: Scalar | None = None, high: Scalar | None = None) -> Scalar:
    for bound, pick in ((low, maximum), (high, minimum)):
        if bound is not None:
            x = pick(r, x, r.to(x.kind, bound))
    return x


maximum = choose("arith.maximumf", Region.maximum)
minimum = choose("arith.minimumf", Region.minimum)
IDENTITY = lambda r, x: x  # noqa: E731


def plain_float(op: str) -> Callable:
    """Floor and the like: nothing to do for integers."""
    return choose(op, IDENTITY)


# Operands come in the type of the result.
SAME_TYPE: dict[str, Callable] = {
    "add": choose("arith.addf", Region.add), "sub": choose("arith.subf", Region.sub),
    "mul": choose("arith.mulf", Region.mul), "div": divide, "floor_divide": choose(
        lambda r, x, y: divide(r, x, y, "floor"), Region.floor_div),
    "true_divide": divide,
    "remainder": choose(float_remainder, Region.remainder), "fmod": choose(float_fmod, Region.truncated_remainder),
    "maximum": maximum, "minimum": minimum, "fmax": choose("arith.maxnumf", Region.maximum),
    "fmin": choose("arith.minnumf", Region.minimum), "pow": power, "clamp": clamp, "clamp_min": clamp,
    "clamp_max": lambda r, x, high: clamp(r, x, None, high),
    "neg": negate, "abs": absolute, "sign": sign, "sgn": sign, "relu": lambda r, x: maximum(
        r, x, r.constant(0.0 if x.kind == "float" else 0)),
    "bitwise_and": bitwise("andi"), "bitwise_or": bitwise("ori"), "bitwise_xor": bitwise("xori"),
    "bitwise_not": invert, "__and__": bitwise("andi"), "__or__": bitwise("ori"), "__xor__": bitwise("xori"),
    "__lshift__": shift_left, "bitwise_left_shift": shift_left, "__rshift__": shift_right,
    "bitwise_right_shift": shift_right,
    "floor": plain_float("math.floor"), "ceil": plain_float("math.ceil"), "trunc": plain_float("math.trunc"),
    "round": plain_float("math.roundeven"),
    "sigmoid": sigmoid, "gelu": gelu, "reciprocal": lambda r, x: r.float_op("arith.divf", r.constant(1.0), x),
    "atan2": floats("math.atan2"), "copysign": floats("math.copysign"),
    "log_sigmoid": lambda r, x: r.float_op("arith.negf", r.float_op("math.log1p", r.float_op(
        "math.exp", r.float_op("arith.negf", x)))),
} | {name: floats(f"math.{name}") for name in (
    "acos", "asin", "atan", "cos", "erf", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "rsqrt", "sin", "sqrt",
    "tanh")}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
LOGICAL = {"logical_and": "andi", "logical_or": "ori", "logical_xor": "xori"}
KNOWN = {("approx", "tanh"): "tanh"}  # of attention-gym; any tanh is a good approximation
FREE = {"clone", "detach", "alias", "lift_fresh_copy", "contiguous"}


def common_kind(arrays: list[Array]) -> str:
    kinds = {scalar.kind for array in arrays for scalar in array.ravel().tolist()}
    return "float" if "float" in kinds else "int" if "int" in kinds else "bool"


def write_same_type(trace: Trace, node: torch.fx.Node, function: Callable, args: tuple, kwargs: dict) -> Array:
    region, kind = trace.region, kind_of(node.meta["val"].dtype)
    factor = kwargs.pop("alpha", 1)
    arrays = [elementwise(functools.partial(region.to, kind), as_array(trace, node, arg)) for arg in args if arg is not None]
    if factor != 1:
        arrays[1] = elementwise(lambda x: SAME_TYPE["mul"](region, x, region.to(kind, region.constant(factor))), arrays[1])
    if name_base(node) == "clamp":
        low, high = (list(args) + [kwargs.pop("min", None), kwargs.pop("max", None)])[1:3] if len(args) != 2 else (
            args[1], kwargs.pop("max", None))
        bounds = [None if bound is None else as_array(trace, node, bound) for bound in (low, high)]
        result = arrays[0]
        for bound, pick in zip(bounds, (maximum, minimum)):
            if bound is not None:
                result = elementwise(lambda x, y, pick=pick: pick(region, x, region.to(kind, y)), result, bound)
        return result
    options = {key: value for key, value in kwargs.items() if key in ("rounding_mode", "approximate")}
    return elementwise(lambda *operands: function(region, *operands, **options), *arrays)


def write_comparison(trace: Trace, node: torch.fx.Node, predicate: str, args: tuple) -> Array:
    region, arrays = trace.region, [as_array(trace, node, arg) for arg in args]
    kind = common_kind(arrays)
    if kind == "bool" and predicate not in ("eq", "ne"):
        kind = "int"
    return elementwise(lambda a, b: region.compare(predicate, region.to(kind, a), region.to(kind, b)), *arrays)


def where(trace: Trace, node: torch.fx.Node, condition: Any, a: Any, b: Any) -> Array:
    region, kind = trace.region, kind_of(node.meta["val"].dtype)
    arrays = [as_array(trace, node, one) for one in (condition, a, b)]
    return elementwise(lambda c, x, y: region.select(region.to_bool(c), region.to(kind, x), region.to(kind, y)), *arrays)


def convert(trace: Trace, node: torch.fx.Node, value: Any, **_: Any) -> Array:
    region, dtype = trace.region, node.meta["val"].dtype
    result = elementwise(functools.partial(region.to, kind_of(dtype)), as_array(trace, node, value))
    short = {torch.float16: "f16", torch.bfloat16: "bf16"}.get(dtype)
    return elementwise(lambda x: region.round_to(x, short), result) if short else result


# Shapes and reductions of small tensors


def reshape(trace: Trace, node: torch.fx.Node, value: Any, *_: Any, **__: Any) -> Array:
    return as_array(trace, node, value).reshape(tuple(node.meta["val"].shape))


def expand(trace: Trace, node: torch.fx.Node, value: Any, *_: Any, **__: Any) -> Array:
    return np.broadcast_to(as_array(trace, node, value), tuple(node.meta["val"].shape))


def permute(trace: Trace, node: torch.fx.Node, value: Any, order: list[int]) -> Array:
    return as_array(trace, node, value).transpose(order)


def select(trace: Trace, node: torch.fx.Node, value: Any, axis: int, at: int) -> Array:
    picked = np.take(as_array(trace, node, value), at, axis)
    return picked if isinstance(picked, Array) else box(picked)


def slice_(trace: Trace, node: torch.fx.Node, value: Any, axis: int = 0, start: Any = None, end: Any = None,
           step: int = 1) -> Array:
    array = as_array(trace, node, value)
    return array[(slice(None),) * (axis % array.ndim) + (slice(start, end, step),)]


def reduce(pick: Callable) -> Callable:
    def write_(trace: Trace, node: torch.fx.Node, value: Any, axes: Any = None, keepdim: bool = False, **_: Any) -> Array:
        array, kind = as_array(trace, node, value), kind_of(node.meta["val"].dtype)
        array = elementwise(functools.partial(trace.region.to, kind), array)
        axes = range(array.ndim) if axes is None or axes == [] else [axes] if isinstance(axes, int) else axes
        axes = {axis % array.ndim for axis in axes} if array.ndim else set()
        kept = [axis for axis in range(array.ndim) if axis not in axes]
        rows = array.transpose(kept + sorted(axes)).reshape([array.shape[axis] for axis in kept] + [-1])
        result = np.empty(rows.shape[:-1], object)
        for at in np.ndindex(*result.shape):
            result[at] = functools.reduce(functools.partial(pick, trace.region), rows[at].tolist())
        return result.reshape(tuple(node.meta["val"].shape))

    return write_


def mean(trace: Trace, node: torch.fx.Node, value: Any, *axes: Any, **options: Any) -> Array:
    sums = REDUCTIONS["sum"](trace, node, value, *axes, **options)
    count = as_array(trace, node, value).size // max(sums.size, 1)
    return elementwise(lambda x: trace.region.float_op("arith.divf", x, trace.region.constant(float(count))), sums)


def dot(trace: Trace, node: torch.fx.Node, a: Any, b: Any) -> Array:
    kind = kind_of(node.meta["val"].dtype)
    arrays = [elementwise(functools.partial(trace.region.to, kind), as_array(trace, node, one)) for one in (a, b)]
    products = elementwise(functools.partial(SAME_TYPE["mul"], trace.region), *arrays)
    return box(functools.reduce(functools.partial(SAME_TYPE["add"], trace.region), products.tolist()))


def join(function: Callable) -> Callable:
    def write_(trace: Trace, node: torch.fx.Node, values: list, axis: int = 0) -> Array:
        kind = kind_of(node.meta["val"].dtype)
        return function([elementwise(functools.partial(trace.region.to, kind), as_array(trace, node, one))
                         for one in values], axis)

    return write_


REDUCTIONS = {"sum": reduce(SAME_TYPE["add"]), "prod": reduce(SAME_TYPE["mul"]), "amax": reduce(maximum),
              "amin": reduce(minimum), "any": reduce(bitwise("ori")), "all": reduce(bitwise("andi")),
              "max": reduce(maximum), "min": reduce(minimum)}
STRUCTURE: dict[str, Callable] = REDUCTIONS | {
    "index": index, "where": where, "_to_copy": convert, "to": convert, "view": reshape, "reshape": reshape,
    "_unsafe_view": reshape, "unsqueeze": reshape, "squeeze": reshape, "flatten": reshape, "expand": expand,
    "permute": permute, "select": select, "slice": slice_, "mean": mean, "dot": dot, "stack": join(np.stack),
    "cat": join(np.concatenate)}


def name_base(node: torch.fx.Node) -> str:
    return node.target._schema.name.partition("::")[2] if isinstance(node.target, torch._ops.OpOverload) else ""


def namespace(node: torch.fx.Node) -> str:
    return node.target.namespace if isinstance(node.target, torch._ops.OpOverload) else ""


def write(trace: Trace, node: torch.fx.Node, args: tuple, kwargs: dict) -> Array:
    """The value of `node`, whose operands are `args` and `kwargs`."""
    name, kwargs = name_base(node), dict(kwargs)
    if (namespace(node), name) not in KNOWN and namespace(node) != "aten":
        raise trace.error(node, "found an op that is not aten's; attn.flex knows no other")
    if node.target._schema.is_mutable:  # `score += bias`: the graph goes on with the result
        name = name.removesuffix("_")
    if (namespace(node), name) in KNOWN:
        return write_same_type(trace, node, SAME_TYPE[KNOWN[namespace(node), name]], args, kwargs)
    try:
        if name in COMPARISONS:
            return write_comparison(trace, node, name, args)
        if name in LOGICAL:
            booleans = [elementwise(trace.region.to_bool, as_array(trace, node, arg)) for arg in args]
            return elementwise(functools.partial(trace.region.logical, LOGICAL[name]), *booleans)
        if name == "logical_not":
            return elementwise(lambda x: trace.region.invert(trace.region.to_bool(x)), as_array(trace, node, args[0]))
        if name == "isnan":
            return elementwise(lambda x: trace.region.compare("ne", x, x), as_array(trace, node, args[0]))
        if name in FREE:
            return as_array(trace, node, args[0])
        if name in STRUCTURE:
            return STRUCTURE[name](trace, node, *args, **kwargs)
        if name in SAME_TYPE:
            return write_same_type(trace, node, SAME_TYPE[name], args, kwargs)
    except NotImplementedError as error:
        raise trace.error(node, str(error)) from None
    raise trace.error(node, "is not supported in mask and score functions")
