"""What a request is answered with, and how one asks for packages that are not loaded yet."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomanon.errors import DicomanonError, LeakError, ProfileError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dicomanon.dicom.ranges import SourceRange

    Body = dict[str, Any]
    Progress = Callable[[str], None]


class Answer(NamedTuple):
    """body: JSON-ready; buffers: bytes beside it; parts: the output, perhaps to be read yet."""

    body: Any
    buffers: tuple[bytes, ...] = ()
    parts: Iterable[bytes | SourceRange] | None = None


class NeedError(Exception):
    """A request needs packages that are not loaded yet."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.packages = packages
        super().__init__(*packages)


def require(*packages: str) -> None:
    """Ask the worker for packages before code that imports them runs."""
    missing = tuple(name for name in packages if name not in sys.modules)
    for name in missing:
        try:
            __import__(name)
        except ImportError:
            raise NeedError(missing) from None
    if missing:
        gc.freeze()  # what was imported stays: the collector need not look at it again


def error_body(error: DicomanonError) -> Body:
    """An error as the page hears of it: a code and a place, and what the leak check found."""
    findings = error.findings if isinstance(error, LeakError) else ()
    return {
        "code": error.code,
        "path": None if error.path is None else str(error.path),
        "offset": error.offset,
        "unsafe": isinstance(error, UnsafeError),
        **({"detail": error.where} if isinstance(error, ProfileError) and error.where else {}),
        **({"findings": [finding.plain() for finding in findings]} if findings else {}),
    }


def crash_body(error: Exception) -> Body:
    """What nobody expected: its class, never its message."""
    return {"code": "crash", "path": None, "offset": None, "detail": type(error).__name__}
