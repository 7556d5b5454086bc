"""The border to JavaScript: requests come in as JSON and Files, answers go out as objects.

Invariants: the only module that imports `js` and `pyodide`. Errors leave as their code; an
unexpected exception leaves as its class name, never with a value.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dicomanon.dicom.ranges import SourceRange
from dicomanon.errors import DicomanonError, InputError, MalformedError
from dicomanon.web.answer import NeedError, crash_body, error_body
from dicomanon.web.session import Session

if TYPE_CHECKING:
    from dicomanon.dicom.source import Source
    from dicomanon.web.answer import Body, Progress

KEPT_BYTES = 1 << 20
"""Parts of no more stay in the worker's memory until all are there."""

_session = Session()


class JsFileSource:
    """A dropped File, read synchronously as a worker may.

    head: what it begins with, if known; file: None where that is all.
    """

    def __init__(self, file: Any, head: Any = None) -> None:  # noqa: ANN401 - JsProxies
        from js import FileReaderSync  # noqa: PLC0415 - exists in a worker only

        self._file = file
        self._head = head
        self._head_bytes = 0 if head is None else int(head.length)
        self._reader = FileReaderSync.new()
        self._size_bytes = self._head_bytes if file is None else int(file.size)

    @property
    def size_bytes(self) -> int:
        """The File's size."""
        return self._size_bytes

    def read(self, start: int, stop: int) -> bytes:
        """The bytes of the half-open range.

        Raises:
            MalformedError: it is not inside.
            InputError: `unreadable`; the file is gone, changed or locked.
        """
        if not 0 <= start <= stop <= self._size_bytes:
            raise MalformedError("truncated", offset=start)
        raw: bytes
        if stop <= self._head_bytes:
            raw = self._head.subarray(start, stop).to_bytes()
        else:
            raw = self._read_anew(start, stop)
        if len(raw) != stop - start:
            raise MalformedError("truncated", offset=start)
        return raw

    def _read_anew(self, start: int, stop: int) -> bytes:
        from pyodide.ffi import JsException  # noqa: PLC0415 - exists in the page only

        try:
            raw: bytes = self._reader.readAsArrayBuffer(self._file.slice(start, stop)).to_bytes()
        except JsException:
            raise InputError("unreadable") from None
        return raw


def handle(kind: str, body_json: str, files: Any, heads: Any, progress: Any) -> Any:  # noqa: ANN401 - JsProxies
    """Answer one request of the page, as a JavaScript object.

    `{json, buffers, parts}`, `{need}` with packages to load before asking again, or
    `{error}`; files: an Array of Files; heads: what they begin with, each a Uint8Array or
    undefined; parts are Uint8Arrays, Blobs and `[start, stop]` pairs.
    """
    from js import Object  # noqa: PLC0415 - exists in the page only
    from pyodide.ffi import to_js  # noqa: PLC0415

    sources: list[Source] = [
        JsFileSource(file, head) for file, head in zip(files, heads, strict=True)
    ]
    answer = _answer(kind, json.loads(body_json), sources, progress)
    return to_js(answer, dict_converter=Object.fromEntries)


def _answer(kind: str, body: Body, sources: list[Source], progress: Progress) -> Body:
    try:
        answer = _session.handle(kind, body, sources, progress)
        parts = None if answer.parts is None else [_part(part) for part in answer.parts]
    except NeedError as need:
        return {"need": list(need.packages)}
    except DicomanonError as error:
        return {"error": error_body(error)}
    except Exception as error:  # noqa: BLE001 - the page must hear of every failure, by class only
        return {"error": crash_body(error)}
    return {
        "json": json.dumps(answer.body, ensure_ascii=False),
        "buffers": list(answer.buffers),
        "parts": parts,
    }


def _part(part: bytes | SourceRange) -> Any:  # noqa: ANN401 - a Blob or a pair
    """A part as the worker takes it; many bytes leave its memory for the browser's at once."""
    if isinstance(part, SourceRange):
        return list(part)
    if len(part) <= KEPT_BYTES:
        return part
    from js import Blob  # noqa: PLC0415 - exists in the page only
    from pyodide.ffi import to_js  # noqa: PLC0415

    return Blob.new(to_js([part]))
