"""A region of scalars as text: what mask and score functions become.

Integers are `index`, floats are f32, truth values are i1. Every value knows between
which numbers it lies, so that floor division and reads need no more than they must.
"""
from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable

COORDINATE_END = 2**31 - 2  # lengths are below 2^31
INT32 = (-(2**31), 2**31 - 1)
INT64 = (-(2**63), 2**63 - 1)
TYPES = {"int": "index", "float": "f32", "bool": "i1"}


@dataclasses.dataclass(frozen=True)
class Scalar:
    """One value of a region."""

    name: str
    kind: str  # "int", "float" or "bool"
    low: int = INT64[0]  # of integers, both ends included
    high: int = INT64[1]
    provable: bool = False  # the compiler derives the same range: coordinates, constants, sums of them
    constant: int | float | bool | None = None


class Region:
    """Writes operations; equal ones once."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.place: tuple[str, int] | None = None
        self._known: dict[tuple, Scalar] = {}

    def emit(self, text: str, kind: str, low: int = INT64[0], high: int = INT64[1], provable: bool = False,
             constant: int | float | bool | None = None) -> Scalar:
        """`text` is the operation without its result; `kind` that of the result."""
        key = (text, kind)
        if key not in self._known:
            name = f"%{len(self._known)}"
            self.lines.append(f"{name} = {text}{self._location()}")
            fits = INT64[0] <= low and high <= INT64[1]
            low, high = (low, high) if fits else INT64
            self._known[key] = Scalar(name, kind, low, high, provable and fits, constant)
        return self._known[key]

    def raw(self, text: str) -> str:
        """An operation on types that no Scalar has."""
        return self.emit(text, "other").name

    def _location(self) -> str:
        if self.place is None:
            return ""
        file, line = self.place
        file = file.replace("\\", "\\\\").replace('"', '\\"')
        return f' loc("{file}":{line}:1)'

    # Constants

    def constant(self, value: int | float | bool) -> Scalar:
        place, self.place = self.place, None  # equal numbers of several lines are one
        try:
            if isinstance(value, bool):
                return self.emit(f"arith.constant {'true' if value else 'false'}", "bool", constant=value)
            if isinstance(value, int):
                return self.emit(f"arith.constant {value} : index", "int", value, value, True, value)
            bits = struct.unpack("<I", struct.pack("<f", _to_float32(value)))[0]
            return self.emit(f"arith.constant 0x{bits:08X} : f32", "float", constant=float(value))
        finally:
            self.place = place

    # Conversions

    def to_float(self, a: Scalar) -> Scalar:
        if a.kind == "float":
            return a
        if a.constant is not None:
            return self.constant(float(a.constant))
        if a.kind == "bool":
            return self.select(a, self.constant(1.0), self.constant(0.0))
        width = "i32" if INT32[0] <= a.low and a.high <= INT32[1] else "i64"
        narrow = self.raw(f"arith.index_cast {a.name} : index to {width}")
        return self.emit(f"arith.sitofp {narrow} : {width} to f32", "float")

    def to_int(self, a: Scalar) -> Scalar:
        if a.kind == "int":
            return a
        if a.constant is not None and a.constant == a.constant and abs(a.constant) < 2**63:
            return self.constant(int(a.constant))
        if a.kind == "bool":
            return self.select(a, self.constant(1), self.constant(0))
        wide = self.raw(f"arith.fptosi {a.name} : f32 to i64")
        return self.emit(f"arith.index_cast {wide} : i64 to index", "int")

    def to_bool(self, a: Scalar) -> Scalar:
        if a.kind == "bool":
            return a
        if a.constant is not None:
            return self.constant(bool(a.constant))
        if a.kind == "int":
            return self.compare("ne", a, self.constant(0))
        return self.compare("ne", a, self.constant(0.0))

    def to(self, kind: str, a: Scalar) -> Scalar:
        return {"int": self.to_int, "float": self.to_float, "bool": self.to_bool}[kind](a)

    def round_to(self, a: Scalar, dtype: str) -> Scalar:
        """f32 rounded to "f16" or "bf16" and back."""
        narrow = self.raw(f"arith.truncf {a.name} : f32 to {dtype}")
        return self.emit(f"arith.extf {narrow} : {dtype} to f32", "float")

    # Operations

    def select(self, condition: Scalar, a: Scalar, b: Scalar) -> Scalar:
        if condition.constant is not None:
            return a if condition.constant else b
        return self.emit(f"arith.select {condition.name}, {a.name}, {b.name} : {TYPES[a.kind]}", a.kind,
                         min(a.low, b.low), max(a.high, b.high))

    def compare(self, predicate: str, a: Scalar, b: Scalar) -> Scalar:
        """`predicate` is eq, ne, lt, le, gt or ge; both are integers, floats or truth values."""
        if a.kind == "float":
            ordered = "u" if predicate == "ne" else "o"
            return self.emit(f"arith.cmpf {ordered}{predicate}, {a.name}, {b.name} : f32", "bool")
        if predicate not in ("eq", "ne"):
            predicate = "s" + predicate
        return self.emit(f"arith.cmpi {predicate}, {a.name}, {b.name} : {TYPES[a.kind]}", "bool")

    def logical(self, op: str, a: Scalar, b: Scalar) -> Scalar:
        """`op` is andi, ori or xori on truth values."""
        for one, other in ((a, b), (b, a)):
            if one.constant is not None:
                neutral = op == "andi"
                if op != "xori":
                    return other if one.constant == neutral else one
                return self.invert(other) if one.constant else other
        return self.emit(f"arith.{op} {a.name}, {b.name} : i1", "bool")

    def invert(self, a: Scalar) -> Scalar:
        if a.constant is not None:
            return self.constant(not a.constant)
        return self.emit(f"arith.xori {a.name}, {self.constant(True).name} : i1", "bool")

    def float_op(self, op: str, *operands: Scalar) -> Scalar:
        return self.emit(f"{op} {', '.join(a.name for a in operands)} : f32", "float")

    def int_op(self, op: str, a: Scalar, b: Scalar, low: int, high: int, provable: bool) -> Scalar:
        return self.emit(f"{op} {a.name}, {b.name} : index", "int", low, high, provable)

    def add(self, a: Scalar, b: Scalar) -> Scalar:
        return self._fold(lambda x, y: x + y, a, b) or self.int_op(
            "arith.addi", a, b, a.low + b.low, a.high + b.high, a.provable and b.provable)

    def sub(self, a: Scalar, b: Scalar) -> Scalar:
        return self._fold(lambda x, y: x - y, a, b) or self.int_op(
            "arith.subi", a, b, a.low - b.high, a.high - b.low, a.provable and b.provable)

    def mul(self, a: Scalar, b: Scalar) -> Scalar:
        ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        return self._fold(lambda x, y: x * y, a, b) or self.int_op(
            "arith.muli", a, b, min(ends), max(ends), a.provable and b.provable)

    def floor_div(self, a: Scalar, b: Scalar) -> Scalar:
        if a.constant is not None and b.constant:
            return self.constant(a.constant // b.constant)
        if b.constant is None or b.constant < 1:
            return self.int_op("arith.floordivsi", a, b, *INT64, False)
        return self.int_op("arith.floordivsi", a, b, a.low // b.constant, a.high // b.constant, a.provable)

    def remainder(self, a: Scalar, b: Scalar) -> Scalar:
        """With the sign of `b`, as Python's."""
        if a.constant is not None and b.constant:
            return self.constant(a.constant % b.constant)
        if a.low >= 0 and b.low >= 1:
            provable = a.provable and b.constant is not None
            return self.int_op("arith.remsi", a, b, 0, min(b.high - 1, a.high), provable)
        rest = self.sub(a, self.mul(self.floor_div(a, b), b))
        if b.constant is not None and b.constant >= 1:
            return dataclasses.replace(rest, low=0, high=b.constant - 1, provable=False)
        return dataclasses.replace(rest, low=INT64[0], high=INT64[1], provable=False)

    def truncated_div(self, a: Scalar, b: Scalar) -> Scalar:
        return self.floor_div(a, b) if a.low >= 0 and b.low >= 1 else self.int_op("arith.divsi", a, b, *INT64, False)

    def truncated_remainder(self, a: Scalar, b: Scalar) -> Scalar:
        return self.remainder(a, b) if a.low >= 0 and b.low >= 1 else self.int_op("arith.remsi", a, b, *INT64, False)

    def maximum(self, a: Scalar, b: Scalar) -> Scalar:
        return self._fold(max, a, b) or self.int_op(
            "arith.maxsi", a, b, max(a.low, b.low), max(a.high, b.high), a.provable and b.provable)

    def minimum(self, a: Scalar, b: Scalar) -> Scalar:
        return self._fold(min, a, b) or self.int_op(
            "arith.minsi", a, b, min(a.low, b.low), min(a.high, b.high), a.provable and b.provable)

    def _fold(self, function: Callable[[int, int], int], a: Scalar, b: Scalar) -> Scalar | None:
        if a.constant is None or b.constant is None:
            return None
        value = function(a.constant, b.constant)
        return self.constant(value) if INT64[0] <= value <= INT64[1] else None

    # Reads

    def index_in(self, a: Scalar, size: int) -> Scalar:
        """`a` as an index of an axis of `size`: negative ones count from its end, and none is outside."""
        if a.low < 0:
            end = self.add(a, self.constant(size))
            a = self.select(self.compare("lt", a, self.constant(0)), end, a)
        return self.maximum(self.minimum(a, self.constant(size - 1)), self.constant(0))


def _to_float32(value: float) -> float:
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
