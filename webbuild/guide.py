"""The user guide: bilingual static pages, and the API reference from the docstrings.

Strategy: a page is a fragment of HTML per language (`docs/guide/LANGUAGE/NAME.html`) whose
h1 is its title; one template wraps them all. The reference is read off the source by `ast`,
so that building it imports nothing.

Invariants: every page exists in every language; nothing in a page is a script, and its
policy forbids them. The same sources give the same bytes.
"""

from __future__ import annotations

import ast
import re
import shutil
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "docs" / "guide"
PACKAGE = ROOT / "src" / "dicomanon"
PAGES = ("index", "tasks", "standard", "limits", "evidence", "hosting")
REFERENCE = "reference"


class Language(NamedTuple):
    """How the guide speaks; contents: the label of the list of pages."""

    code: str
    name: str
    contents: str
    reference: str
    reference_text: str


LANGUAGES = (
    Language(
        "en",
        "English",
        "Contents",
        "Python reference",
        "The library, from its docstrings. Actions, Options and presets are in the README.",
    ),
    Language(
        "ja",
        "日本語",
        "目次",
        "Python リファレンス",
        "ライブラリーの説明です。ソースの docstring から作られるため、英語です。",
    ),
)

MODULES = (
    "__init__",
    "api",
    "errors",
    "dicom/source",
    "dicom/scan",
    "dicom/segment",
    "policy/key",
    "policy/profile",
    "policy/preset",
    "policy/plan",
    "policy/lookup",
    "pixels/region",
    "pixels/mask",
    "pixels/template",
    "verify/leak",
)
"""The modules whose public names a user of the library meets."""


def write_guide(dist: Path) -> None:
    """Write the guide into a build: `guide/LANGUAGE/NAME.html`, its style and its pictures."""
    target = dist / "guide"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SOURCE / "guide.css", target / "guide.css")
    shutil.copytree(SOURCE / "images", target / "images", dirs_exist_ok=True)
    for language, other in zip(LANGUAGES, reversed(LANGUAGES), strict=True):
        folder = target / language.code
        folder.mkdir(exist_ok=True)
        bodies = {name: _fragment(language, name) for name in PAGES}
        bodies[REFERENCE] = _reference(language)
        titles = {name: _title(body) for name, body in bodies.items()}
        for name, body in bodies.items():
            page = _page(language, other, name, titles, body)
            (folder / f"{name}.html").write_text(page, encoding="utf-8", newline="\n")


def _fragment(language: Language, name: str) -> str:
    """The page's source; a line's end between Japanese characters is no space."""
    text = (SOURCE / language.code / f"{name}.html").read_text(encoding="utf-8").strip()
    return re.sub(r"(?<=[^\x00-\x7f])\n(?=[^\x00-\x7f])", "", text)


def _title(body: str) -> str:
    """What stands in the h1 that every page begins with."""
    return body[len("<h1>") : body.index("</h1>")]


def _page(language: Language, other: Language, name: str, titles: dict[str, str], body: str) -> str:
    links = "\n".join(
        f'<li><a href="{each}.html"{" aria-current=page" * (each == name)}>{title}</a></li>'
        for each, title in titles.items()
    )
    template = (SOURCE / "page.html").read_text(encoding="utf-8")
    return template.format(
        lang=language.code,
        title=titles[name],
        contents=language.contents,
        links=links,
        other=f"../{other.code}/{name}.html",
        other_lang=other.code,
        other_name=other.name,
        body=body,
    )


# -- the reference -------------------------------------------------------------------


def _reference(language: Language) -> str:
    parts = [f"<h1>{language.reference}</h1>", f"<p>{language.reference_text}</p>"]
    for module in MODULES:
        tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
        dotted = ".".join(["dicomanon", *module.removesuffix("__init__").split("/")]).rstrip(".")
        parts.append(f'<h2 lang="en"><code>{dotted}</code></h2>')
        parts.append(_prose(ast.get_docstring(tree) or ""))
        parts.extend(_definitions(tree.body))
    return "\n".join(parts)


def _definitions(body: list[ast.stmt], owner: str = "") -> Iterator[str]:
    """Public functions, and public classes with their public methods."""
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        docstring = ast.get_docstring(node)
        if docstring is None:
            continue
        yield f'<h3 lang="en"><code>{escape(_signature(node, owner))}</code></h3>'
        yield _prose(docstring)
        if isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, f"{node.name}.")


def _signature(node: ast.FunctionDef | ast.ClassDef, owner: str) -> str:
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        return f"class {node.name}({bases})" if bases else f"class {node.name}"
    returned = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"{owner}{node.name}({ast.unparse(node.args)}){returned}"


def _prose(docstring: str) -> str:
    """Paragraphs; what is indented keeps its lines."""
    paragraphs = []
    for block in docstring.split("\n\n"):
        indented = any(line.startswith(" ") for line in block.splitlines())
        text = escape(block)
        paragraphs.append(f"<pre>{text}</pre>" if indented else f"<p>{text}</p>")
    return '<div lang="en">' + "\n".join(paragraphs) + "</div>"
