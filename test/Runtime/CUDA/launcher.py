"""An independent launcher: from manifest.json, tensors and a workspace to every call of the
CUDA driver that a launch makes. Written from runtime/README.md, "From another language",
and runtime/manifest.schema.json alone; the standard library is all it needs. compare.py
holds it against what the runtime does.

    plan = Launcher("DIR.attn", "main", target="sm_90a", sm=132)
    plan.workspace_bytes(letters)
    for call in plan.calls(tensors, workspace): ...

A tensor is {"address", "sizes", "strides"}, strides in elements.
"""
import dataclasses
import json
import math
import struct

BYTES = {"f16": 2, "bf16": 2, "f32": 4, "f64": 8, "i8": 1, "i32": 4, "i64": 8, "bool": 1}
MAP_TYPE = {"i8": 0, "bool": 0, "i32": 3, "i64": 5, "f16": 6, "f32": 7, "f64": 8, "bf16": 9}
INTERLEAVE = ["none", "16B", "32B"]
SWIZZLE = ["none", "32B", "64B", "128B"]
L2_PROMOTION = ["none", "64B", "128B", "256B"]
OOB_FILL = ["none", "nan_request_zero_fma"]
BOUND = 1 << 63


class LaunchError(Exception):
    """The manifest does not allow this call."""


@dataclasses.dataclass
class Encode:
    """The parameters of cuTensorMapEncodeTiled but for the place of the result."""
    data_type: int
    rank: int
    address: int | None  # None: the tensor is empty, any valid address serves
    sizes: list
    strides: list  # bytes, of axes 1 on
    box: list
    element_strides: list
    interleave: int
    swizzle: int
    l2_promotion: int
    oob_fill: int


@dataclasses.dataclass
class Launch:
    """The parameters of cuLaunchKernel; `parameters` are bytes, or an Encode whose 128
    bytes stand there."""
    kernel: str
    grid: list
    block: list
    shared_bytes: int
    parameters: list


def floor_div(a, b):
    if b < 1:
        raise LaunchError(f"a divisor is {b}")
    return a // b  # rounds towards minus infinity


OPERATIONS = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "floordiv": floor_div, "ceildiv": lambda a, b: -floor_div(-a, b), "min": min, "max": max,
    "eq": lambda a, b: int(a == b), "ne": lambda a, b: int(a != b), "lt": lambda a, b: int(a < b),
    "le": lambda a, b: int(a <= b), "gt": lambda a, b: int(a > b), "ge": lambda a, b: int(a >= b),
    "and": lambda a, b: int(a != 0 and b != 0), "or": lambda a, b: int(a != 0 or b != 0),
    "not": lambda a: int(a == 0)}


def evaluate(expr, letters, limits):
    if isinstance(expr, int):
        return expr
    if "letter" in expr:
        return letters[expr["letter"]]
    if "limit" in expr:
        return limits[expr["limit"]]
    value = OPERATIONS[expr["op"]](*(evaluate(arg, letters, limits) for arg in expr["args"]))
    if not -BOUND <= value < BOUND:
        raise LaunchError(f"{value} overflows")
    return value


def dense_strides(sizes):
    return [math.prod(max(size, 1) for size in sizes[axis + 1:]) for axis in range(len(sizes))]


def effective_strides(tensor):
    """Those of axes of one element, and of empty tensors, are replaced."""
    sizes, strides, dense = tensor["sizes"], list(tensor["strides"]), 1
    for axis in reversed(range(len(sizes))):
        if sizes[axis] <= 1 or 0 in sizes:
            strides[axis] = dense
        dense = strides[axis] * max(sizes[axis], 1)
    return strides


