"""Packs: what the page's interpreter loads, stripped and compiled.

Strategy: a pack is a stored (uncompressed) zip that lies on `sys.path` as it is:
nothing is unpacked at start, transport compression beats deflated members, and
every `.py` is already byte code of the interpreter that reads it. Extension
modules lie under their module's plain name; `packfinder` loads them one by one.
A pack is made once per content of its inputs and then taken from the cache.

Invariants: the same inputs give the same bytes (sorted members, one fixed date).
The lock names these packs and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webbuild.fetch import run, sha256_of
from webbuild.parts import PARTS, PYODIDE, part

if TYPE_CHECKING:
    from collections.abc import Callable

RUNTIME = Path(__file__).with_name("runtime.mjs")
EXTENSION = re.compile(r"\.(cpython-313-wasm32-emscripten|abi3)\.so$")
ZIP_DATE = (1980, 1, 1, 0, 0, 0)

# imagecodecs has one extension module a codec; these are DICOM's.
CODECS = ("_imcd", "_shared", "_jpeg8", "_ljpeg", "_jpegls", "_jpeg2k", "_htj2k", "_jpegxl")


@dataclass(frozen=True, slots=True)
class Pack:
    """What goes into a pack: `wheel` is a part's prefix, patterns match member names.

    A member is in if a `keep` pattern matches and no `drop` pattern does; a `blank`
    one is there and empty. `level` is Python's optimization level: 1 drops asserts,
    2 docstrings too.
    """

    name: str
    wheel: str
    keep: tuple[str, ...] = ("*",)
    drop: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    level: int = 1

    def takes(self, member: str) -> bool:
        """Whether a member of the wheel belongs into the pack."""
        return any(fnmatchcase(member, row) for row in self.keep) and not any(
            fnmatchcase(member, row) for row in self.drop
        )


# Servers, mail, processes, debuggers, test frames, and Python twins of what is there in C:
# nothing in a tab can use them.
STDLIB_DROP = tuple(
    f"{name}*"
    for name in (
        *("unittest/", "doctest.py", "pdb.py", "bdb.py", "pydoc.py", "_pyrepl/", "cmd.py"),
        *("imaplib.py", "smtplib.py", "poplib.py", "ftplib.py", "mailbox.py", "socketserver.py"),
        *("http/server.py", "http/cookie", "xmlrpc/", "wsgiref/", "multiprocessing/"),
        *("concurrent/futures/process.py", "asyncio/windows_", "asyncio/proactor_"),
        *("email/_header_value", "email/headerregistry", "email/contentmanager", "email/mime/"),
        *("logging/handlers.py", "logging/config.py", "xml/", "plistlib.py", "configparser.py"),
        *("cProfile.py", "pstats.py", "profile.py", "trace.py", "tracemalloc.py", "symtable.py"),
        *("_pyio.py", "_pydatetime.py", "pickletools.py", "modulefinder.py", "compileall.py"),
        *("difflib.py", "optparse.py", "statistics.py", "tarfile.py", "tomllib/", "wave.py"),
        *("zoneinfo/", "fileinput.py", "_sysconfigdata", "sysconfig/", "site-packages/"),
    )
)
NUMPY_DROP = (
    *("numpy/f2py/*", "numpy/random/*", "numpy/fft/*", "numpy/polynomial/*", "numpy/testing/*"),
    *("numpy/core/*", "numpy/compat/*", "numpy/doc/*", "numpy/_pyinstaller/*", "*/tests/*"),
    *("numpy/ma/*", "numpy/lib/recfunctions*", "numpy/typing/*"),
    *("*/include/*", "*.pyi", "*.pxd", "*.a", "*.ini", "*.pc", "*conftest.py"),
    # The Fortran-free copy of LAPACK that only numpy's own tests import.
    *("numpy/linalg/lapack_lite*", "*.dist-info/RECORD", "*.dist-info/entry_points.txt"),
)
PYDICOM_DROP = (
    *(
        "pydicom/sr/*",
        "pydicom/data/*.tar*",
        "pydicom/data/test_files/*",
        "pydicom/data/palettes/*",
    ),
    *("pydicom/data/urls.json", "pydicom/data/hashes.json", "*/tests/*", "*.pyi"),
    *(
        "pydicom/cli/*",
        "pydicom/data/charset_files/*",
        "*.dist-info/RECORD",
        "*.dist-info/entry_points.txt",
    ),
)

# `import numpy` needs docstrings, so nothing here is compiled at level 2.
PACKS: tuple[Pack, ...] = (
    Pack("stdlib", "python_stdlib", drop=STDLIB_DROP),
    Pack("numpy", "numpy", drop=NUMPY_DROP),
    Pack(
        "imagecodecs",
        "imagecodecs",
        keep=(
            *("imagecodecs/__init__.py", "imagecodecs/imagecodecs.py", "*.dist-info/METADATA"),
            *(f"imagecodecs/{codec}.*so" for codec in CODECS),
        ),
    ),
    # Its examples look for test files, and for those on the network, as soon as it is imported.
    Pack("pydicom", "pydicom", drop=PYDICOM_DROP, blank=("pydicom/examples/__init__.py",)),
)

# What of the source tree the page never runs: the command line's half.
ENGINE_DROP = (
    *("*/cli/*", "*/__main__.py", "*/batch/*", "*/synth/*", "*/verify/score/*"),
    *(
        "*/policy/convert/*",
        "*.onnx",
        "*.pyc",
        "*/py.typed",
        "*/detect/native.py",
    ),
)


def pack_file(cache: Path, parts_cache: Path, pack: Pack) -> Path:
    """Return the pack of one wheel, made now or earlier."""
    wheel = part(pack.wheel)

    def unpack(root: Path) -> None:
        with zipfile.ZipFile(wheel.path(parts_cache)) as archive:
            for member in archive.namelist():
                if not member.endswith("/") and pack.takes(member):
                    content = b"" if member in pack.blank else archive.read(member)
                    _write(root / EXTENSION.sub(".so", member), content)

    key = _key(wheel.sha256, repr(pack))
    return _made(cache / f"{pack.name}-{key}.zip", parts_cache, pack.level, unpack)


def engine_file(cache: Path, parts_cache: Path, source: Path) -> Path:
    """Return the engine's pack: the package below `source` and the pack finder."""
    files = {
        f"dicomanon/{path.relative_to(source).as_posix()}": path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    files = {
        name: data
        for name, data in files.items()
        if not any(fnmatchcase(name, row) for row in ENGINE_DROP)
    }
    files["packfinder.py"] = Path(__file__).with_name("packfinder.py").read_bytes()

    def unpack(root: Path) -> None:
        for name, data in files.items():
            _write(root / name, data)

    digests = (f"{name} {hashlib.sha256(data).hexdigest()}" for name, data in files.items())
    return _made(cache / f"engine-{_key(*digests)}.zip", parts_cache, 1, unpack)


def frozen_lock(cache: Path, parts_cache: Path, packs: dict[str, Path]) -> str:
    """Return the page's lock as JSON: resolved by micropip, pointing at our packs only."""
    wheels = [part(name) for name in packs]
    path = cache / f"lock-{_key(*(row.sha256 for row in wheels))}.json"
    if not path.exists():
        micropip = part("micropip").path(parts_cache)
        files = (row.path(parts_cache) for row in wheels)
        frozen = run("node", RUNTIME, parts_cache / "pyodide", "freeze", micropip, *files)
        path.write_text(frozen, encoding="utf-8")
    lock: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name, entry in lock["packages"].items():
        entry |= {"file_name": f"{name}.zip", "sha256": sha256_of(packs[name])}
    return json.dumps(lock, indent=1, sort_keys=True) + "\n"


def _key(*texts: str) -> str:
    """Return the name under which a result with these inputs is cached."""
    tools = (Path(__file__).read_bytes(), RUNTIME.read_bytes())
    runtime = (row.sha256 for row in PARTS if row.package == PYODIDE)
    digest = hashlib.sha256(b"\0".join(tools))
    digest.update("\0".join((*runtime, *texts)).encode())
    return digest.hexdigest()[:16]


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _made(target: Path, parts_cache: Path, level: int, unpack: Callable[[Path], None]) -> Path:
    """Unpack, compile and zip into `target`, unless it is there already."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            root = Path(scratch) / "pack"
            unpack(root)
            run("node", RUNTIME, parts_cache / "pyodide", "compile", root, str(level))
            _zip(root, Path(scratch) / target.name)
            (Path(scratch) / target.name).replace(target)
    return target


def _zip(root: Path, target: Path) -> None:
    """Write all files below `root` as a stored zip whose bytes depend on them alone."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                name = path.relative_to(root).as_posix()
                archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), path.read_bytes())
