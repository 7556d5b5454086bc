"""Standard output that nobody reads to its end."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from dicomanon.cli.streams import NOBODY_READS
from tests.batch import batches

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", ["inspect FILE --all", "inspect FILE --json", "--help"])
def test_a_reader_that_has_enough(tmp_path: Path, command: str) -> None:
    """`| head` ends a table, JSON or help quietly, with the shell's code for it."""
    (tmp_path / "FILE").write_bytes(batches.instance(1))
    words = [str(tmp_path / word) if word == "FILE" else word for word in command.split()]
    assert unread(*words) == (NOBODY_READS, b"")


def test_a_run_that_nobody_listens_to(tmp_path: Path) -> None:
    """It is stopped as by any other error: nothing half-written stays."""
    source, out = batches.fill(tmp_path / "in", 20), tmp_path / "out"
    code, said = unread("anonymize", source, "-o", out, "--json", "--no-verify", "--workers", "2")
    assert (code, said) == (NOBODY_READS, b"")
    assert not (out / batches.OURS).exists()


def unread(*words: str | Path) -> tuple[int, bytes]:
    """Exit code and standard error of a command whose output nobody reads."""
    with subprocess.Popen(
        batches.command(*words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=batches.environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        return process.wait(), process.stderr.read()