class Launcher:
    def __init__(self, folder, entry, target, sm):
        with open(f"{folder}/manifest.json") as file:
            self.manifest = json.load(file)
        if self.manifest["version"]["major"] != 1:
            raise LaunchError("another major version")
        self.entry = next(e for e in self.manifest["entries"] if e["name"] == entry)
        self.plan = next(p for p in self.entry["plans"] if p["target"] == target)
        self.kernels = {k["name"]: k for k in self.manifest["kernels"] if k["target"] == target}
        self.limits = {"SM": sm}

    def prepare(self):
        """What is done once: per kernel (file, entry point, dynamic shared bytes to allow)."""
        names = dict.fromkeys(step["kernel"] for step in self.plan["steps"])
        return [(self.kernels[n].get("image") or self.kernels[n]["ptx"], n, self.kernels[n]["shared_bytes"])
                for n in names]

    def letters(self, tensors):
        """From the arguments; equal letters agree, constants are kept."""
        values = {}
        for tensor in self.entry["arguments"] + self.entry["results"]:
            for axis, size in zip(tensor["shape"], tensors[tensor["name"]]["sizes"], strict=True):
                wanted = axis.get("size", values.get(axis.get("letter"), size))
                if size != wanted:
                    raise LaunchError(f"{tensor['name']}: an axis has size {size}, expected {wanted}")
                if "letter" in axis:
                    values[axis["letter"]] = size
        for check in self.entry.get("checks", []):
            if not evaluate(check["condition"], values, {}):
                raise LaunchError(check["message"])
        return values

    def check_contract(self, tensors):
        for tensor in self.entry["arguments"] + self.entry["results"]:
            given, width, rule = tensors[tensor["name"]], BYTES[tensor["dtype"]], tensor["strides"]
            if 0 in given["sizes"]:
                continue
            if given["address"] == 0 or given["address"] % rule["base_alignment_bytes"]:
                raise LaunchError(f"{tensor['name']}: the address is null or off its alignment")
            for axis, (size, stride) in enumerate(zip(given["sizes"], given["strides"])):
                is_last = axis == len(given["sizes"]) - 1
                if size > 1 and (stride != 1 if is_last else stride < 1 or stride * width % rule["multiple_bytes"]):
                    raise LaunchError(f"{tensor['name']}: axis {axis} has stride {stride}")

    def buffers(self, letters, workspace):
        """The tensors in the workspace, and its size in bytes."""
        placed, offset = {}, 0
        for buffer in self.plan.get("buffers", []):
            sizes = [evaluate(size, letters, self.limits) for size in buffer["shape"]]
            placed[buffer["name"]] = {"address": workspace + offset, "sizes": sizes,
                                      "strides": dense_strides(sizes), "dtype": buffer["dtype"]}
            offset += math.prod(sizes) * BYTES[buffer["dtype"]]
            offset += -offset % 64
        return placed, offset

    def workspace_bytes(self, letters):
        return self.buffers(letters, 0)[1]

    def calls(self, tensors, workspace):
        """Every Encode and Launch, in order."""
        letters = self.letters(tensors)
        self.check_contract(tensors)
        known, _ = self.buffers(letters, workspace)
        for tensor in self.entry["arguments"] + self.entry["results"]:
            given = tensors[tensor["name"]]
            known[tensor["name"]] = {**given, "strides": effective_strides(given), "dtype": tensor["dtype"]}
        for view in self.entry.get("views", []):
            known[view["name"]] = viewed(known[view["tensor"]], view["axes"])
        for step in self.plan["steps"]:
            if "when" in step and not evaluate(step["when"]["condition"], letters, self.limits):
                continue
            grid = [evaluate(size, letters, self.limits) for size in step["grid"]]
            if 0 in grid:
                continue
            parameters = [self.parameter(arg, known, letters) for arg in step["arguments"]]
            yield from (p for p in parameters if isinstance(p, Encode))
            kernel = self.kernels[step["kernel"]]
            launch = Launch(step["kernel"], grid, kernel["block"], kernel["shared_bytes"], parameters)
            for _ in range(evaluate(step.get("repeat", 1), letters, self.limits)):
                yield launch

    def map_axes(self, fields, tensor, letters):
        """Size and stride in elements of every axis of a descriptor: one of them may be a grid."""
        axes, grid = [], fields.get("grid", {"axis": None})
        for axis in fields["axes"]:
            size, stride = tensor["sizes"][axis], tensor["strides"][axis]
            if axis != grid["axis"]:
                axes.append((size, stride))
                continue
            points = [evaluate(part, letters, self.limits) for part in grid["sizes"]]
            if math.prod(points) != size:
                raise LaunchError(f"axis {axis} has {size} elements, its grid {points}")
            axes += [(part, stride * math.prod(max(1, p) for p in points[:i])) for i, part in enumerate(points)]
        return axes

    def parameter(self, arg, known, letters):
        tensor = known.get(arg.get("tensor"))
        if arg["kind"] == "tensor_map":
            axes = self.map_axes(arg["map"], tensor, letters)
            strides = [stride * BYTES[tensor["dtype"]] for _, stride in axes[1:]]
            if arg["map"].get("if_aligned", False) and any(n % 16 for n in [tensor["address"], *strides]):
                return bytes(128)
            return encode(arg["map"], tensor, [size for size, _ in axes], strides)
        if arg["kind"] == "pointer":
            return struct.pack("<Q", tensor["address"])
        if arg["kind"] == "scalar":
            value = evaluate(arg["value"], letters, self.limits)
        else:
            value = tensor["sizes" if arg["kind"] == "size" else "strides"][arg["axis"]]
        try:
            return struct.pack({4: "<i", 8: "<q"}[arg.get("bytes", 8)], value)
        except struct.error as problem:
            raise LaunchError(f"{value} does not fit in {arg['bytes']} bytes") from problem


def viewed(tensor, runs):
    """A tensor with runs of its axes as one each."""
    sizes, strides = [], []
    for run in runs:
        inner = [axis for axis in run if tensor["sizes"][axis] != 1] or run
        sizes.append(math.prod(tensor["sizes"][axis] for axis in run))
        strides.append(tensor["strides"][inner[-1]])
        for left, right in zip(inner, inner[1:]):
            if tensor["strides"][left] != tensor["sizes"][right] * tensor["strides"][right]:
                raise LaunchError(f"axes {run} do not lie in memory as one")
    return {**tensor, "sizes": sizes, "strides": strides}


def encode(fields, tensor, sizes, strides):
    return Encode(
        data_type=MAP_TYPE[tensor["dtype"]], rank=len(sizes),
        address=None if 0 in sizes else tensor["address"],
        sizes=[max(1, size) for size in sizes], strides=strides,
        box=fields["box"], element_strides=fields["element_strides"],
        interleave=INTERLEAVE.index(fields["interleave"]), swizzle=SWIZZLE.index(fields["swizzle"]),
        l2_promotion=L2_PROMOTION.index(fields["l2_promotion"]), oob_fill=OOB_FILL.index(fields["oob_fill"]))
