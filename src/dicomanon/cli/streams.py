"""Standard output and error that end the command when nobody reads them any more.

Strategy: `dicomanon inspect FILE | head` is no failure of ours. The other tools of the shell
are ended by SIGPIPE, quietly; we must not be, for the same signal would end a run when one of
its workers dies. So the write that finds no reader unwinds the command by `SystemExit` with
the shell's own code for that signal: parts are cleared and the journal closed on the way.

Invariants: after that nothing else is said, and no later flush can fail.
"""

from __future__ import annotations

import os
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, TextIO

NOBODY_READS = 141
"""128 + SIGPIPE, as shells tell it."""


class _Raw(FileIO):
    """A descriptor of ours; without a reader, what is written ends the command."""

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - any buffer, as FileIO has it
        """As `FileIO.write`; raises SystemExit."""
        try:
            return super().write(data)
        except BrokenPipeError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            raise SystemExit(NOBODY_READS) from None


def guard() -> None:
    """Put both streams of this process on such descriptors; names of files may be no text."""
    sys.stdout, sys.stderr = _guarded(sys.stdout), _guarded(sys.stderr)


def _guarded(stream: TextIO) -> TextIO:
    if type(stream) is not TextIOWrapper:  # somebody's own, in place of the system's
        return stream
    stream.flush()
    return TextIOWrapper(
        BufferedWriter(_Raw(stream.fileno(), "wb", closefd=False)),
        stream.encoding,
        "backslashreplace",
        line_buffering=stream.line_buffering,
    )
