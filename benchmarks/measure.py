"""One process, timed: wall and processor seconds, peak resident memory.

Strategy: a small launcher starts the program and reports what the kernel counted. Its
own memory is the floor of what can be seen, because a process inherits its parent's peak;
the benchmark itself, with numpy in it, would hide every small program.
"""

from __future__ import annotations

import json
import subprocess
import sys
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
