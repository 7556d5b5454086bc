"""THIRD-PARTY-NOTICES.txt: the licences of everything that ships in dist/.

Strategy: one table of what is shipped and under which terms. Texts come from the
wheels where they carry them, else from `licenses/` beside this file.

Invariants: a part that ships without its licence fails the build (a missing file raises).
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from webbuild.parts import part

LICENSES = Path(__file__).with_name("licenses")


@dataclass(frozen=True, slots=True)
class Notice:
    """A shipped work; `text` is a file in licenses/, or `wheel prefix:member`."""

    name: str
    licence: str
    text: str


NETWORKS = Notice(
    "PP-OCRv6 networks of PaddleOCR (c) Baidu and the PaddlePaddle authors, "
    "their weights rounded and characters left out",
    "Apache-2.0",
    "highway.txt",
)

NOTICES: tuple[Notice, ...] = (
    Notice("Pyodide 0.29.5", "MPL-2.0 (source: the npm package pyodide)", "pyodide.txt"),
    Notice("CPython 3.13.2, with its standard library", "PSF-2.0", "cpython.txt"),
    Notice("Emscripten's runtime and musl", "MIT", "emscripten.txt"),
    Notice("zlib", "Zlib", "zlib.txt"),
    Notice("libffi, Expat, bzip2, libmpdec, in CPython", "MIT, bzip2, BSD-2-Clause", "bundled.txt"),
    Notice("NumPy 2.2.5", "BSD-3-Clause", "numpy:numpy-2.2.5.dist-info/LICENSE.txt"),
    Notice(
        "imagecodecs 2026.10.10",
        "BSD-3-Clause",
        "imagecodecs:imagecodecs-2026.10.10.dist-info/licenses/LICENSE",
    ),
    Notice("libjpeg-turbo, in imagecodecs", "IJG, BSD-3-Clause, Zlib", "libjpeg-turbo.txt"),
    Notice("liblj92, in imagecodecs", "MIT", "liblj92.txt"),
    Notice("CharLS, in imagecodecs", "BSD-3-Clause", "charls.txt"),
    Notice("OpenJPEG, in imagecodecs", "BSD-2-Clause", "openjpeg.txt"),
    Notice("OpenJPH, in imagecodecs", "BSD-2-Clause", "openjph.txt"),
    Notice("libjxl, in imagecodecs", "BSD-3-Clause", "libjxl.txt"),
    Notice("Brotli, in libjxl", "MIT", "brotli.txt"),
    Notice("Highway, in libjxl", "Apache-2.0", "highway.txt"),
    Notice("zip.js 2.24.0", "BSD-3-Clause", "zip.js.txt"),
    Notice("onnxruntime-web 1.30.0", "MIT", "onnxruntime.txt"),
    NETWORKS,
    Notice("pydicom 3.0.2", "MIT", "pydicom:pydicom-3.0.2.dist-info/licenses/LICENSE"),
)


def third_party_notices(parts_cache: Path) -> str:
    """Return the text of THIRD-PARTY-NOTICES.txt."""
    rule = "=" * 78
    blocks = (
        f"{rule}\n{row.name}\n{row.licence}\n{rule}\n\n{_text(row, parts_cache).strip()}\n"
        for row in NOTICES
    )
    head = "dicomanon's page ships the works below, each under its own terms.\n"
    return "\n\n".join((head, *blocks))


def _text(row: Notice, parts_cache: Path) -> str:
    wheel, _, member = row.text.partition(":")
    if not member:
        return (LICENSES / row.text).read_text(encoding="utf-8")
    with zipfile.ZipFile(part(wheel).path(parts_cache)) as archive:
        return archive.read(member).decode("utf-8")
