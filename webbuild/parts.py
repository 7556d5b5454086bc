"""The pinned runtime parts and how each is fetched.

Strategy: one table names every file that comes from outside, the package it is
in and its SHA-256. A part is fetched by its registry's own client (npm, pip)
into the cache once; what is in the cache is hashed again at every build.

Invariants: no byte reaches dist/ whose SHA-256 is not in `PARTS`. Nothing of a
package is kept but the members named here.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PYODIDE = "pyodide@0.29.5"
NUMPY = "@bentopdf/pymupdf-wasm@0.1.11"

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


@dataclass(frozen=True, slots=True)
class Part:
    """One file from a registry: where it lies in which package, and its hash."""

    name: str
    registry: Literal["npm", "pypi"]
    package: str
    sha256: str
    member: str = ""

    def path(self, cache: Path) -> Path:
        """Where the part lies below `cache` once fetched."""
        return cache / ("pyodide" if self.package == PYODIDE else "wheels") / self.name


def _pyodide(name: str, sha256: str) -> Part:
    return Part(name, "npm", PYODIDE, sha256, f"package/{name}")


PARTS: tuple[Part, ...] = (
    # Says that what lies beside it is CommonJS: this repository's own package.json says modules.
    _pyodide("package.json", "d4803005d5a661faecd1046b8cdd31e61e0859c56e707bcf9fba08946dcc9cba"),
    _pyodide("pyodide.js", "7f832a350240263d9946a9c3c877f7bcdab6c37d6dc65f72cd3be5905dca62dd"),
    _pyodide("pyodide.asm.js", "356c42f69e1695397e9d8670bd3c2e678248cde76e18bdae1731e848537b47d7"),
    _pyodide(
        "pyodide.asm.wasm", "54309a5a2cfd757b1f0fdbc9093c92503f7b341500110329d932487183912718"
    ),
    _pyodide(
        "python_stdlib.zip", "831fd1e535084b972f87c6a35275de3d236efd5166f5e77ce89497710635e73c"
    ),
    _pyodide(
        "pyodide-lock.json", "14d2c2dba101277999e17135e653d8f15389ad1437f53eae213bf0c3cdff723d"
    ),
    Part(
        "numpy-2.2.5-cp313-cp313-pyodide_2025_0_wasm32.whl",
        "npm",
        NUMPY,
        "125230b4c3ecd08803e5c43f1162e017c0718d9f253146225a705a952b9c16c2",
        "package/assets/numpy-2.2.5-cp313-cp313-pyodide_2025_0_wasm32.whl",
    ),
    Part(
        "imagecodecs-2026.10.10-cp312-abi3-pyemscripten_2025_0_wasm32.whl",
        "pypi",
        "imagecodecs==2026.10.10",
        "a1d73a8962314ccf1ecf447c8646334f3084763c8f5c5610a30a61049d4fabbd",
    ),
    Part(
        "pydicom-3.0.2-py3-none-any.whl",
        "pypi",
        "pydicom==3.0.2",
        "abf971a5440f84dbaf42c4b6758e30e62480902584f8b270b9a5d146e278a07b",
    ),
    # Used at build time only: it resolves and freezes the lock.
    Part(
        "micropip-0.11.1-py3-none-any.whl",
        "pypi",
        "micropip==0.11.1",
        "768de165adb8e66906039d8fec4127a57f522dfdf8e6fbff877a4616941ecfd3",
    ),
)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def part(prefix: str) -> Part:
    """Return the one part whose file name starts with `prefix`."""
    (found,) = (row for row in PARTS if row.name.startswith(prefix))
    return found


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


def _from_pypi(row: Part, cache: Path) -> None:
    """Download one wheel with the pip of the build's own virtual environment."""
    python = _pip_environment(cache)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        pip = (python, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
        run(*pip, "--no-deps", "--only-binary=:all:", *WASM_TAGS, "--dest", scratch, row.package)
        (wheel,) = Path(scratch).glob("*.whl")
        _place(row, wheel.read_bytes(), cache)


def _place(row: Part, data: bytes, cache: Path) -> None:
    """Put a fetched part into the cache, if it is the pinned one."""
    found = hashlib.sha256(data).hexdigest()
    if found != row.sha256:
        message = f"{row.name} has SHA-256 {found}, pinned is {row.sha256}"
        raise BuildError(message)
    target = row.path(cache)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_suffix(".part")
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


def fetch(cache: Path) -> None:
    """Fetch what the cache lacks and check the SHA-256 of every part.

    Raises: BuildError when a client fails or a hash differs from the pinned one.
    """
    cache.mkdir(parents=True, exist_ok=True)
    missing = [row for row in PARTS if not row.path(cache).exists()]
    for package in sorted({row.package for row in missing if row.registry == "npm"}):
        _from_npm(package, [row for row in missing if row.package == package], cache)
    for row in missing:
        if row.registry == "pypi":
            _from_pypi(row, cache)
    for row in PARTS:
        found = sha256_of(row.path(cache))
        if found != row.sha256:
            row.path(cache).unlink()
            message = f"{row.name} in the cache was damaged and is removed; build again"
            raise BuildError(message)
