"""The program of a call, as text, and the programs compiled so far."""
from __future__ import annotations

import collections
import dataclasses
import threading

import torch

import attn
from attn.flex._errors import FlexError
from attn.flex._tables import Table
from attn.flex._trace import Trace

ELEMENTS = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16"}


@dataclasses.dataclass(frozen=True)
class Signature:
    """What is fixed when a program is compiled; batch and lengths are not."""

    element: str
    query_heads: int
    key_heads: int
    head_size: int
    value_size: int
    scale: float
    lse: bool

    def _tensor(self, heads: int, size: int) -> str:
        return f"tensor<?x{heads}x?x{size}x{self.element}>"

    @property
    def q(self) -> str:
        return self._tensor(self.query_heads, self.head_size)

    @property
    def k(self) -> str:
        return self._tensor(self.key_heads, self.head_size)

    @property
    def v(self) -> str:
        return self._tensor(self.key_heads, self.value_size)

    @property
    def out(self) -> str:
        return self._tensor(self.query_heads, self.value_size)

    @property
    def lse_type(self) -> str:
        return f"tensor<?x{self.query_heads}x?xf32>"


def argument_name(side: str, table: Table) -> str:
    return f"{side}_{table.name}"


def _argument(name: str, type_: str, letters: list[str]) -> str:
    shape = ", ".join(f'"{letter}"' for letter in letters)
    return f'%{name}: {type_} {{attn.name = "{name}", attn.shape = [{shape}]}}'


def _table_argument(side: str, table: Table) -> str:
    name = argument_name(side, table)
    return _argument(name, table.type, [f"{name}_{axis}" for axis in range(len(table.sizes))])


def _region(trace: Trace, side: str, first: str) -> list[str]:
    """Captures and block of a mask or score region, behind the name of its op."""
    captures = ""
    if trace.tables:
        names = ", ".join(f"%{argument_name(side, table)}" for table in trace.tables)
        captures = f" ({names} : {', '.join(table.type for table in trace.tables)})"
    block = first + "%b: index, %h: index, %i: index, %j: index" + "".join(
        f", %{table.name}: {table.type}" for table in trace.tables)
    result = f"    attn.yield {trace.result.name} : {'f32' if first else 'i1'}"
    return [captures + " {", f"  ^bb0({block}):", *(f"    {line}" for line in trace.lines), result, "  }"]


def text_of(signature: Signature, mask: Trace | None, score: Trace | None) -> str:
    s = signature
    arguments = [_argument("q", s.q, ["B", "Hq", "Lq", "D"]), _argument("k", s.k, ["B", "Hk", "Lk", "D"]),
                 _argument("v", s.v, ["B", "Hk", "Lk", "Dv"])]
    for side, trace in (("mask", mask), ("score", score)):
        arguments += [_table_argument(side, table) for table in (trace.tables if trace else [])]
    types = s.out + (f", {s.lse_type}" if s.lse else "")
    returned = ", ".join(f"{type_} {{attn.name = \"{name}\"}}" for type_, name in
                         ((s.out, "out"), (s.lse_type, "lse"))[:1 + s.lse])
    values = "%out, %lse" if s.lse else "%out"
    lines = ["func.func @main(", "    " + ",\n    ".join(arguments) + ")", f"    -> ({returned}) {{"]
    if mask is not None:
        lines += _joined("  %mask = attn.mask.free", _region(mask, "mask", ""))
    lines.append(f"  %keys = attn.stream %k, %v{' mask %mask' if mask else ''} : {s.k}, {s.v}")
    attend = f"  {values} = attn.attend %q over %keys scale({s.scale:.17e})"
    if score is None:
        lines.append(f"{attend} : {s.q} -> {types}")
    else:
        lines += _joined(f"{attend} score", _region(score, "score", "%s: f32, "))
        lines[-1] += f" : {s.q} -> {types}"
    return "\n".join(lines + [f"  return {values} : {types}", "}", ""])


def _joined(head: str, region: list[str]) -> list[str]:
    return [head + region[0], *region[1:]]


MOST_PROGRAMS = 256  # kept; of more, those not called for longest are dropped
_programs: collections.OrderedDict[tuple[str, str], attn.Program] = collections.OrderedDict()
_compiled = 0
_lock = threading.Lock()


def program_of(text: str, target: str) -> attn.Program:
    """Compiled at the first call that needs it, by whichever thread comes first."""
    global _compiled
    key = (text, target)
    with _lock:
        if key not in _programs:
            try:
                _programs[key] = attn.compile(text, target)
            except attn.CompileError as error:  # its places are those of the functions
                raise FlexError(str(error), error.diagnostics) from error
            _compiled += 1
        _programs.move_to_end(key)
        while len(_programs) > MOST_PROGRAMS:
            _programs.popitem(last=False)
        return _programs[key]


def compiled() -> int:
    """How many programs were compiled so far."""
    return _compiled
