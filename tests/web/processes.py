"""What the workers of browsers started here cost, by the system's own count.

Strategy: Linux tells of each thread its name and its processor time; browsers name the threads
of workers.

Invariants: looks at this process and those it started, at no other.
"""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
NAMES = ("DedicatedWorker", "DOM Worker")
"""How Chromium and Firefox name the threads of workers."""
_PARENT, _USER, _SYSTEM = 1, 11, 12
"""Columns of `stat` after the name in brackets. See proc(5)."""
_TICKS = os.sysconf("SC_CLK_TCK")


def worker_seconds() -> dict[tuple[int, int], float]:
    """(process, thread) -> processor time in seconds, of all workers that run now."""
    found = {}
    for process in _descendants(os.getpid()):
        for thread in (PROC / str(process) / "task").glob("*"):
            name, columns = _stat(thread)
            if name.startswith(NAMES):
                ticks = int(columns[_USER]) + int(columns[_SYSTEM])
                found[process, int(thread.name)] = ticks / _TICKS
    return found


def _descendants(ancestor: int) -> set[int]:
    parents = {
        int(path.name): int(_stat(path)[1][_PARENT])
        for path in PROC.iterdir()
        if path.name.isdecimal()
    }
    found = {ancestor}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _stat(path: Path) -> tuple[str, list[str]]:
    """Name and columns; a process that has just ended has no parent and used nothing."""
    try:
        name, _, rest = (path / "stat").read_text().partition("(")[2].rpartition(")")
    except (FileNotFoundError, ProcessLookupError):
        return "", ["", "0", *["0"] * _SYSTEM]
    return name, rest.split()
