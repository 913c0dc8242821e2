"""What goes wrong, as exceptions with diagnostics."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True)
class Diagnostic:
    """One message of the compiler or the runtime, and the place it is about."""

    severity: str  # "error", "warning", "note" or "remark"
    file: str | None  # "<string>" for programs given as text
    line: int | None  # from 1
    column: int | None  # from 1
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.file is not None else ""
        return f"{place}{self.severity}: {self.message}"


class Error(Exception):
    """Base of everything that attn raises on purpose.

    `diagnostics` says the same as the text, in parts; it is never empty.
    """

    diagnostics: list[Diagnostic]

    def __init__(self, message: str, diagnostics: Iterable[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.diagnostics = list(diagnostics) or [Diagnostic("error", None, None, None, message)]

    def __reduce__(self):  # exceptions cross processes; the default forgets diagnostics
        return type(self), (self.args[0], self.diagnostics)


class CompileError(Error):
    """The program cannot be read, is wrong, or asks for what the target cannot do."""


class LaunchError(Error):
    """The tensors do not fit the program, or the device is missing or failed."""


def diagnostic(parts: tuple[str, str, int, int, str]) -> Diagnostic:
    severity, file, line, column, message = parts
    known = bool(file)
    return Diagnostic(severity, file if known else None, line if known else None, column if known else None, message)


def compile_error(message: str, parts: list[tuple[str, str, int, int, str]]) -> CompileError:
    """Called by attn._native. Errors and their notes make the text."""
    found, shown, of_error = [diagnostic(part) for part in parts], [], False
    for one in found:
        of_error = one.severity == "error" or (one.severity == "note" and of_error)
        shown += [one] if of_error else []
    return CompileError("\n".join(map(str, shown)) or message, shown)


def launch_error(message: str, parts: list[tuple[str, str, int, int, str]]) -> LaunchError:
    """Called by attn._native."""
    return LaunchError(message, map(diagnostic, parts))
