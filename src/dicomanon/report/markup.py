"""HTML pages that stand alone: no script, no address, one style.

Strategy: a few functions that make parts of a page of text; a page is its parts joined.

Invariants: text is escaped wherever it comes from. The page's own policy lets nothing be
loaded and nothing run, and allows its one style by its hash.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 }
caption { text-align: start; padding: .25rem 0 }
th, td { text-align: start; vertical-align: top; padding: .3rem .6rem; border: 1px solid #8888 }
th { font-weight: 600 }
td { overflow-wrap: anywhere }
.number { text-align: end; font-variant-numeric: tabular-nums }
.facts th { width: 16rem }
.line td { height: 2.6rem } .line th:first-child { width: 14rem }
.changed { background: #fff3c4; color: #222 } .removed { background: #f9d0d0; color: #222 }
.added { background: #cfe8ff; color: #222 } .wrong { outline: 2px solid #b00020 }
.wide { overflow-x: auto }
@media print {
 :root { color-scheme: light; font-size: 9pt } body { margin: 0; max-width: none; padding: 0 }
 h1 { margin: 0 0 .5rem } h2 { margin: .8rem 0 .3rem } p { margin: .3rem 0 }
 th, td { padding: .12rem .4rem }
 tr, h2 { break-inside: avoid } h2 { break-after: avoid } thead { display: table-header-group }
 .wide { overflow: visible }
}
@page { size: A4; margin: 15mm }
"""
_HASH = b64encode(sha256(STYLE.encode("utf-8")).digest()).decode("ascii")
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


class Cell(NamedTuple):
    """A cell with a class of `STYLE`."""

    text: str
    kind: str


def page(title: str, language: str, parts: Iterable[str]) -> Iterator[str]:
    """A whole page; parts: HTML."""
    yield (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n"
    )
    yield from parts
    yield "</main>\n</body>\n</html>\n"


def heading(text: str) -> str:
    """A heading of a part."""
    return f"<h2>{escape(text)}</h2>\n"


def paragraph(text: str) -> str:
    """A paragraph."""
    return f"<p>{escape(text)}</p>\n"


def facts(rows: Iterable[tuple[str, object]]) -> Iterator[str]:
    """A table of names and what they are."""
    yield '<table class="facts">\n<tbody>\n'
    for name, value in rows:
        yield f'<tr><th scope="row">{escape(name)}</th><td>{escape(str(value))}</td></tr>\n'
    yield "</tbody>\n</table>\n"


def table(
    caption: str, titles: Sequence[str], rows: Iterable[Sequence[object]], kind: str = ""
) -> Iterator[str]:
    """A table; numbers stand to the right; kind: a class of `STYLE` for it."""
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    # What is wider than the page scrolls, by the keyboard too.
    yield f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">\n'
    yield f'<table class="{kind}">\n<caption>{escape(caption)}</caption>\n'
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    for row in rows:
        yield "<tr>" + "".join(map(_cell, row)) + "</tr>\n"
    yield "</tbody>\n</table>\n</div>\n"


def _cell(value: object) -> str:
    if isinstance(value, Cell):
        return f'<td class="{value.kind}">{escape(value.text)}</td>'
    kind = ' class="number"' if isinstance(value, int | float) else ""
    return f"<td{kind}>{escape('' if value is None else str(value))}</td>"
