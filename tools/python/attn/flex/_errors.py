"""What attn.flex can not do, said with the aten op and the line of the program."""
from __future__ import annotations

import os
import sys
import traceback
import types

import torch

from attn._errors import Diagnostic, Error

INTERNAL = (os.path.dirname(torch.__file__) + os.sep, os.path.dirname(os.path.abspath(__file__)) + os.sep)


class FlexError(Error):
    """A call or a function that attn.flex can not express.

    `diagnostics` holds the place in the program where it is known.
    """


def is_internal(file: str) -> bool:
    return file.startswith(INTERNAL)


def line_of(frame: types.FrameType | None) -> tuple[str, int] | None:
    """File and line of the innermost frame that is neither PyTorch's nor ours."""
    while frame is not None and is_internal(frame.f_code.co_filename):
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else None


def caller() -> tuple[str, int] | None:
    return line_of(sys._getframe(1))


def line_of_exception(error: BaseException) -> tuple[str, int] | None:
    """The last line of the program before PyTorch raised."""
    places = [(entry.filename, entry.lineno) for entry in traceback.extract_tb(error.__traceback__)]
    return next((place for place in reversed(places) if not is_internal(place[0])), None)


def error_at(place: tuple[str, int] | None, message: str) -> FlexError:
    file, line = place or (None, None)
    one = Diagnostic("error", file, line, 1 if line is not None else None, message)
    return FlexError(str(one), [one])
