"""The page as one HTML file that opens from a disk.

Strategy: the same page with its joined script and style sheet inside; the runtime's files lie
behind the markup as gzip in base64, in elements that are data to the browser, where assets.js
finds them by their address, a fragment.

Invariants: the policy names the script and the style by their SHA-256 and allows no
connection at all. The file refers to nothing outside itself, or it is not written.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

from webbuild.fetch import BuildError
from webbuild.join import STYLES, joined_script, joined_style
from webbuild.models import MODELS
from webbuild.page import part_files, parts_module
from webbuild.serve import META_CSP

if TYPE_CHECKING:
    from pathlib import Path

    from webbuild.press import Presser

# What finds burned-in text: only the full file has it.
DETECTION = {"ort.js", "ort.wasm", "networks.js", *MODELS}
# What reads it, 13 MB of text in a file, is on the served page only.
READING = {"rec_small.onnx"}
# Elements that only a served page has: links to other files, and what stands for them.
SERVED_ONLY = re.compile(r'<link rel="manifest"[^>]*>\n?|<(\w+)[^>]* data-served\b.*?</\1>\n?')
SCRIPT = re.compile(r'<script type="module" src="main.js"></script>\n')
OUTSIDE = re.compile(r'\s(?:src|href)="(?!#|data:)([^"]*)"|url\((?!["\']?data:)([^)]*)\)')


def write_single_files(stage: Path, web: Path, presser: Presser, parts_cache: Path) -> None:
    """Write dicomanon.html, and dicomanon-full.html with text detection."""
    files = part_files(stage)
    presser.press(files)
    variants = {
        "dicomanon.html": [path for path in files if path.name not in DETECTION],
        "dicomanon-full.html": [path for path in files if path.name not in READING],
    }
    for name, chosen in variants.items():
        text = _page(web, chosen, presser, parts_cache)
        (stage / name).write_text(text, encoding="utf-8")


def _page(web: Path, files: list[Path], presser: Presser, parts_cache: Path) -> str:
    """Return the whole file with these runtime files in it."""
    page = SERVED_ONLY.sub("", (web / "index.html").read_text(encoding="utf-8"))
    addresses = {path: f"#{_address(path)}" for path in files}
    script = joined_script(web, parts_module(addresses, None), parts_cache)
    style = joined_style(web, page)
    outside = [a or b for a, b in OUTSIDE.findall(page) if not a.endswith((".css", ".js"))]
    outside += [b for _, b in OUTSIDE.findall(style)]
    if outside:
        message = f"the single file would refer to {', '.join(outside)}"
        raise BuildError(message)
    page = page.replace(META_CSP, _policy(script, style))
    page = STYLES.sub(lambda _: f"<style>{style}</style>\n", page, count=1)
    page = SCRIPT.sub("", page)
    blocks = "".join(
        f'<script type="application/gzip" id="{_address(path)}">{_packed(presser.gzip(path))}'
        "</script>\n"
        for path in files
    )
    # Behind the markup the script runs at once, while the browser still reads the files.
    return page.replace("</body>", f"<script>{script}</script>\n{blocks}</body>")


def _policy(script: str, style: str) -> str:
    """Return the policy of a page with exactly this script and this style, and no connection."""
    own = {
        "script-src 'self'": f"script-src {_hash(script)}",
        "style-src 'self'": f"style-src {_hash(style)}",
        "connect-src 'self'": "connect-src 'none'",
        "manifest-src 'self'": "manifest-src 'none'",
        "img-src 'self'": "img-src",
        "worker-src 'self'": "worker-src",
    }
    policy = META_CSP
    for served, single in own.items():
        policy = policy.replace(served, single)
    return policy


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _address(path: Path) -> str:
    return f"part-{path.name}"


def _packed(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
