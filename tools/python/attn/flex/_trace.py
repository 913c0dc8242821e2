"""Mask and score functions traced to aten ops, and these written as a region.

A value of the trace is one of three: an array of scalars of the region where it depends
on score, batch, head, query or key; a captured tensor, or what is computed from captured
tensors alone, which PyTorch computes at every call; or a literal of the program.
"""
from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.fx.traceback
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode

from attn.flex import _aten
from attn.flex._errors import FlexError, caller, error_at, line_of, line_of_exception
from attn.flex._region import COORDINATE_END, Region, Scalar
from attn.flex._tables import Table

COORDINATES = ("b", "h", "i", "j")
_tracing = threading.RLock()  # torch.fx has one state per process
LITERAL_ELEMENTS = 256  # of tensors that the function itself makes


_ASKS_FOR_A_VALUE = {torch.Tensor.item, torch.Tensor.tolist, torch.Tensor.__bool__, torch.Tensor.__int__,
                     torch.Tensor.__float__, torch.Tensor.__index__}


class _Watch(TorchFunctionMode):
    """Notes the line of the program for every op, and keeps `table[index]` an op where PyTorch would ask for a number."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        place = line_of(sys._getframe(1))
        if place is not None:
            torch.fx.traceback.current_meta["stack_trace"] = f"{place[0]}:{place[1]}"
        if function in _ASKS_FOR_A_VALUE:
            raise error_at(place, f"aten._local_scalar_dense: Python asks a tensor for its value ({function.__name__}); use "
                           "torch.where, or numbers that are no tensors")
        if function is torch.Tensor.__getitem__:
            indices = args[1] if isinstance(args[1], tuple) else (args[1],)
            if any(isinstance(index, torch.Tensor) for index in indices):
                return torch.ops.aten.index.Tensor(args[0], _index_tensors(args[0], indices))
        return function(*args, **(kwargs or {}))


def _index_tensors(table: torch.Tensor, indices: tuple) -> list[torch.Tensor | None]:
    result = []
    for index in indices:
        if index is Ellipsis:
            result += [None] * (table.dim() - len(indices) + 1)
        elif isinstance(index, slice) and index == slice(None):
            result.append(None)
        elif isinstance(index, torch.Tensor):
            result.append(index)
        elif isinstance(index, int) and not isinstance(index, bool):
            result.append(torch.tensor(index, device=table.device))
        else:
            raise error_at(caller(), f"aten.index: found the index {index!r} beside a tensor, expected tensors, "
                           "integers, ':' or '...'")
    return result


def _make_graph(function: Callable, is_score: bool, device: torch.device) -> torch.fx.GraphModule:
    scalars = [torch.zeros((), dtype=torch.int32, device=device) for _ in COORDINATES]
    if is_score:
        scalars.insert(0, torch.zeros((), dtype=torch.float32, device=device))

    def positional(*arguments):  # make_fx looks at the signature; callables of all kinds have this one
        return function(*arguments)

    try:
        with _tracing, torch.no_grad(), torch.fx.traceback.preserve_node_meta(), _Watch():
            return make_fx(positional, decomposition_table=_aten.decompositions())(*scalars)
    except FlexError:
        raise
    except Exception as error:
        what = f"{_name_of(function)} can not be traced: {type(error).__name__}: {_first_line(error)}"
        raise error_at(line_of_exception(error), what) from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), "")


def _name_of(function: Callable) -> str:
    return f"'{getattr(function, '__name__', type(function).__name__)}'"


def place_of(node: torch.fx.Node) -> tuple[str, int] | None:
    file, _, line = (node.stack_trace or "").rpartition(":")
    return (file, int(line)) if file and line.isdigit() else None


class Captured:
    """A tensor of the program that the region may read."""

    def __init__(self, node: torch.fx.Node, tensor: torch.Tensor) -> None:
        self.node, self.tensor = node, tensor


class Trace:
    """A mask or score function as a region.

    `text` is the body with `%t0`, `%t1`, ... for the tables, `tables` says what they are,
    and `tensors()` computes them now. `result` is the yielded scalar.
    """

    def __init__(self, function: Callable, is_score: bool, device: torch.device) -> None:
        self._module = _make_graph(function, is_score, device)
        self._function_name = _name_of(function)
        self.region, self.tables = Region(), []
        self._values: dict[torch.fx.Node, Any] = {}
        self._hoisted: list[torch.fx.Node] = []
        self._table_of: dict[torch.fx.Node, Table] = {}
        placeholders = iter(([Scalar("%s", "float")] if is_score else []) +
                            [Scalar(f"%{name}", "int", 0, COORDINATE_END, True) for name in COORDINATES])
        for node in self._module.graph.nodes:
            self.region.place = place_of(node)
            if node.op == "placeholder":
                self._values[node] = _aten.box(next(placeholders))
            elif node.op == "get_attr":
                self._capture(node, getattr(self._module, node.target))
            elif node.op == "call_function":
                self._call(node)
            elif node.op == "output":
                self.result = self._yielded(node.args[0], "float" if is_score else "bool")
        self._live = self._needed()

    @functools.cached_property
    def lines(self) -> list[str]:
        """The body; reads name their tables."""
        lines = self.region.lines
        for table in self.tables:
            lines = [line.replace(table.token, table.type) for line in lines]
        return lines

    def tensors(self) -> list[torch.Tensor]:
        """The tables, from the captured tensors as they are now. Raises `Outgrown` where these need a new trace."""
        now: dict[torch.fx.Node, Any] = {}
        with torch.no_grad():
            for node in self._hoisted:
                if node not in self._live:
                    continue
                if node.op == "get_attr":
                    now[node] = getattr(self._module, node.target)
                else:
                    args, kwargs = torch.fx.node.map_arg((node.args, node.kwargs),
                                                         lambda n: now[n] if n in now else self._values[n])
                    now[node] = node.target(*args, **kwargs)
            return [table.prepare(now[table.node]) for table in self.tables]

    def captured(self) -> list[torch.Tensor]:
        """The tensors of the program that the region depends on."""
        return [getattr(self._module, node.target) for node in self._hoisted if node in self._live and node.op == "get_attr"]

    def _needed(self) -> set[torch.fx.Node]:
        needed, stack = set(), [table.node for table in self.tables]
        while stack:
            node = stack.pop()
            if node not in needed:
                needed.add(node)
                stack += node.all_input_nodes
        return needed

    def _capture(self, node: torch.fx.Node, tensor: torch.Tensor) -> None:
        self._hoisted.append(node)
        self._values[node] = Captured(node, tensor)

    def _call(self, node: torch.fx.Node) -> None:
        if isinstance(node.target, torch._ops.OpOverload):
            target = self._values.get(node.args[0]) if node.args and isinstance(node.args[0], torch.fx.Node) else None
            if node.target._schema.is_mutable and isinstance(target, Captured):
                raise self.error(node, "writes into a captured tensor")
            if torch.Tag.nondeterministic_seeded in node.target.tags:
                raise self.error(node, "draws random numbers")
        inputs = [self._values[argument] for argument in node.all_input_nodes]
        if node.target in _aten.CREATIONS or not any(isinstance(value, (np.ndarray, Captured)) for value in inputs) or (
                node.target in _aten.LITERAL_COPIES and node.all_input_nodes[0].op == "get_attr"):
            self._literal(node)
        elif not any(isinstance(value, np.ndarray) for value in inputs):
            self._capture(node, self._evaluate(node))
        else:
            self._values[node] = _aten.write(self, node, *torch.fx.node.map_arg((node.args, node.kwargs), self._values.get))

    def _literal(self, node: torch.fx.Node) -> None:
        value = self._evaluate(node)
        if isinstance(value, torch.Tensor) and value.numel() > LITERAL_ELEMENTS:
            if node.target in _aten.CREATIONS:
                raise self.error(node, f"makes {value.numel()} elements; make the tensor before the function is called")
            self._capture(node, value)
        else:
            self._values[node] = value

    def _evaluate(self, node: torch.fx.Node) -> Any:
        def now(n: torch.fx.Node) -> Any:
            value = self._values[n]
            if isinstance(value, np.ndarray):  # only its type counts
                return torch.zeros(value.shape, dtype=n.meta["val"].dtype, device=n.meta["val"].device)
            return value.tensor if isinstance(value, Captured) else value

        args, kwargs = torch.fx.node.map_arg((node.args, node.kwargs), now)
        with torch.no_grad():
            return node.target(*args, **kwargs)

    def _yielded(self, value: Any, kind: str) -> Scalar:
        if not isinstance(value, torch.fx.Node):
            if isinstance(value, (bool, int, float)):
                return self.region.to(kind, self.region.constant(value))
            raise error_at(None, f"{self._function_name} returns {type(value).__name__}, expected one tensor")
        self.region.place = place_of(value)
        array = _aten.as_array(self, value, self._values[value])
        if array.size != 1:
            raise self.error(value, f"gives a tensor of shape {list(array.shape)}, expected a scalar from {self._function_name}")
        return self.region.to(kind, array.reshape(())[()])

    def table(self, captured: Captured) -> Table:
        if captured.node not in self._table_of:
            table = Table(len(self.tables), captured.node, captured.tensor)
            self._table_of[captured.node] = table
            self.tables.append(table)
        return self._table_of[captured.node]

    def error(self, node: torch.fx.Node, message: str) -> FlexError:
        return error_at(place_of(node), f"{_aten.name_of(node)}: {message}")
