"""One process, timed: wall and processor seconds, peak resident memory; and where it writes.

Strategy: a small launcher starts the program and reports what the kernel counted. Its
own memory is the floor of what can be seen, because a process inherits its parent's peak;
the benchmark itself, with numpy in it, would hide every small program.

A turn writes into a folder of its own. What the turn before wrote is made empty and stays:
for a minute after many files were removed, ext4 looks at each of their inodes whenever it
makes a new file, which made `cp -r` of a thousand slices take four times its time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

LAUNCHER = """
import json, os, sys, time
null = os.open(os.devnull, os.O_RDWR)
start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)])
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime,
                  usage.ru_maxrss * 1024]))
"""


class Turn(NamedTuple):
    """One run of a program, its own children included."""

    wall: float
    processor: float
    peak_bytes: int


def timed(command: list[str]) -> Turn:
    """Run a command to its end, without input, its output thrown away.

    Raises: subprocess.CalledProcessError with what it said last.
    """
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(launcher, capture_output=True, text=True, check=False)
    said = done.stderr.strip()[-300:]
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command[0], stderr=said)
    code, wall, processor, peak_bytes = json.loads(done.stdout)
    if code:
        raise subprocess.CalledProcessError(code, command[0], stderr=said)
    return Turn(wall, processor, peak_bytes)


class Targets:
    """Folders to write into, one a turn; scratch: where, removed by who made it."""

    def __init__(self, scratch: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(dir=scratch))
        self._number = 0

    @property
    def last(self) -> Path:
        """The folder of the turn before."""
        return self._folder / str(self._number)

    def fresh(self) -> Path:
        """The next turn's folder, not there yet; everything before is empty and on disk."""
        for path in self.last.rglob("*"):
            if path.is_file():
                os.truncate(path, 0)
        self._number += 1
        os.sync()
        return self.last
