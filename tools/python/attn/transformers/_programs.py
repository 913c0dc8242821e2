"""The programs that layers run: one text per form, compiled once."""
from __future__ import annotations

import atexit
import dataclasses
import functools

from attn._program import Program, compile


@dataclasses.dataclass(frozen=True)
class Form:
    """What one program is compiled for."""

    query_heads: int
    key_heads: int
    head_size: int
    value_head_size: int
    dtype: str
    scale: float | None
    left: int | None
    right: int | None
    ids: bool
    softcap: float | None
    sinks: bool

    def text(self) -> str:
        q, k, v = (f"tensor<?x{heads}x?x{size}x{self.dtype}>" for heads, size in (
            (self.query_heads, self.head_size), (self.key_heads, self.head_size),
            (self.key_heads, self.value_head_size)))
        o = f"tensor<?x{self.query_heads}x?x{self.value_head_size}x{self.dtype}>"
        ids, sinks = "tensor<?x?xi32>", f"tensor<{self.query_heads}xf32>"
        arguments = [("q", q, "B Hq Lq D"), ("k", k, "B Hk Lk D"), ("v", v, "B Hk Lk Dv")]
        arguments += [("query_ids", ids, "B Lq"), ("key_ids", ids, "B Lk")] if self.ids else []
        arguments += [("sinks", sinks, "Hq")] if self.sinks else []
        masks = self._masks(ids)
        shown = f" mask {list(masks)[-1]}" if masks else ""
        scale = f" scale({self.scale:.17e})" if self.scale is not None else ""
        sink = f" sink(%sinks : {sinks})" if self.sinks else ""
        return "\n".join([
            "func.func @main(",
            ",\n".join(map(_argument, *zip(*arguments))) + f") -> ({o} {{attn.name = \"o\"}}) {{",
            *(f"  {name} = attn.mask.{mask}" for name, mask in masks.items()),
            f"  %s = attn.stream %k, %v{shown} : {k}, {v}",
            f"  %o = attn.attend %q over %s{scale}{sink}{self._score()} : {q} -> {o}",
            f"  return %o : {o}",
            "}", ""])

    def _masks(self, ids: str) -> dict[str, str]:
        """The mask ops by their results; the last one is the mask."""
        masks, sides = {}, (("left", self.left), ("right", self.right))
        if (self.left, self.right) != (None, None):
            masks["%near"] = "window" + "".join(f" {side}({keys})" for side, keys in sides if keys is not None)
        if self.ids:
            masks["%same"] = f"document %query_ids, %key_ids : {ids}, {ids}"
        if len(masks) == 2:
            masks["%both"] = "and %near, %same"
        return masks

    def _score(self) -> str:
        if self.softcap is None:
            return ""
        return f""" score {{
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %cap = arith.constant {self.softcap:.17e} : f32
    %0 = arith.divf %x, %cap : f32
    %1 = math.tanh %0 : f32
    %2 = arith.mulf %1, %cap : f32
    attn.yield %2 : f32
  }}"""


def _argument(name: str, kind: str, letters: str) -> str:
    shape = ", ".join(f'"{letter}"' for letter in letters.split())
    return f"    %{name}: {kind} {{attn.name = \"{name}\", attn.shape = [{shape}]}}"


@functools.lru_cache(maxsize=256)
def program(form: Form, target: str) -> Program:
    return compile(form.text(), target)


atexit.register(program.cache_clear)  # transformers keeps this module alive until after native modules are torn down
