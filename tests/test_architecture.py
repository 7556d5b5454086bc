"""The rooms: who imports whom, who catches what, and what importing a room costs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dicomanon

PACKAGE = Path(dicomanon.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
OURS = "dicomanon"

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "data": set(),
    "spreadsheet": set(),
    "dicom": {"errors", "data"},
    "policy": {"dicom", "data", "errors", "spreadsheet"},
    "pixels": {"dicom", "data", "errors", "numpy"},
    "verify": {"dicom", "data", "errors", "spreadsheet", "pydicom"},
    "overview": {"dicom", "pixels", "data", "errors"},
    "engine": {"dicom", "policy", "pixels", "verify", "errors"},
    "diff": {"dicom", "policy", "data", "errors"},
    "review": {"dicom", "policy", "verify", "spreadsheet", "data", "errors"},
    "report": {"engine", "diff", "dicom", "policy", "pixels", "verify", "data", "errors"}
    | {"spreadsheet"},
    "naming": {"engine", "dicom", "policy", "errors"},
    "batch": {"engine", "naming", "dicom", "policy", "pixels", "verify", "data", "errors"},
    "cli": {"dicom", "policy", "pixels", "data", "errors", "overview", "engine", "verify"}
    | {"report", "diff", "review", "batch", "naming"}
    | {"synth", "click", "rich"},
    "synth": {"dicom", "data", "errors", "numpy", "PIL"},
    "warmup": {"dicom"},
    "web": {"dicom", "policy", "pixels", "data", "errors", "overview", "engine", "report"}
    | {"warmup", "naming", "verify", "review"}
    | {"js", "pyodide"},
    "__main__": {"cli"},
    "api": {"batch", "engine", "naming", "dicom", "policy", "pixels", "errors"},
    "__init__": {"api", "batch", "policy"},
}
"""DESIGN.md's table. The generated tables (`data`) import nothing and may be read by all; the
cells of a `spreadsheet` are for those who write or read CSV."""

EXCEPTIONS: dict[str, set[str]] = {
    "batch/cloud.py": {"fsspec"},
    "batch/cluster.py": {"dask", "distributed", "cryptography"},
    "batch/packed.py": {"pyzipper"},
    "batch/sftp.py": {"fsspec", "paramiko"},
    "data/__main__.py": {"pydicom", "data"},
    "errors.py": {"dicom", "verify"},
    "pixels/codec.py": {"imagecodecs"},
    "pixels/encoder.py": {"imagecodecs"},
    "pixels/detect/native.py": {"onnxruntime"},
    "policy/seal.py": {"cryptography"},
    "verify/decoded.py": {"imagecodecs", "numpy"},
    "synth/codestream.py": {"imagecodecs"},
}
"""What single modules may import on top: the generator, the types of a path and a finding, and
the only doors to the codecs, to encryption and to what runs networks. Made-up images have a door
of their own to the codecs: what encodes after a mask must not share its mistakes with what it is
tested on."""

CLEAN_UP = {"dicom/sink.py": {"BaseException"}}
"""Who removes a half-written file whatever stopped it, and raises again."""

DRIVERS = {"pixels/codec.py", "batch/cloud.py"}
"""Doors to what raises classes of its own, codecs and object stores: they raise ours instead."""

ONE = "batch/task.py"
"""One input's failure, whatever it is, stays that input's: what it raises is its outcome."""

LAZY = {("engine", "pixels"), ("engine", "verify")}
"""Imports that stand inside functions, so that they cost only those who need them."""

FOREIGN = re.compile(r"https?://(?!(?:127\.0\.0\.1|localhost|www\.w3\.org)\b)")
XML_NAMES = re.compile(r"http://[\w./]+/(?:dicom|docbook|ns)\b")


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def imported(node: ast.AST) -> list[str]:
    """The rooms of ours, or top-level packages of others, that an import names."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        return []
    return [n.split(".")[1] if n.split(".")[0] == OURS else n.split(".")[0] for n in names]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports(path: Path) -> None:
    """A room imports itself, the standard library, and what the table allows."""
    found = {n for node in ast.walk(tree(path)) for n in imported(node)}
    found -= set(sys.stdlib_module_names) | {room(path), "__version__"}
    assert found <= MAY_IMPORT[room(path)] | EXCEPTIONS.get(name(path), set())


@pytest.mark.parametrize(("importer", "lazy"), sorted(LAZY))
def test_lazy_imports(importer: str, lazy: str) -> None:
    """Some rooms are entered only by those who need them."""
    for path in (p for p in MODULES if room(p) == importer):
        at_top = {
            n
            for statement in tree(path).body
            if isinstance(statement, ast.Import | ast.ImportFrom)
            for n in imported(statement)
        }
        assert lazy not in at_top


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_who_catches(path: Path) -> None:
    """Only the command line and the page catch `DicomanonError`; nobody else swallows one."""
    caught = {
        child.id
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and node.type is not None
        for child in ast.walk(node.type)
        if isinstance(child, ast.Name)
    }
    if room(path) not in ("cli", "web") and name(path) != ONE:
        assert not caught & {"DicomanonError", "BaseException"} - CLEAN_UP.get(name(path), set())
        assert "Exception" not in caught or name(path) in DRIVERS


def bare(node: ast.AST) -> bool:
    return isinstance(node, ast.ExceptHandler) and node.type is None


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_bare_except(path: Path) -> None:
    """An exception is caught by name."""
    assert not any(bare(node) for node in ast.walk(tree(path)))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_size(path: Path) -> None:
    """A module that grows beyond 500 lines wants splitting."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_form(path: Path) -> None:
    """Every module says what it is; every module but the small ones its strategy as well."""
    docstring = ast.get_docstring(tree(path)) or ""
    assert docstring
    if len(path.read_text(encoding="utf-8").splitlines()) > 120:
        assert "Strategy:" in docstring
        assert "Invariants:" in docstring


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_foreign_address(path: Path) -> None:
    """No address of another host stands in the code."""
    text = XML_NAMES.sub("", path.read_text(encoding="utf-8"))
    assert FOREIGN.search(text) is None


def loaded_by(statement: str) -> set[str]:
    """The top-level packages in `sys.modules` after a statement in a fresh interpreter."""
    code = f"import sys\n{statement}\nprint(*{{n.split('.')[0] for n in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import dicomanon", {"click", "json", "dataclasses", "numpy"}),
        ("import dicomanon.cli", {"numpy", "rich", "pydicom", "imagecodecs", "zlib_ng", "sqlite3"}),
        ("import dicomanon.batch.worker", {"numpy", "click", "rich", "pydicom", "subprocess"}),
        ("import dicomanon.engine", {"numpy", "click", "rich", "pydicom", "imagecodecs"}),
        ("import dicomanon.web", {"numpy", "click", "rich", "pydicom", "imagecodecs", "js"}),
        ("import dicomanon.pixels.region", {"numpy"}),
    ],
)
def test_what_an_import_costs(statement: str, absent: set[str]) -> None:
    """What only some runs need is not loaded by all."""
    assert not loaded_by(statement) & absent
